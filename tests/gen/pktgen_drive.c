// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pktgen_drive.c - the pktgen source where there is a pktgen: run by pktgen_vm.t in a
 * virtual machine with dummy0, dummy1 (down) and a pair near0, veth0. Prints TAP, and
 * instructions a packet, where a guest's ns is one:
 *	pktgen_drive figures	these only
 *	pktgen_drive cpus	what two CPUs do
 *	pktgen_drive		all but that
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gen/kernel_source.h"
#include "lib/stream_build.h"

#define COUNT 200000

static const struct kernel_source_ops *const ops = &pktgen_source_ops;
static unsigned int tests;
static const char *extra;	/* another line for pktgen, behind the source's back */

static void ok(bool good, const char *name)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++tests, name);
	fflush(stdout);
}

static struct kpps_stream stream_of(const struct stream_spec *spec)
{
	struct kpps_stream s;
	struct err err;

	if (stream_build(spec, &s, &err)) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return s;
}

/* The peers' fixed header. */
static struct stream_spec base(void)
{
	struct stream_spec s;

	stream_spec_default(&s);
	s.source = (struct addr_range){ { 10, 0, 0, 1 }, 1 };
	s.destination = (struct addr_range){ { 10, 1, 0, 1 }, 1 };
	s.source_port = (struct port_range){ 1024, 1024 };
	s.destination_port = (struct port_range){ 9, 9 };
	s.order = KPPS_UNIFORM;
	return s;
}

static unsigned int ncpus = 1;

static int open_on(const char *ifname, enum kernel_way way, struct kernel_source **ret,
		   struct err *err)
{
	static const int cpus[] = { 0, 1 };
	const struct kernel_source_config config = {
		.ifindex = (int)if_nametoindex(ifname), .way = way, .cpus = cpus, .ncpus = ncpus,
		.frame_max = 1514,
	};

	return ops->open(&config, ret, err);
}

static void write_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return;
	fputs(text, f);
	fclose(f);
}

static int play(struct kernel_source *s, const struct source_config *config,
		struct source_report *ret, struct err *err)
{
	int rc = ops->plan(s, config, err);

	if (!rc)
		rc = ops->start(s, clk_monotonic_ns(), err);
	if (!rc)
		rc = ops->wait_until(s, ~0ULL, NULL, err);
	ops->report(s, ret);
	return rc;
}

/* One trial from open to close; @config's streams are @spec's. */
static int trial(const char *ifname, const struct stream_spec *spec, struct source_config config,
		 volatile bool *stop, struct source_report *ret, struct err *err)
{
	static struct source_stream stream;
	struct kernel_source *s;
	int rc = open_on(ifname, KERNEL_WAY_OUT, &s, err);

	if (rc)
		return rc;
	stream.stream = stream_of(spec);
	stream.weight = 1;
	config.streams = &stream;
	config.nstreams = 1;
	rc = ops->plan(s, &config, err);
	if (extra)
		write_to("/proc/net/pktgen/dummy0@kpps0", extra);
	if (!rc)
		rc = ops->start(s, clk_monotonic_ns(), err);
	if (!rc)
		rc = ops->wait_until(s, ~0ULL, stop, err);
	ops->report(s, ret);
	ops->close(s);
	return rc;
}

static void figure(const char *name, const struct stream_spec *spec)
{
	const struct source_config config = { .count = COUNT };
	struct source_report r;
	struct err err;
	int rc = trial("dummy0", spec, config, NULL, &r, &err);

	ok(!rc && r.sent == COUNT && r.intended == COUNT && !r.refused, name);
	if (rc)
		printf("# %s\n", err.text);
	else
		printf("PKTGEN %s %.3f\n", name, (double)r.elapsed_ns / COUNT);
}

static void figures(void)
{
	const struct source_config config = { .duration_ns = NSEC_PER_SEC };
	struct stream_spec s = base();
	struct source_report r;
	struct err err;

	/* what a kernel still does after it has booted takes its time from the first */
	trial("dummy0", &s, config, NULL, &r, &err);
	figure("fixed", &s);
	extra = "flag !UDPCSUM\n";
	figure("fixed-without-checksum", &s);
	extra = NULL;
	s.source_port.last = 65535;
	figure("udpsrc-rnd-csum", &s);
	s = base();
	s.source = (struct addr_range){ { 10, 0, 0, 0 }, 65536 };
	s.flows = 4096;
	figure("flows-4096-ipsrc-rnd", &s);
	s.order = KPPS_SEQUENTIAL;
	figure("flows-4096-in-turn", &s);
	s = base();
	stream_spec_family(&s, AF_INET6);
	s.source.count = 1;
	figure("ipv6-fixed", &s);
	s.source_port.last = 65535;
	figure("ipv6-udpsrc-rnd", &s);
}

static void nothing_is_left(const char *name)
{
	char text[512] = "";
	FILE *f = fopen("/proc/net/pktgen/kpktgend_0", "re");

	if (f) {
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
	}
	ok(!strncmp(text, "Running: \nStopped: \n", 20), name);
}

static void it_stops(void)
{
	struct stream_spec spec = base();
	struct source_config config = { .duration_ns = 300 * 1000 * 1000ULL };
	struct source_report r;
	struct err err = { 0 };
	bool stop = true;
	int rc = trial("dummy0", &spec, config, NULL, &r, &err);

	ok(!rc && r.sent && r.intended == r.sent && r.elapsed_ns >= config.duration_ns &&
	   r.elapsed_ns < 2 * config.duration_ns, "a duration without a rate ends it");
	printf("# %s sent %llu elapsed %llu\n", err.text, (unsigned long long)r.sent,
	       (unsigned long long)r.elapsed_ns);
	nothing_is_left("nothing runs and no device is left");
	config.duration_ns = 3600 * NSEC_PER_SEC;
	rc = trial("dummy0", &spec, config, &stop, &r, &err);
	ok(!rc, "stopped at once, it ends");
	nothing_is_left("and leaves nothing");
	config = (struct source_config){ .duration_ns = 20 * 1000 * 1000ULL };
	rc = trial("dummy0", &spec, config, NULL, &r, &err);
	ok(!rc && r.sent && r.elapsed_ns < 3 * config.duration_ns, "a short one, too");
	printf("# %s sent %llu elapsed %llu\n", err.text, (unsigned long long)r.sent,
	       (unsigned long long)r.elapsed_ns);
	/* too fast for it: 100 M/s */
	config = (struct source_config){ .duration_ns = 200000000, .rate_pps = 1e8, .overrun_ns = 200000 };
	rc = trial("dummy0", &spec, config, NULL, &r, &err);
	ok(!rc && r.intended == 20000000 && r.sent < r.intended && r.elapsed_ns >= 200000000,
	   "what is due is cut off after the overrun");
	printf("# %s sent %llu elapsed %llu\n", err.text, (unsigned long long)r.sent,
	       (unsigned long long)r.elapsed_ns);
}

static void it_keeps_a_rate(void)
{
	struct stream_spec spec = base();
	struct source_config config = { .duration_ns = NSEC_PER_SEC, .rate_pps = 10000 };
	struct source_report r;
	struct err err = { 0 };
	int rc = trial("dummy0", &spec, config, NULL, &r, &err);

	ok(!rc && r.sent == 10000 && r.elapsed_ns > 999 * 1000000ULL && r.elapsed_ns <= 1000 * 1010000ULL,
	   "a rate for a duration is so many frames in that time");
	printf("# %s sent %llu elapsed %llu\n", err.text, (unsigned long long)r.sent,
	       (unsigned long long)r.elapsed_ns);
}

static void the_highest_rate_has_no_delay(void)
{
	struct stream_spec spec = base();
	struct source_stream stream = { .stream = stream_of(&spec), .weight = 1 };
	struct source_config config = { .streams = &stream, .nstreams = 1, .count = 100000 };
	struct source_report free_run, paced = { 0 };
	struct kernel_source *s;
	struct err err = { 0 };
	int rc = open_on("dummy0", KERNEL_WAY_OUT, &s, &err);

	if (!rc) {
		rc = play(s, &config, &free_run, &err);
		config.rate_pps = 1e14 / (double)free_run.elapsed_ns;
		if (!rc)
			rc = play(s, &config, &paced, &err);
		ops->close(s);
	}
	ok(!rc && paced.sent == 100000 && paced.elapsed_ns < free_run.elapsed_ns / 100 * 102,
	   "the most that was sent without a delay is sent so again");
	printf("# %s %llu %llu\n", err.text, (unsigned long long)free_run.elapsed_ns,
	       (unsigned long long)paced.elapsed_ns);
}

static void it_refuses(void)
{
	struct stream_spec spec = base();
	struct kernel_source *s;
	struct err err = { 0 };
	int rc = open_on("dummy1", KERNEL_WAY_OUT, &s, &err);

	ok(rc == -ENETDOWN && strstr(err.text, "dummy1"), "an interface that is down is refused");
	write_to("/proc/net/pktgen/kpktgend_0", "add_device near0\n");
	rc = open_on("dummy0", KERNEL_WAY_OUT, &s, &err);
	ok(rc == -EBUSY && strstr(err.text, "near0"), "another's device is a reason to refuse");
	write_to("/proc/net/pktgen/kpktgend_0", "rem_device_all\n");
	write_to("/proc/net/pktgen/kpktgend_0", "add_device near0@kpps0\n");
	rc = open_on("dummy0", KERNEL_WAY_OUT, &s, &err);
	ok(!rc, "what a killed run left is removed");
	if (!rc) {
		static struct source_stream stream;
		struct source_config config = { .streams = &stream, .nstreams = 1, .count = 1 };

		spec.protocol = IPPROTO_TCP;
		stream.stream = stream_of(&spec);
		ok(ops->plan(s, &config, &err) == -EOPNOTSUPP && strstr(err.text, "UDP only"),
		   "TCP is refused");
		ok(ops->start(s, 0, &err) == -EINVAL, "nothing starts without a plan");
		ops->close(s);
	}
	nothing_is_left("refusals leave nothing");
}

static int listen_on(const char *ifname)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0), size = 64 << 20, one = 1;
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(ifname),
	};

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one));
	return bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) ? -1 : fd;
}

/* The kernel takes the tag out of what it gives to sockets: @ret_tag, 0 without. */
static ssize_t receive(int fd, u8 *frame, size_t size, u16 *ret_tag)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec iov = { frame, size };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT);
	const struct cmsghdr *c = len > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	struct tpacket_auxdata aux;

	*ret_tag = 0;
	if (c && c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		*ret_tag = aux.tp_vlan_tci;
	}
	return len;
}

/* Over a pair of veths: what arrives is what the stream says. */
static void frames(const char *name, const struct stream_spec *spec, bool good(const u8 *, ssize_t, u16))
{
	const struct source_config config = { .count = 2000 };
	struct source_report r;
	struct err err = { 0 };
	u8 frame[2048];
	unsigned int n = 0, bad = 0;
	int fd = listen_on("veth0"), rc;
	ssize_t len;
	u16 tag;

	rc = trial("near0", spec, config, NULL, &r, &err);
	while ((len = receive(fd, frame, sizeof(frame), &tag)) > 0) {
		if (memcmp(frame, spec->destination_mac, 6) != 0)
			continue;	/* the kernel's own */
		n++;
		bad += !good(frame, len, tag);
	}
	close(fd);
	ok(!rc && r.sent == 2000 && n == 2000 && !bad, name);
	printf("# %s %u frames, %u bad\n", err.text, n, bad);
}

static bool good_v4(const u8 *f, ssize_t len, u16 tag)
{
	static const u8 src[] = { 10, 0, 3 }, dst[] = { 10, 1, 0, 1 };

	return len == 120 && tag == 7 && f[6] == 2 && f[11] == 1 && !memcmp(f + 12, "\x08\x00", 2) &&
	       f[15] == 46 << 2 && !memcmp(f + 26, src, 3) && f[29] >= 16 && f[29] < 32 &&
	       !memcmp(f + 30, dst, 4) && f[34] * 256 + f[35] >= 5000 && f[34] * 256 + f[35] <= 5009;
}

static bool good_v6(const u8 *f, ssize_t len, u16 tag)
{
	static const u8 to[] = { 0x20, 0x01, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x12 };

	return len == 80 && !tag && !memcmp(f + 12, "\x86\xdd\x60\x00", 4) && !memcmp(f + 38, to, 15) &&
	       (f[53] & 0xf0) == 0x30 && f[54] * 256 + f[55] == 1024;
}

static void frames_are_the_streams(void)
{
	struct stream_spec s = base();

	s.source = (struct addr_range){ { 10, 0, 3, 16 }, 16 };
	s.source_port = (struct port_range){ 5000, 5009 };
	s.nvlans = 1;
	s.vlan[0] = 7;
	s.dscp = 46;
	s.sizes[0] = 128;
	frames("IPv4: VLAN, DSCP, size, address and port ranges", &s, good_v4);
	s = base();
	stream_spec_family(&s, AF_INET6);
	s.source.count = 1;
	s.destination = (struct addr_range){ { 0x20, 0x01, 0, 2, 0, 0, 0x80, [14] = 0x12, 0x30 }, 16 };
	frames("IPv6: a prefix of destinations", &s, good_v6);
}

/* A count that does not divide; a rate that both share; the same CPU's thread for another. */
static void two_cpus(void)
{
	struct stream_spec spec = base();
	struct source_config config = { .count = 100001 };
	struct source_report r;
	struct err err = { 0 };
	int rc;

	ncpus = 2;
	rc = trial("dummy0", &spec, config, NULL, &r, &err);
	ok(!rc && r.sent == 100001 && r.intended == 100001, "two CPUs send a count together");
	printf("# %s sent %llu\n", err.text, (unsigned long long)r.sent);
	config = (struct source_config){ .duration_ns = NSEC_PER_SEC, .rate_pps = 2001 };
	rc = trial("dummy0", &spec, config, NULL, &r, &err);
	ok(!rc && r.sent == 2001 && r.elapsed_ns > 990 * 1000000ULL, "and a rate");
	printf("# %s sent %llu elapsed %llu\n", err.text, (unsigned long long)r.sent,
	       (unsigned long long)r.elapsed_ns);
	config = (struct source_config){ .duration_ns = 300 * 1000 * 1000ULL };
	rc = trial("dummy0", &spec, config, NULL, &r, &err);
	ok(!rc && r.sent && r.elapsed_ns >= 300 * 1000000ULL, "and end after a duration");
	write_to("/proc/net/pktgen/kpktgend_1", "add_device near0\n");
	ncpus = 1;
	rc = trial("dummy0", &spec, config, NULL, &r, &err);
	ok(rc == -EBUSY && strstr(err.text, "near0"), "another's device is found on any CPU");
	write_to("/proc/net/pktgen/kpktgend_1", "rem_device_all\n");
	nothing_is_left("and nothing is left");
}

int main(int argc, char **argv)
{
	struct err err = { 0 };

	if (ops->probe(&err)) {
		printf("1..0 # SKIP %s\n", err.text);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "cpus"))
		two_cpus();
	else
		figures();
	if (argc == 1) {
		it_stops();
		it_keeps_a_rate();
		the_highest_rate_has_no_delay();
		it_refuses();
		frames_are_the_streams();
	}
	printf("1..%u\n", tests);
	return 0;
}
