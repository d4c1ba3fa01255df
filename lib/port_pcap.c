// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_pcap.c - capture files as ports; see port.h. A port reads or writes,
 * never both, from one thread. Frames are copied through PORT_BURST slots of
 * the port's own: what peek handed out stays valid until its release. After an
 * error the port only repeats it.
 */
#include "lib/port_pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

#define SLOT_SIZE	9216
#define STREAM_BUFFER	(1 << 20)
#define SNAPLEN		262144

struct slot {
	u32 len;
	u64 time;
	u8 data[SLOT_SIZE];
};

struct pcap_port {
	struct port port;
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	FILE *file;		/* written to; a read one is the pcap's */
	char *name;
	bool timed;
	int ended;		/* negative errno once nothing more can be done */
	struct err err;
	u64 packets;		/* read from the file so far */
	u64 first_stamp;
	u64 start;		/* timed: the clock at the first peek */
	unsigned int head;	/* slot of the oldest frame not released */
	unsigned int count;	/* frames read and not released */
	unsigned int handed;	/* of them handed out by the last peek, or reserved */
	struct slot slot[PORT_BURST];
};

static struct pcap_port *to_pcap(struct port *p)
{
	return container_of(p, struct pcap_port, port);
}

static int none_burst(struct port *p __unused, struct frame *f __unused, unsigned int n __unused)
{
	return -EOPNOTSUPP;
}

static int none_commit(struct port *p __unused, const struct frame *f __unused,
		       unsigned int n __unused)
{
	return -EOPNOTSUPP;
}

static int none_release(struct port *p __unused, unsigned int n __unused)
{
	return -EOPNOTSUPP;
}

static const struct err *pcap_error(const struct port *p)
{
	const struct pcap_port *pp = container_of(p, const struct pcap_port, port);

	return pp->err.code ? &pp->err : NULL;
}

/* ------------------------------------------------------------------ reading */

static int packet_check(struct pcap_port *pp, const struct pcap_pkthdr *h)
{
	unsigned long long number = pp->packets;

	if (h->caplen < h->len)
		return err_set(&pp->err, -EBADMSG, "%s: packet %llu: only %u of its %u bytes were "
			       "captured; capture whole frames (tcpdump -s 0)", pp->name, number,
			       h->caplen, h->len);
	if (h->caplen > SLOT_SIZE)
		return err_set(&pp->err, -EMSGSIZE, "%s: packet %llu: %u bytes: frames of at most "
			       "%u can be sent; was it captured with offloads on?", pp->name,
			       number, h->caplen, SLOT_SIZE);
	return 0;
}

/* The next frame of the file into the slot behind the last one read. */
static int packet_read(struct pcap_port *pp)
{
	struct slot *slot = &pp->slot[(pp->head + pp->count) % PORT_BURST];
	struct pcap_pkthdr *h;
	const u8 *data;
	u64 stamp;
	int ret = pcap_next_ex(pp->pcap, &h, &data);

	if (ret == PCAP_ERROR_BREAK)
		return -ENODATA;
	pp->packets++;
	if (ret != 1)
		return err_set(&pp->err, -EBADMSG, "%s: packet %llu: %s", pp->name,
			       (unsigned long long)pp->packets, pcap_geterr(pp->pcap));
	ret = packet_check(pp, h);
	if (ret)
		return ret;
	/* nanoseconds: the precision asked for at open; any 64 bits may come in */
	stamp = (u64)h->ts.tv_sec * NSEC_PER_SEC + (u64)h->ts.tv_usec;
	if (pp->packets == 1)
		pp->first_stamp = stamp;
	slot->time = (s64)(stamp - pp->first_stamp) > 0 ? stamp - pp->first_stamp : 0;
	slot->len = h->caplen;
	memcpy(slot->data, data, h->caplen);
	pp->count++;
	return 0;
}

/* Of the frames read, how many may leave now. */
static unsigned int packets_due(struct pcap_port *pp, unsigned int n)
{
	unsigned int due = 0;
	u64 now;

	n = min(n, pp->count);
	if (!pp->timed || !n)
		return n;
	now = clk_system_ns();
	if (!pp->start)
		pp->start = now;
	while (due < n && pp->slot[(pp->head + due) % PORT_BURST].time <= now - pp->start)
		due++;
	return due;
}

static int pcap_peek(struct port *p, struct frame *f, unsigned int n)
{
	struct pcap_port *pp = to_pcap(p);

	n = min(n, (unsigned int)PORT_BURST);
	while (pp->count < n && !pp->ended)
		pp->ended = packet_read(pp);
	/* frames before a bad one are still good */
	if (!pp->count && pp->ended)
		return pp->ended;
	n = packets_due(pp, n);
	for (unsigned int i = 0; i < n; i++) {
		struct slot *slot = &pp->slot[(pp->head + i) % PORT_BURST];

		f[i] = (struct frame){ slot->data, slot->len, SLOT_SIZE, slot->time };
	}
	pp->handed = n;
	return (int)n;
}

static int pcap_release(struct port *p, unsigned int n)
{
	struct pcap_port *pp = to_pcap(p);

	if (n > pp->handed)
		return -EINVAL;
	for (unsigned int i = 0; i < n; i++)
		p->stats.rx_bytes += pp->slot[(pp->head + i) % PORT_BURST].len;
	p->stats.rx_frames += n;
	pp->head = (pp->head + n) % PORT_BURST;
	pp->count -= n;
	pp->handed -= n;
	return 0;
}

static u64 pcap_pending(struct port *p)
{
	struct pcap_port *pp = to_pcap(p);

	return pp->count + !pp->ended;
}

static int pcap_close_read(struct port *p)
{
	struct pcap_port *pp = to_pcap(p);

	pcap_close(pp->pcap);
	free(pp->name);
	free(pp);
	return 0;
}

static const struct port_ops pcap_read_ops = {
	.name = "pcap",
	.help = "frames of a capture file, with its timing or as fast as it goes",
	.reserve = none_burst,
	.commit = none_commit,
	.peek = pcap_peek,
	.release = pcap_release,
	.pending = pcap_pending,
	.error = pcap_error,
	.close = pcap_close_read,
};

/* ------------------------------------------------------------------ writing */

static int pcap_reserve(struct port *p, struct frame *f, unsigned int n)
{
	struct pcap_port *pp = to_pcap(p);

	if (pp->ended)
		return pp->ended;
	n = min(n, (unsigned int)PORT_BURST);
	for (unsigned int i = 0; i < n; i++) {
		f[i].data = pp->slot[i].data;
		f[i].room = SLOT_SIZE;
	}
	pp->handed = n;
	return (int)n;
}

static int write_failed(struct pcap_port *pp, int code)
{
	pp->ended = err_set(&pp->err, code, "%s: cannot be written: %s", pp->name,
			    strerror(-code));
	return pp->ended;
}

static int pcap_commit(struct port *p, const struct frame *f, unsigned int n)
{
	struct pcap_port *pp = to_pcap(p);
	u64 bytes = 0;

	if (pp->ended)
		return pp->ended;
	if (n > pp->handed)
		return -EINVAL;
	for (unsigned int i = 0; i < n; i++)
		if (f[i].len > SLOT_SIZE)
			return -EMSGSIZE;
	for (unsigned int i = 0; i < n; i++) {
		struct pcap_pkthdr h = {
			.ts.tv_sec = (time_t)(f[i].time / NSEC_PER_SEC),
			.ts.tv_usec = (suseconds_t)(f[i].time % NSEC_PER_SEC),
			.caplen = f[i].len,
			.len = f[i].len,
		};

		errno = 0;
		pcap_dump((u8 *)pp->dumper, &h, pp->slot[i].data);
		if (ferror(pp->file))
			return write_failed(pp, errno ? -errno : -EIO);
		bytes += f[i].len;
	}
	pp->handed = 0;
	p->stats.tx_frames += n;
	p->stats.tx_bytes += bytes;
	return 0;
}

static int pcap_close_write(struct port *p)
{
	struct pcap_port *pp = to_pcap(p);
	int ret = pp->ended;

	errno = 0;
	if (!ret && (fflush(pp->file) || ferror(pp->file)))
		ret = errno ? -errno : -EIO;
	pcap_dump_close(pp->dumper);
	pcap_close(pp->pcap);
	free(pp->name);
	free(pp);
	return ret;
}

static const struct port_ops pcap_write_ops = {
	.name = "pcap",
	.help = "frames into a capture file, with nanosecond stamps",
	.reserve = pcap_reserve,
	.commit = pcap_commit,
	.peek = none_burst,
	.release = none_release,
	.error = pcap_error,
	.close = pcap_close_write,
};

/* ------------------------------------------------------------------ opening */

static struct pcap_port *pcap_port_new(const struct port_ops *ops, const char *name)
{
	struct pcap_port *pp = aligned_alloc(_Alignof(struct pcap_port), sizeof(*pp));

	if (!pp)
		return NULL;
	memset(pp, 0, offsetof(struct pcap_port, slot));
	pp->port.ops = ops;
	pp->port.stamped = ops == &pcap_read_ops;
	pp->name = strdup(name);
	if (!pp->name) {
		free(pp);
		return NULL;
	}
	return pp;
}

int port_pcap_read_stream(FILE *file, const char *name, bool timed, struct port **ret_port,
			  struct err *err)
{
	struct pcap_port *pp = pcap_port_new(&pcap_read_ops, name);
	char text[PCAP_ERRBUF_SIZE];
	const char *link;
	int ret, dlt;

	if (!pp) {
		ret = err_set(err, -ENOMEM, "%s: out of memory", name);
		goto err_file;
	}
	pp->timed = timed;
	pp->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO,
							    text);
	if (!pp->pcap) {
		ret = err_set(err, -EBADMSG, "%s: not a pcap or pcapng file: %s", name, text);
		goto err_port;
	}
	dlt = pcap_datalink(pp->pcap);
	if (dlt != DLT_EN10MB) {
		link = pcap_datalink_val_to_name(dlt);
		ret = err_set(err, -EBADMSG, "%s: link type %s (%d): only Ethernet (1) can be "
			      "sent; capture on an Ethernet interface", name,
			      link ? link : "unknown", dlt);
		file = NULL;	/* pcap_close closes it */
		goto err_pcap;
	}
	*ret_port = &pp->port;
	return 0;

err_pcap:
	pcap_close(pp->pcap);
err_port:
	free(pp->name);
	free(pp);
err_file:
	if (file)
		fclose(file);
	return ret;
}

int port_pcap_write_stream(FILE *file, const char *name, struct port **ret_port, struct err *err)
{
	struct pcap_port *pp = pcap_port_new(&pcap_write_ops, name);
	int ret = -ENOMEM;

	if (!pp)
		goto err_file;
	pp->file = file;
	pp->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, SNAPLEN,
							PCAP_TSTAMP_PRECISION_NANO);
	if (!pp->pcap)
		goto err_port;
	errno = 0;
	pp->dumper = pcap_dump_fopen(pp->pcap, file);
	if (!pp->dumper) {
		ret = errno ? -errno : -EIO;
		goto err_pcap;
	}
	*ret_port = &pp->port;
	return 0;

err_pcap:
	pcap_close(pp->pcap);
err_port:
	free(pp->name);
	free(pp);
err_file:
	fclose(file);
	return err_set(err, ret, "%s: cannot be written: %s", name, strerror(-ret));
}

/* NULL with errno. "-" is a copy of @standard: closing the port leaves that open. */
static FILE *stream_open(const char *path, const char *mode, int standard)
{
	FILE *file;
	int fd;

	if (strcmp(path, "-") != 0) {
		file = fopen(path, mode);
	} else {
		fd = dup(standard);
		file = fd < 0 ? NULL : fdopen(fd, mode);
		if (!file && fd >= 0)
			close(fd);
	}
	if (file)
		setvbuf(file, NULL, _IOFBF, STREAM_BUFFER);
	return file;
}

int port_pcap_open_read(const char *path, bool timed, struct port **ret_port, struct err *err)
{
	FILE *file = stream_open(path, "rbe", STDIN_FILENO);

	if (!file)
		return err_set(err, -errno, "%s: cannot be read: %s", path, strerror(errno));
	return port_pcap_read_stream(file, strcmp(path, "-") != 0 ? path : "standard input", timed,
				     ret_port, err);
}

int port_pcap_open_write(const char *path, struct port **ret_port, struct err *err)
{
	FILE *file = stream_open(path, "wbe", STDOUT_FILENO);

	if (!file)
		return err_set(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
	return port_pcap_write_stream(file, strcmp(path, "-") != 0 ? path : "standard output",
				      ret_port, err);
}
