// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod.c - see kmod.h. */
#include "lib/kmod.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CMD(name)	[KPPS_GEN_CMD_##name] = #name
#define ATTR(name)	[KPPS_GEN_A_##name] = #name

static const char *const commands[] = {
	CMD(GEN_NEW), CMD(GEN_STREAM), CMD(GEN_LANE), CMD(GEN_PLAN), CMD(GEN_START),
	CMD(GEN_STOP), CMD(GEN_GET), CMD(GEN_STREAM_GET), CMD(GEN_DEL), CMD(GEN_DONE),
	CMD(SINK_NEW), CMD(SINK_SET), CMD(SINK_GET), CMD(SINK_STREAM_GET), CMD(SINK_DEL),
};

static const char *const attrs[] = {
	ATTR(ID), ATTR(IFINDEX), ATTR(QUEUE), ATTR(CPU), ATTR(WAY), ATTR(FORCE), ATTR(STREAM),
	ATTR(STREAM_DATA), ATTR(FIRST_INDEX), ATTR(LANE), ATTR(MULT), ATTR(SHIFT), ATTR(TOTAL),
	ATTR(PATTERN), ATTR(FIRST), ATTR(STRIDE), ATTR(DURATION), ATTR(COUNT), ATTR(ENDLESS),
	ATTR(OVERRUN), ATTR(BURST), ATTR(TOGETHER), ATTR(START), ATTR(STATE), ATTR(WHY),
	ATTR(SENT), ATTR(BYTES), ATTR(REFUSED), ATTR(RECYCLED), ATTR(NEXT_INDEX), ATTR(ELAPSED),
	ATTR(LATE_MAX), ATTR(BACKLOG_MAX), ATTR(DEPARTURE), ATTR(RUN), ATTR(STREAMS),
	ATTR(UNSIGNED_STREAMS), ATTR(FLAGS), ATTR(FRAMES), ATTR(CORRUPTED), ATTR(FOREIGN),
	ATTR(UNSIGNED), ATTR(RECEIVED), ATTR(DUPLICATED), ATTR(REORDERED), ATTR(LATE),
	ATTR(EARLY), ATTR(FIRST_NS), ATTR(LAST_NS), ATTR(SPAN), ATTR(LATENCY),
};

#define NAMES(who_) \
	{ .who = who_, .commands = commands, .attrs = attrs, \
	  .ncommands = ARRAY_SIZE(commands), .nattrs = ARRAY_SIZE(attrs) }

const struct genl_names kmod_source_names = NAMES("kmod source");
const struct genl_names kmod_sink_names = NAMES("kmod sink");

/* Where `make install`, DKMS and the distributions put modules of others. */
static bool installed(const char *release)
{
	static const char *const folders[] = { "updates/dkms", "updates", "extra" };
	static const char *const endings[] = { "", ".xz", ".zst", ".gz" };
	char file[256];

	for (unsigned int i = 0; i < ARRAY_SIZE(folders) * ARRAY_SIZE(endings); i++) {
		snprintf(file, sizeof(file), "/lib/modules/%s/%s/kpps_gen.ko%s", release,
			 folders[i / ARRAY_SIZE(endings)], endings[i % ARRAY_SIZE(endings)]);
		if (!access(file, F_OK))
			return true;
	}
	return false;
}

static int not_there(const char *who, struct err *err)
{
	struct utsname kernel;

	if (access("/proc/modules", F_OK))
		return err_set(err, -EOPNOTSUPP, "%s: this kernel has no module kpps_gen, and loads none: it needs CONFIG_MODULES",
			       who);
	if (uname(&kernel))
		return err_set(err, -errno, "%s: the module kpps_gen is not loaded", who);
	if (installed(kernel.release))
		return err_set(err, -EOPNOTSUPP, "%s: the module kpps_gen is installed, but not loaded: as root, modprobe kpps_gen",
			       who);
	return err_set(err, -EOPNOTSUPP, "%s: the module kpps_gen is not loaded: as root, make kmod && insmod build/kmod/%s/kpps_gen.ko (or by DKMS)",
		       who, kernel.release);
}

int kmod_open(const struct genl_names *names, struct genl **ret, struct err *err)
{
	int rc = genl_open(KPPS_GEN_FAMILY_NAME, names, ret, err);

	if (rc == -ENOENT)
		return not_there(names->who, err);
	if (rc || genl_version(*ret) == KPPS_GEN_FAMILY_VERSION)
		return rc;
	err_set(err, -EPROTO, "%s: the module speaks version %u, this program %u: build and load the module that came with it",
		names->who, genl_version(*ret), KPPS_GEN_FAMILY_VERSION);
	genl_close(*ret);
	*ret = NULL;
	return -EPROTO;
}

int kmod_call_id(struct genl *g, u8 cmd, u32 id, struct kmod_answer *ret, struct err *err)
{
	struct nlmsghdr *m = genl_begin(g, cmd);

	mnl_attr_put_u32(m, KPPS_GEN_A_ID, id);
	return kmod_call(g, ret, err);
}

int kmod_probe(const struct genl_names *names, struct err *err)
{
	struct err why = { 0 };
	struct genl *g;
	int rc = kmod_open(names, &g, err);

	if (rc)
		return rc;
	/* nobody has it; but who may not ask is told so first */
	rc = kmod_call_id(g, KPPS_GEN_CMD_GEN_GET, ~0U, NULL, &why);
	genl_close(g);
	if (rc == -EPERM)
		return err_set(err, rc, "%s: the module kpps_gen takes orders from root only: run kpps as root or with sudo",
			       names->who);
	if (rc == -ENOENT)
		return 0;
	if (rc)
		*err = why;
	return rc;
}
