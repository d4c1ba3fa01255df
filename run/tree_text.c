// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_text.c - trees back into YAML: one value as flow text for names and
 * messages, a whole tree as a document for the results directory. libyaml's
 * emitter decides what must be quoted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "run/tree.h"

struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *o, const char *s)
{
	for (; *s; s++, o->len++)
		if (o->len + 1 < o->size)
			o->buf[o->len] = *s;
}

static void flow(struct out *o, const struct node *n)
{
	if (n->kind == NODE_SCALAR) {
		put(o, n->text);
		return;
	}
	put(o, n->kind == NODE_MAP ? "{" : "[");
	for (const struct node *c = n->first; c; c = c->next) {
		if (n->kind == NODE_MAP) {
			put(o, c->key);
			put(o, ": ");
		}
		flow(o, c);
		if (c->next)
			put(o, ", ");
	}
	put(o, n->kind == NODE_MAP ? "}" : "]");
}

size_t node_text(const struct node *n, char *buf, size_t size)
{
	struct out o = { buf, size, 0 };

	flow(&o, n);
	if (size)
		buf[min(o.len, size - 1)] = '\0';
	return o.len;
}

static bool emit_scalar(yaml_emitter_t *em, const char *text, bool quoted)
{
	yaml_event_t e;
	yaml_scalar_style_t style = quoted ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE;

	return yaml_scalar_event_initialize(&e, NULL, NULL, (const yaml_char_t *)text,
					    (int)strlen(text), 1, 1, style) &&
	       yaml_emitter_emit(em, &e);
}

/* A list reads best on one line, unless it holds mappings of several keys. */
static bool is_flow(const struct node *n)
{
	if (n->kind != NODE_LIST)
		return false;
	for (const struct node *c = n->first; c; c = c->next)
		if (c->kind == NODE_MAP && c->n > 1)
			return false;
	return true;
}

static bool emit_node(yaml_emitter_t *em, const struct node *n, bool in_flow)
{
	yaml_event_t e;

	in_flow = in_flow || is_flow(n);
	if (n->kind == NODE_SCALAR)
		return emit_scalar(em, n->text, n->quoted);
	if (n->kind == NODE_LIST) {
		if (!yaml_sequence_start_event_initialize(&e, NULL, NULL, 1,
							  in_flow ? YAML_FLOW_SEQUENCE_STYLE :
								    YAML_BLOCK_SEQUENCE_STYLE) ||
		    !yaml_emitter_emit(em, &e))
			return false;
	} else if (!yaml_mapping_start_event_initialize(&e, NULL, NULL, 1,
							in_flow ? YAML_FLOW_MAPPING_STYLE :
								  YAML_BLOCK_MAPPING_STYLE) ||
		   !yaml_emitter_emit(em, &e)) {
		return false;
	}
	for (const struct node *c = n->first; c; c = c->next) {
		if (n->kind == NODE_MAP && !emit_scalar(em, c->key, false))
			return false;
		if (!emit_node(em, c, in_flow))
			return false;
	}
	return (n->kind == NODE_LIST ? yaml_sequence_end_event_initialize(&e) :
				       yaml_mapping_end_event_initialize(&e)) &&
	       yaml_emitter_emit(em, &e);
}

static bool emit_document(yaml_emitter_t *em, const struct node *root)
{
	yaml_event_t e;

	return yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING) &&
	       yaml_emitter_emit(em, &e) &&
	       yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1) &&
	       yaml_emitter_emit(em, &e) && emit_node(em, root, false) &&
	       yaml_document_end_event_initialize(&e, 1) && yaml_emitter_emit(em, &e) &&
	       yaml_stream_end_event_initialize(&e) && yaml_emitter_emit(em, &e);
}

static int write_stream(void *stream, unsigned char *data, size_t size)
{
	return fwrite(data, 1, size, stream) == size;
}

char *tree_text(const struct tree *t)
{
	const struct node *root = tree_root(t);
	yaml_emitter_t em;
	char *text = NULL;
	size_t size;
	FILE *f;
	bool ok;

	if (!root)
		return strdup("");
	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	if (!yaml_emitter_initialize(&em)) {
		fclose(f);
		free(text);
		return NULL;
	}
	yaml_emitter_set_output(&em, write_stream, f);
	yaml_emitter_set_unicode(&em, 1);
	yaml_emitter_set_width(&em, 100);
	ok = emit_document(&em, root);
	yaml_emitter_delete(&em);
	/* libyaml leaves the line open after a flow collection */
	if (ok && !fflush(f) && size && text[size - 1] != '\n')
		fputc('\n', f);
	if (fclose(f) || !ok) {
		free(text);
		return NULL;
	}
	return text;
}
