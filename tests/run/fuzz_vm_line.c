// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest may send, on any bytes: lines out of pieces, messages out of lines,
 * and every body's reader. The first byte is the length of a piece.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/vm/line.h"
#include "run/vm/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_body(enum vm_kind kind, const json_t *body)
{
	static struct trial_record record;
	struct trial_request request;
	struct vm_started started;
	struct vm_hello hello;
	struct vm_up up;
	struct err err;

	switch (kind) {
	case VM_HELLO:
		vm_hello_read(body, &hello, &err);
		break;
	case VM_UP:
		vm_up_read(body, &up, &err);
		vm_started_read(body, &started, &err);
		break;
	case VM_TRIAL:
		vm_trial_read(body, &request, &err);
		if (!record_from_json(body, &record, &err))
			record_clear(&record);
		break;
	case VM_ERROR:
		if (vm_error_read(body, &err) >= 0)
			abort();
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line_reader r;
	size_t piece = size ? data[0] + 1u : 1, at, len = 0;
	char *line;

	line_reader_init(&r, 4096);
	for (at = 1; at < size; at += piece) {
		if (line_reader_add(&r, (const char *)data + at, min(piece, size - at), NULL))
			break;
		while ((line = line_reader_take(&r, &len))) {
			enum vm_kind kind;
			json_t *body;

			if (strlen(line) > len || len > 4096 + piece)
				abort();
			if (!vm_message_parse(line, len, &kind, &body, NULL)) {
				read_body(kind, body);
				json_decref(body);
			}
			free(line);
		}
	}
	line_reader_release(&r);
	return 0;
}
