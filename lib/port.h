/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port.h - burst I/O of frames that copies nothing by itself.
 *
 *	transmit:  n = port_reserve(p, f, want);  write into f[i].data, set
 *		   f[i].len and f[i].time;  port_commit(p, f, n);
 *	receive:   n = port_peek(p, f, want);  read f[i];  port_release(p, n);
 *
 * A port is used by at most one transmitting and one receiving thread at a
 * time. Reserve and peek hand out memory of the port's own; it stays valid
 * until the commit or release that names it. A second reserve (peek) without a
 * commit (release) between hands out the same frames again. Commit takes the
 * first @n of the frames last reserved; release gives back the oldest @n.
 * Frame lengths exclude the 4-byte FCS everywhere below the scenario reader.
 *
 * Ends: port_reserve returning 0 means the other side has not made room;
 * port_peek returning 0 means nothing has arrived; a negative errno means the
 * port is finished or broken (-ENODATA: a file was read to its end).
 * port_commit and port_release return 0 or a negative errno; a commit that
 * failed has committed nothing. Commit reads only f[i].len and f[i].time.
 * Bursts of up to PORT_BURST are always possible; reserve and peek may hand
 * out fewer frames than asked for.
 */
#ifndef KPPS_PORT_H
#define KPPS_PORT_H

#include "lib/compiler.h"
#include "lib/err.h"

#define PORT_BURST 32

struct frame {
	u8 *data;
	u32 len;	/* bytes, without FCS */
	u32 room;	/* bytes that may be written at data */
	u64 time;	/* ns: departure (commit) or arrival (peek), 0 unknown */
};

struct port;

struct port_stats {
	u64 tx_frames __cacheline;	/* committed: the transmitter's line */
	u64 tx_bytes;
	u64 rx_frames __cacheline;	/* released: the receiver's line */
	u64 rx_bytes;
};

struct port_ops {
	const char *name;
	const char *help;
	int (*reserve)(struct port *p, struct frame *f, unsigned int n);
	int (*commit)(struct port *p, const struct frame *f, unsigned int n);
	int (*peek)(struct port *p, struct frame *f, unsigned int n);
	int (*release)(struct port *p, unsigned int n);
	/*
	 * Frames committed and not yet released: 0 means drained. A file has
	 * one more than it has read until its end was seen.
	 */
	u64 (*pending)(struct port *p);
	/* Frames that arrived and found no room, since open; and frames committed that
	 * the driver did not take, e.g. as a queue behind it was full: lost on their way,
	 * in tx_frames. NULL: neither happens. Any thread. */
	u64 (*dropped)(struct port *p);
	u64 (*refused)(struct port *p);
	/* Why the last negative errno; NULL: nothing to add to the number. */
	const struct err *(*error)(const struct port *p);
	int (*close)(struct port *p);
};

/* Embedded first in every implementation; its alignment is a cache line's. */
struct port {
	const struct port_ops *ops;
	bool stamped;	/* every peeked f.time is known, 0 too */
	struct port_stats stats;
};

static inline int port_reserve(struct port *p, struct frame *f, unsigned int n)
{
	return p->ops->reserve(p, f, n);
}

static inline int port_commit(struct port *p, const struct frame *f,
			      unsigned int n)
{
	return p->ops->commit(p, f, n);
}

static inline int port_peek(struct port *p, struct frame *f, unsigned int n)
{
	return p->ops->peek(p, f, n);
}

static inline int port_release(struct port *p, unsigned int n)
{
	return p->ops->release(p, n);
}

static inline u64 port_pending(struct port *p)
{
	return p->ops->pending ? p->ops->pending(p) : 0;
}

static inline u64 port_dropped(struct port *p)
{
	return p->ops->dropped ? p->ops->dropped(p) : 0;
}

static inline u64 port_refused(struct port *p)
{
	return p->ops->refused ? p->ops->refused(p) : 0;
}

/*
 * port_error - the sentence behind the last negative errno of this port, with
 * file and packet number where there are any; NULL when the errno says it all
 * (as -ENODATA does). Valid until port_close.
 */
static inline const struct err *port_error(const struct port *p)
{
	return p->ops->error ? p->ops->error(p) : NULL;
}

/*
 * port_close - free the port; NULL is fine. Both sides must have stopped.
 * Returns 0, or the negative errno of what a file could not take any more.
 */
int port_close(struct port *p);

/*
 * memory: a single-producer single-consumer ring in this process. Commit makes
 * frames visible to peek; release overwrites parts of them. Slots are
 * @frame_max bytes rounded up to an odd number of cache lines (or two), so that
 * equal offsets of successive slots do not fall into the same cache sets.
 */
struct port_memory_config {
	u32 slots;	/* power of two, 64 … 65536; default 1024 */
	u32 frame_max;	/* largest frame without FCS, 60 … 9216 */
	int node;	/* NUMA node, -1: where the caller runs */
};

int port_memory_open(const struct port_memory_config *config,
		     struct port **ret_port, struct err *err);
/* What backs the ring: "2 MiB pages", "transparent huge pages", "4 KiB pages" */
const char *port_memory_backing(const struct port *p);

/*
 * pcap files (libpcap; pcap and pcapng in, pcap with nanosecond stamps out).
 * Reading: peek hands out frames in file order with f.time = stamp in ns since
 * the first frame when @timed is false; when @timed, a frame is handed out not
 * before its offset from the first frame has passed on the clock.
 * Writing: commit writes frames with f.time as their stamp; out-of-order
 * stamps are written as given. A full disk shows at a commit or at close.
 * "-" is standard input or output. Only Ethernet; frames cut short by the
 * capture or longer than 9216 bytes end the reading with -EBADMSG, -EMSGSIZE.
 */
int port_pcap_open_read(const char *path, bool timed, struct port **ret_port,
			struct err *err);
int port_pcap_open_write(const char *path, struct port **ret_port,
			 struct err *err);

/*
 * null: reserve always succeeds on scratch memory, commit forgets the frames,
 * peek never has any. For measuring a source alone.
 */
int port_null_open(u32 frame_max, struct port **ret_port, struct err *err);

/*
 * packet: AF_PACKET on the interface @ifindex, which is up, of the network namespace
 * the caller is in at open. Receives what arrives there, for whatever MAC address,
 * never what is sent there. VLAN tags that the kernel took out are back in their
 * place. Frames the ring had no room for, or longer than @frame_max, are counted,
 * see port_dropped.
 *
 * With @stamps a TPACKET_V3 ring, and peeked f.time is CLOCK_MONOTONIC of the
 * kernel's stamp; at low rates a frame is seen 1 ms after it (older kernels: a jiffy
 * or two), and blocks given away by then hold fewer frames than @slots promises.
 * Without, a TPACKET_V2 ring: each frame is seen at once, f.time is 0, and fewer
 * frames a second can be received from another CPU.
 *
 * Every committed frame is with the driver when commit returns; reserve always has
 * room for a burst. -ENETDOWN (also when the carrier is lost), -ENODEV: the interface
 * was set down, deleted; the side that met it ends, a receiving one when all that came
 * before is released. It meets it within NETIF_POLLS (256) empty peeks.
 */
struct port_packet_config {
	int ifindex;
	u32 slots;		/* received frames, a power of two, 64 … 65536; 0: 4096 */
	u32 frame_max;		/* without FCS, 60 … 9216; more than the MTU allows is fine */
	bool tx_only;		/* don't receive: the interface's frames are another's */
	bool stamps;
};

int port_packet_open(const struct port_packet_config *config, struct port **ret_port,
		     struct err *err);

/*
 * xdp: AF_XDP (libxdp) on queue @queue of the interface @ifindex, which is up, of the
 * network namespace the caller is in at open; zero-copy when the driver can, else copy,
 * else the generic hook. It takes every frame that arrives on the queue. Ports on
 * several queues share one XDP program; it goes with the last of them, however that
 * ends. Frames of queues without a port go to the kernel.
 *
 * A VLAN tag that the sender left to offload (on a veth: the peer's tx-vlan-offload)
 * is not in the frame: switch that off, unless frames are sent by a port.
 *
 * Frames longer than @frame_max count as dropped. With zero-copy the driver counts
 * those that found no room, not the port.
 *
 * Every committed frame is handed over by commit, as far as the driver takes it at
 * once; the rest waits in the ring for the next reserve, commit or pending, and a full
 * ring is no room. Its end is met as with packet.
 */
struct port_xdp_config {
	int ifindex;
	u32 queue;
	u32 slots;		/* frames each way, a power of two, 64 … 65536; 0: 4096 */
	u32 frame_max;		/* without FCS, 60 … 3840: what fits a 4 KiB page */
	int node;		/* NUMA node of the frames' memory, -1: where the caller runs */
	bool busy_poll;		/* the caller's CPU runs the driver's NAPI (SO_PREFER_BUSY_POLL) */
	bool stamps;		/* f.time is CLOCK_MONOTONIC of the peek; else 0 */
};

int port_xdp_open(const struct port_xdp_config *config, struct port **ret_port, struct err *err);
/* "zero-copy", "copy", "generic copy" */
const char *port_xdp_mode(const struct port *p);

/*
 * impair: wraps another port (which it owns and closes) and treats frames on
 * their way OUT of the wrapped port's receive side (peek): so it stands
 * between a DUT and a sink. Each share is a probability in 1/2^32 per frame
 * (2^32 - 1: every frame), drawn by frame number from the seed: equal frames
 * in give equal frames out, however they are polled (a delay goes by the
 * clock: what it does is equal, when its frames pass is not). A frame gets at
 * most one treatment.
 *
 *	drop		never handed out
 *	duplicate	handed out twice in succession
 *	reorder		held until reorder_by later frames were handed out; counted
 *			only if at least one was: then the frame is reordered as
 *			RFC 4737 has it (a later one came first). When the wrapped
 *			port has ended, or has had nothing for 10 ms and 64 polls,
 *			what is held is handed out; at most 64 are held at a time
 *	corrupt		one bit of the L4 header or payload flipped, where the frame's
 *			L4 checksum sees it: TCP, UDP, ICMP, ICMPv6 over IPv4 or
 *			IPv6, no fragments, no UDP without a checksum. Others pass
 *			unharmed and are not counted
 *	delay		held for at least delay_ns (CLOCK_MONOTONIC_RAW); f.time, where
 *			known, moves by delay_ns. Later frames overtake it. At most
 *			16384 are held at a time, the next one passes, not counted
 *
 * pending counts what is held. reserve and commit go to the wrapped port.
 */
struct port_impair_config {
	u64 seed;
	u32 drop, duplicate, reorder, corrupt, delay;	/* share × 2^32 */
	u32 reorder_by;		/* frames a reordered one is held back, 1 … 64; 0: 1 */
	u64 delay_ns;		/* how long a delayed frame is held */
};

struct port_impair_stats {	/* what was done, exactly */
	u64 seen, dropped, duplicated, reordered, corrupted, delayed;
};

/* On error @inner stays the caller's. */
int port_impair_open(struct port *inner, const struct port_impair_config *config,
		     struct port **ret_port, struct err *err);
void port_impair_stats(const struct port *p, struct port_impair_stats *ret);

#endif
