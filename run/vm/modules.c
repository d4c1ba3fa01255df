// SPDX-License-Identifier: GPL-2.0-or-later
/* modules.c - see modules.h. */
#include "run/vm/modules.h"

#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str.h"
#include "run/net/child.h"
#include "run/vm/elf.h"

/* What testbed netns, its DUTs and the sources may ask for; with all that these need. */
static const char *const wanted[] = {
	"veth", "dummy", "bridge", "br_netfilter", "8021q", "pktgen", "kpps_gen",
	"nf_*", "nft_*", "nfnetlink*", "x_tables", "xt_*", "ip_tables", "ip6_tables", "iptable_*",
	"ip6table_*", "ipt_*", "ip6t_*", "arp_tables", "ebtables", "nf_flow_table*",
	"sch_fq", "sch_fq_codel", "sch_ingress", "sch_mqprio",
	"esp4", "esp6", "xfrm_user", "xfrm_algo", "xfrm4_*", "xfrm6_*", "authenc", "echainiv",
	"seqiv", "gcm", "ghash*", "cbc", "ecb", "ctr", "hmac", "sha256*", "sha*generic", "aes*",
	"crypto_null", "cryptd", "crypto_simd", "geniv", "crc32c*", "libcrc32c", "af_packet",
	"xsk_diag", "inet_diag", "cls_bpf", "act_bpf",
};

struct module {
	char *name;		/* - is _ */
	char *path;		/* as the kernel's folder has it */
	char *file;		/* unpacked: path, or in the cache */
	char *depends;		/* "a,b" */
	bool in;
};

struct modules {
	struct module *module;
	unsigned int n, room;
	char *list;
	size_t list_len;
	FILE *out;		/* to list */
};

bool modules_wanted(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!fnmatch(wanted[i], name, 0))
			return true;
	return false;
}

/* "…/nf-nat.ko.xz" is nf_nat; NULL when it is no module. */
static char *module_name(const char *path)
{
	static const char *const ends[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	unsigned int i;
	char *name, *c;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (str_ends(base, ends[i]))
			break;
	if (i == ARRAY_SIZE(ends))
		return NULL;
	name = strndup(base, strlen(base) - strlen(ends[i]));
	for (c = name; c && *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

static int note(struct modules *ms, const char *path)
{
	char *name = module_name(path);
	struct module *m;

	if (!name)
		return 0;
	if (ms->n == ms->room) {
		m = realloc(ms->module, (ms->room + 1024) * sizeof(*m));
		if (!m) {
			free(name);
			return -ENOMEM;
		}
		ms->module = m;
		ms->room += 1024;
	}
	m = &ms->module[ms->n];
	*m = (struct module){ .name = name, .path = strdup(path) };
	if (!m->path) {
		free(name);
		return -ENOMEM;
	}
	ms->n++;
	return 0;
}

static int walk(struct modules *ms, const char *folder, struct err *err)
{
	char *const paths[] = { (char *)folder, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	FTSENT *e;
	int rc = 0;

	if (!fts)
		return err_set(err, -errno, "%s: %s", folder, strerror(errno));
	while (!rc && (e = fts_read(fts))) {
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
			rc = err_set(err, -e->fts_errno, "%s: %s", e->fts_path,
				     strerror(e->fts_errno));
		/* the source tree behind "build" is a link, and not followed */
		else if (e->fts_info == FTS_F || e->fts_info == FTS_NSOK)
			rc = note(ms, e->fts_path);
		if (rc == -ENOMEM)
			err_set(err, rc, "out of memory");
	}
	fts_close(fts);
	return rc;
}

static struct module *find(struct modules *ms, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ms->n; i++)
		if (strlen(ms->module[i].name) == len && !strncmp(ms->module[i].name, name, len))
			return &ms->module[i];
	return NULL;
}

/* Packed modules are unpacked into the cache once; the file's time is the packed one's. */
static int unpack(struct module *m, const struct modules_from *from, struct err *err)
{
	const char *tool = str_ends(m->path, ".xz") ? "xz" : str_ends(m->path, ".zst") ? "zstd" :
			   str_ends(m->path, ".gz") ? "gzip" : NULL;
	char file[PATH_MAX], temporary[PATH_MAX + 16];
	const char *const argv[] = { "sh", "-c", "\"$1\" -dc <\"$2\" >\"$3\" && touch -r \"$2\" \"$3\"",
				     "sh", tool, m->path, temporary, NULL };
	const struct child child = { .argv = argv, .netns = -1 };
	struct stat packed, have;
	int rc;

	if (!tool) {
		m->file = strdup(m->path);
		return m->file ? 0 : err_set(err, -ENOMEM, "out of memory");
	}
	if (stat(m->path, &packed))
		return err_set(err, -errno, "%s: %s", m->path, strerror(errno));
	/* the inode names the kernel: folders of the same names come and go */
	if (snprintf(file, sizeof(file), "%s/%s-%llx.ko", from->cache, m->name,
		     (unsigned long long)packed.st_ino) >= (int)sizeof(file))
		return err_set(err, -ENAMETOOLONG, "%s: the path is too long", from->cache);
	snprintf(temporary, sizeof(temporary), "%s.%d", file, (int)getpid());
	if (stat(file, &have) || have.st_mtim.tv_sec != packed.st_mtim.tv_sec) {
		rc = child_ok(&child, NULL, err);
		if (rc || rename(temporary, file)) {
			unlink(temporary);
			return rc ? rc : err_set(err, -errno, "%s: %s", file, strerror(errno));
		}
	}
	m->file = strdup(file);
	return m->file ? 0 : err_set(err, -ENOMEM, "out of memory");
}

/* What it needs, and its aliases into the list. */
static int read_info(struct modules *ms, struct module *m, struct err *err)
{
	struct elf e;
	const char *info, *at;
	size_t len = 0;
	int rc = elf_open(m->file, &e, err);

	if (rc)
		return rc;
	info = elf_modinfo(&e, &len);
	for (at = info; info && at < info + len; at += strlen(at) + 1) {
		if (!strncmp(at, "depends=", 8)) {
			free(m->depends);
			m->depends = strdup(at + 8);
		}
		if (!strncmp(at, "alias=", 6) && !strpbrk(at, " \n"))
			fprintf(ms->out, "a %s %s\n", m->name, at + 6);
	}
	elf_close(&e);
	if (!m->depends)
		m->depends = strdup("");
	return m->depends ? 0 : err_set(err, -ENOMEM, "out of memory");
}

/* "a,b" in its turn; a name that is not there is built into the kernel. */
static size_t dependency(const char *at)
{
	return strcspn(at, ",");
}

static int take(struct modules *ms, struct image *image, struct module *m,
		const struct modules_from *from, struct err *err)
{
	char at[PATH_MAX];
	const char *d;
	int rc;

	m->in = true;
	rc = unpack(m, from, err);
	if (!rc)
		rc = read_info(ms, m, err);
	if (rc)
		return rc;
	snprintf(at, sizeof(at), MODULES_DIR "/%s.ko", m->name);
	rc = image_file(image, at, m->file, 0644, err);
	fprintf(ms->out, "m %s %s", m->name, at);
	for (d = m->depends; *d; d += dependency(d), d += *d == ',')
		fprintf(ms->out, " %.*s", (int)dependency(d), d);
	fputc('\n', ms->out);
	return rc;
}

static int take_all(struct modules *ms, struct image *image, const struct modules_from *from,
		    struct err *err)
{
	bool more = true;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ms->n && !rc; i++)
		if (!ms->module[i].in && modules_wanted(ms->module[i].name))
			rc = take(ms, image, &ms->module[i], from, err);
	/* what those need, and what that needs */
	while (more && !rc) {
		more = false;
		for (i = 0; i < ms->n && !rc; i++) {
			const char *d = ms->module[i].in ? ms->module[i].depends : "";

			for (; *d && !rc; d += dependency(d), d += *d == ',') {
				struct module *m = find(ms, d, dependency(d));

				if (!m || m->in)
					continue;
				rc = take(ms, image, m, from, err);
				more = true;
			}
		}
	}
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct module *)a)->name, ((const struct module *)b)->name);
}

int modules_add(struct image *image, const struct modules_from *from, struct err *err)
{
	struct modules ms = { 0 };
	unsigned int i;
	int rc = 0;

	ms.out = open_memstream(&ms.list, &ms.list_len);
	if (!ms.out)
		return err_set(err, -ENOMEM, "out of memory");
	if (from->folder[0])
		rc = walk(&ms, from->folder, err);
	if (!rc && from->extra[0])
		rc = note(&ms, from->extra);
	/* the order in which a folder is read is not always the same */
	if (!rc && ms.n)
		qsort(ms.module, ms.n, sizeof(*ms.module), by_name);
	if (!rc)
		rc = take_all(&ms, image, from, err);
	if (fclose(ms.out) && !rc)
		rc = err_set(err, -ENOMEM, "out of memory");
	if (!rc)
		rc = image_text(image, MODULES_LIST, ms.list, err);
	for (i = 0; i < ms.n; i++) {
		free(ms.module[i].name);
		free(ms.module[i].path);
		free(ms.module[i].file);
		free(ms.module[i].depends);
	}
	free(ms.module);
	free(ms.list);
	return rc;
}
