// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_kernel_sink.c - what a sink in the kernel makes of frames that a packet socket
 * sends it over a veth pair. What it must say is known from how the frames were
 * made, or from the port sink, which is given the same ones. The sink is XDP's, or that
 * of $KPPS_SINK: tests/kmod/user_vm.t runs this with the module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "sink/kernel_sink.h"
#include "tests/lib/veth_pair.h"
#include "tests/sink/any_frame.h"

#define RUN 5
#define WRAP (1ULL << 48)
#define STREAMS 0x8000000000000003ULL	/* 0, 1 and the last */
#define WAIT_NS (5 * NSEC_PER_SEC)

static const struct kernel_sink_ops *ops = &xdp_sink_ops;

struct fixture {
	struct veth_pair veth;
	int fd;			/* sends into va */
	struct kernel_sink *kernel;	/* on vb */
	struct sink *port;	/* is given the same */
	struct kernel_sink_config config;
	u64 sent;		/* to both */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f)
		return -1;
	f->fd = -1;
	if (!veth_pair_up(&f->veth, 0, 0))
		return -1;
	f->fd = veth_pair_socket(&f->veth, 0);
	return f->fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	kernel_sink_close(f->kernel);
	sink_destroy(f->port);
	if (f->fd >= 0)
		close(f->fd);
	veth_pair_down(&f->veth);
	free(f);
	return 0;
}

static struct fixture *open_sinks(void **state, struct kernel_sink_config config)
{
	struct fixture *f = *state;
	struct sink_config port = {
		.streams = STREAMS, .run = RUN, .unsigned_streams = config.unsigned_streams,
		.latency = true, .node = -1,
	};
	struct err err = { 0 };
	int ret;

	config.ifindex = f->veth.ifindex[1];
	config.run = RUN;
	config.streams = STREAMS;
	config.latency = true;
	f->config = config;
	veth_pair_enter(&f->veth, 1);
	ret = ops->open(&config, &f->kernel, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(ret, 0);
	veth_pair_enter(&f->veth, -1);
	assert_int_equal(sink_create(&port, NULL, &f->port, NULL), 0);
	return f;
}

/* Until the sink has seen all that was sent. */
static void settle(struct fixture *f)
{
	u64 end = clk_monotonic_ns() + WAIT_NS;

	while (kernel_sink_frames(f->kernel) < f->sent && clk_monotonic_ns() < end)
		sched_yield();
	assert_int_equal(kernel_sink_frames(f->kernel), f->sent);
}

static void send_bytes(struct fixture *f, const u8 *data, u32 len)
{
	assert_int_equal(send(f->fd, data, len, 0), len);
}

static void give_bytes(struct fixture *f, u8 *data, u32 len)
{
	const struct frame frame = { .data = data, .len = len };

	send_bytes(f, data, len);
	sink_account(f->port, &frame, 0);
	if (++f->sent % 64 == 0)	/* the veth's ring has room for more */
		settle(f);
}

static struct build plain(u8 stream, u64 index)
{
	return (struct build){
		.version = 4, .protocol = IPPROTO_UDP, .payload = 18, .signature = true,
		.run = RUN, .stream = stream, .index = index & (WRAP - 1),
	};
}

static void give(struct fixture *f, u8 stream, u64 index)
{
	struct build b = plain(stream, index);
	struct built frame;

	build_frame(&frame, &b);
	give_bytes(f, frame.data, frame.len);
}

static struct sink_stream_report stream_report(struct fixture *f, unsigned int stream)
{
	struct sink_stream_report r;

	settle(f);
	kernel_sink_stream_report(f->kernel, stream, &r);
	return r;
}

static struct sink_report report(struct fixture *f)
{
	struct sink_report r;

	settle(f);
	kernel_sink_report(f->kernel, &r);
	return r;
}

static void assert_as_the_port_sink(struct fixture *f)
{
	struct sink_report r = report(f), p;

	sink_report(f->port, &p);
	assert_int_equal(r.frames, p.frames);
	assert_int_equal(r.corrupted, p.corrupted);
	assert_int_equal(r.foreign, p.foreign);
	assert_int_equal(r.unsigned_frames, p.unsigned_frames);
	for (unsigned int id = 0; id < KPPS_STREAMS_MAX; id++) {
		struct sink_stream_report x = stream_report(f, id), y;

		sink_stream_report(f->port, id, &y);
		assert_int_equal(x.received, y.received);
		assert_int_equal(x.bytes, y.bytes);
		assert_int_equal(x.duplicated, y.duplicated);
		assert_int_equal(x.reordered, y.reordered);
		assert_int_equal(x.late, y.late);
		assert_int_equal(x.first_index, y.first_index);
		assert_int_equal(x.span, y.span);
		assert_int_equal(x.latency.count, y.latency.count);
	}
}

static void native_mode_on_a_veth(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });

	assert_string_equal(kernel_sink_mode(f->kernel), "native");
}

static void frames_in_order_are_received(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	struct sink_stream_report r;

	for (u64 i = 0; i < 1000; i++)
		give(f, 0, 7 + i);
	r = stream_report(f, 0);
	assert_int_equal(r.received, 1000);
	assert_int_equal(r.bytes, 60000);
	assert_int_equal(r.first_index, 7);
	assert_int_equal(r.span, 1000);
	assert_int_equal(r.duplicated + r.reordered + r.late, 0);
	assert_int_equal(report(f).foreign + report(f).corrupted, 0);
	assert_true(r.last_ns > r.first_ns);
	assert_true(r.last_ns <= clk_monotonic_ns());
}

/* Of 1000 frames every 10th is lost, every 7th doubled, every 25th swapped with the next … */
static void injected_faults_are_counted_exactly(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ .checksums = true });
	u64 lost = 0, doubled = 0, swapped = 0, flipped = 0;
	struct sink_stream_report r;

	for (u64 i = 0; i < 1000; i++) {
		struct build b = plain(1, i);
		struct built frame;

		if (i % 25 == 5) {	/* none of the others below */
			give(f, 1, i + 1);
			give(f, 1, i);
			i++;
			swapped++;
			continue;
		}
		if (i % 10 == 3) {
			lost++;
			continue;
		}
		build_frame(&frame, &b);
		if (i % 50 == 9) {
			frame.data[frame.l4 + i % 18] ^= 0x10;
			flipped++;
		} else if (i % 7 == 0) {
			give(f, 1, i);
			doubled++;
		}
		give_bytes(f, frame.data, frame.len);
	}
	give(f, 33, 0);		/* not expected: foreign */
	r = stream_report(f, 1);
	assert_int_equal(r.span, 1000);
	assert_int_equal(r.received, 1000 - lost - flipped);
	assert_int_equal(r.duplicated, doubled);
	assert_int_equal(r.reordered, swapped);
	assert_int_equal(report(f).corrupted, flipped);
	assert_int_equal(report(f).foreign, 1);
	assert_true(lost && doubled && swapped && flipped);
	assert_as_the_port_sink(f);
}

static void the_window_reaches_back_exactly_its_size(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });

	for (u64 offset = 0; offset < 70; offset++) {
		u64 high = 5 * (u64)SINK_WINDOW * (offset + 1) + 12345 + offset;

		give(f, 0, high);
		give(f, 0, high + 1 - SINK_WINDOW);
		assert_int_equal(stream_report(f, 0).reordered, offset + 1);
		assert_int_equal(stream_report(f, 0).late, 2 * offset);
		give(f, 0, high - SINK_WINDOW);
		assert_int_equal(stream_report(f, 0).late, 2 * offset + 1);
		/* one step further the oldest is forgotten */
		give(f, 0, high + 1);
		give(f, 0, high + 1 - SINK_WINDOW);
		assert_int_equal(stream_report(f, 0).late, 2 * offset + 2);
	}
	assert_int_equal(stream_report(f, 0).duplicated, 0);
	assert_as_the_port_sink(f);
}

static void any_order_counts_as_in_the_port_sink(void **state)
{
	static const u64 strides[] = { 1, 3, 40, 5000, SINK_WINDOW / 2, SINK_WINDOW, 1ULL << 30 };
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	static const u8 streams[] = { 0, 1, 63 };
	u64 seed = 11, at[ARRAY_SIZE(streams)] = { 0, WRAP - 2000, 77 };

	for (int step = 0; step < 20000; step++) {
		u64 r = random64(&seed);
		unsigned int which = r % ARRAY_SIZE(streams);
		u64 stride = strides[(r >> 8) % ARRAY_SIZE(strides)];
		u64 move = (r >> 16) % (stride + 1);

		/* mostly on by one, as traffic does; sometimes ahead, sometimes back */
		if (r >> 60 < 8)
			at[which]++;
		else if (r >> 60 < 12 || at[which] < 5000)
			at[which] += move;
		give(f, streams[which], at[which] - (r >> 60 == 15 ? min(move, at[which]) : 0));
	}
	assert_true(stream_report(f, 0).late);
	assert_true(stream_report(f, 1).duplicated);
	assert_true(stream_report(f, 63).reordered);
	assert_as_the_port_sink(f);
}

static void give_any(struct fixture *f, u64 *seed, bool damage)
{
	struct built frame;

	any_frame(&frame, seed, RUN, damage);
	give_bytes(f, frame.data, frame.len);
}

static void every_shape_of_frame_counts_as_in_the_port_sink(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){
		.checksums = true, .unsigned_streams = 1,
	});
	u64 seed = 1;

	for (int i = 0; i < 5000; i++)
		give_any(f, &seed, false);
	assert_int_equal(report(f).corrupted, 0);
	assert_true(report(f).unsigned_frames > 100);
	assert_true(stream_report(f, 0).received > 50);
	assert_as_the_port_sink(f);
}

static void damaged_frames_count_as_in_the_port_sink(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){
		.checksums = true, .unsigned_streams = 1,
	});
	u64 seed = 1;

	for (int i = 0; i < 30000; i++)
		give_any(f, &seed, true);
	assert_true(report(f).corrupted > 1000);
	assert_true(report(f).foreign > 1000);
	assert_as_the_port_sink(f);
}

static void transport_checksums_are_looked_at_when_asked_for(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ .checksums = false });
	struct build b = plain(0, 3);
	struct built frame;

	build_frame(&frame, &b);
	frame.data[frame.l4] ^= 1;
	send_bytes(f, frame.data, frame.len);
	frame.data[frame.l3 + 8] ^= 1;
	send_bytes(f, frame.data, frame.len);
	f->sent = 2;
	assert_int_equal(stream_report(f, 0).received, 1);
	assert_int_equal(report(f).corrupted, 1);
}

static void a_signature_without_a_checksum_is_corrupted(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	struct build b = plain(0, 3);
	struct built frame;

	build_frame(&frame, &b);
	put16(frame.data + frame.l4 + 6, 0);
	give_bytes(f, frame.data, frame.len);
	assert_int_equal(report(f).corrupted, 1);
	assert_as_the_port_sink(f);
}

static void latency_is_arrival_less_departure(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	const u64 ago = 1000000;
	struct sink_stream_report r;
	u64 start = clk_monotonic_ns();
	struct built frame;

	for (u64 i = 0; i < 100; i++) {
		struct build b = plain(0, i);

		b.time = i < 10 ? ~0ULL >> 2 : clk_monotonic_ns() - ago;
		build_frame(&frame, &b);
		give_bytes(f, frame.data, frame.len);
	}
	r = stream_report(f, 0);
	assert_int_equal(r.early, 10);
	assert_int_equal(r.latency.count, 100);
	assert_int_equal(r.latency.min, 0);
	assert_true(hist_percentile(&r.latency, 15) >= ago * 99 / 100);
	assert_true(r.latency.max <= ago + (clk_monotonic_ns() - start));
}

static void restart_forgets_everything(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	struct err err;

	for (u64 i = 0; i < 10; i++)
		give(f, 0, i);
	settle(f);
	assert_int_equal(kernel_sink_restart(f->kernel, RUN, &err), 0);
	f->sent = 0;
	assert_int_equal(report(f).frames, 0);
	assert_int_equal(stream_report(f, 0).received, 0);
	for (u64 i = 5; i < 10; i++)
		give(f, 0, i);
	assert_int_equal(stream_report(f, 0).received, 5);
	assert_int_equal(stream_report(f, 0).duplicated, 0);
	assert_int_equal(stream_report(f, 0).first_index, 5);
	settle(f);
	assert_int_equal(kernel_sink_restart(f->kernel, RUN + 1, &err), 0);
	f->sent = 0;
	give(f, 0, 11);
	assert_int_equal(report(f).foreign, 1);
	assert_int_equal(kernel_sink_restart(f->kernel, KPPS_RUNS_MAX, &err), -EINVAL);
}

/* How many frames the stack of vb sees; each is waited for. */
static unsigned int arrived(int fd, unsigned int wanted)
{
	struct timeval timeout = { .tv_usec = 200000 };
	unsigned int n = 0;
	u8 data[2048];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	while (n < wanted && recv(fd, data, sizeof(data), 0) > 0)
		n++;
	while (recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

static int socket_at_vb(struct fixture *f)
{
	int fd = veth_pair_socket(&f->veth, 1);

	assert_true(fd >= 0);
	return fd;
}

static void all_pass_lets_everything_through_uncounted(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	int fd = socket_at_vb(f);
	struct built frame;
	struct err err;

	assert_int_equal(kernel_sink_all_pass(f->kernel, true, &err), 0);
	for (u64 i = 0; i < 10; i++) {
		struct build b = plain(0, i);

		build_frame(&frame, &b);
		send_bytes(f, frame.data, frame.len);
	}
	assert_int_equal(arrived(fd, 10), 10);
	assert_int_equal(report(f).frames, 0);
	assert_int_equal(kernel_sink_all_pass(f->kernel, false, &err), 0);
	give(f, 0, 10);
	assert_int_equal(stream_report(f, 0).received, 1);
	assert_int_equal(arrived(fd, 0), 0);
	close(fd);
}

static void others_pass_when_asked_for(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ .pass_others = true });
	u8 arp[60] = "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x8\6";
	int fd = socket_at_vb(f);

	give(f, 0, 0);
	give_bytes(f, arp, sizeof(arp));
	give(f, 0, 1);
	assert_int_equal(report(f).foreign, 1);
	assert_int_equal(arrived(fd, 1), 1);
	close(fd);
}

static void others_are_dropped_otherwise(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	u8 arp[60] = "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x8\6";
	int fd = socket_at_vb(f);

	give_bytes(f, arp, sizeof(arp));
	assert_int_equal(report(f).foreign, 1);
	assert_int_equal(arrived(fd, 0), 0);
	close(fd);
}

static u32 program_on(int ifindex)
{
	u32 id = 0;

	assert_int_equal(bpf_xdp_query_id(ifindex, 0, &id), 0);
	return id;
}

static void close_leaves_no_program(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });

	veth_pair_enter(&f->veth, 1);
	assert_int_not_equal(program_on(f->veth.ifindex[1]), 0);
	kernel_sink_close(f->kernel);
	f->kernel = NULL;
	assert_int_equal(program_on(f->veth.ifindex[1]), 0);
	veth_pair_enter(&f->veth, -1);
}

static void a_killed_process_leaves_no_program(void **state)
{
	struct fixture *f = *state;
	struct kernel_sink_config config = { .streams = 1 };
	u64 end = clk_monotonic_ns() + WAIT_NS;
	char ready = 0;
	int pipes[2];
	pid_t pid;

	config.ifindex = f->veth.ifindex[1];
	veth_pair_enter(&f->veth, 1);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		struct kernel_sink *s;

		ready = !ops->open(&config, &s, NULL);
		if (write(pipes[1], &ready, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(pipes[0], &ready, 1), 1);
	assert_int_equal(ready, 1);
	assert_int_not_equal(program_on(f->veth.ifindex[1]), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (program_on(f->veth.ifindex[1]) && clk_monotonic_ns() < end)
		sched_yield();
	assert_int_equal(program_on(f->veth.ifindex[1]), 0);
	close(pipes[0]);
	close(pipes[1]);
	veth_pair_enter(&f->veth, -1);
}

static void an_interface_in_use_is_refused(void **state)
{
	struct fixture *f = open_sinks(state, (struct kernel_sink_config){ 0 });
	struct kernel_sink *second = NULL;
	struct err err;

	veth_pair_enter(&f->veth, 1);
	assert_int_equal(ops->open(&f->config, &second, &err), -EBUSY);
	assert_non_null(strstr(err.text, "vb has an XDP program already"));
	veth_pair_enter(&f->veth, -1);
}

static void an_interface_that_is_not_there_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct kernel_sink_config config = { .ifindex = 4711, .streams = 1 };
	struct err err;

	assert_int_equal(ops->open(&config, &f->kernel, &err), -ENODEV);
	assert_non_null(strstr(err.text, "no interface 4711"));
}

static void drivers_without_xdp_get_the_generic_hook(void **state)
{
	struct fixture *f = *state;
	struct kernel_sink_config config = { .streams = 1, .latency = true };
	struct err err = { 0 };

	config.ifindex = (int)if_nametoindex("lo");
	assert_int_equal(ops->open(&config, &f->kernel, &err), 0);
	assert_string_equal(kernel_sink_mode(f->kernel), "generic");
}

#define with_veth(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_veth(frames_in_order_are_received),
		with_veth(injected_faults_are_counted_exactly),
		with_veth(the_window_reaches_back_exactly_its_size),
		with_veth(any_order_counts_as_in_the_port_sink),
		with_veth(every_shape_of_frame_counts_as_in_the_port_sink),
		with_veth(transport_checksums_are_looked_at_when_asked_for),
		with_veth(a_signature_without_a_checksum_is_corrupted),
		with_veth(latency_is_arrival_less_departure),
		with_veth(restart_forgets_everything),
		with_veth(an_interface_that_is_not_there_is_refused),
	};
	/*
	 * The module's hook comes after taps, so sockets see all frames, and after the stack
	 * has dropped those whose VLAN tag is cut off; tests/kmod/test_sink.c has its own.
	 */
	const struct CMUnitTest xdp[] = {
		with_veth(damaged_frames_count_as_in_the_port_sink),
		with_veth(all_pass_lets_everything_through_uncounted),
		with_veth(others_pass_when_asked_for),
		with_veth(others_are_dropped_otherwise),
		with_veth(native_mode_on_a_veth),
		with_veth(close_leaves_no_program),
		with_veth(a_killed_process_leaves_no_program),
		with_veth(an_interface_in_use_is_refused),
		with_veth(drivers_without_xdp_get_the_generic_hook),
	};
	struct CMUnitTest all[ARRAY_SIZE(tests) + ARRAY_SIZE(xdp)];
	const char *word = getenv("KPPS_SINK");
	size_t n = ARRAY_SIZE(tests);
	struct err err;

	if (word)
		ops = kernel_sink_find(word);
	if (!ops) {
		printf("Bail out! KPPS_SINK=%s is no sink in the kernel\n", word);
		return 1;
	}
	if (ops->probe(&err)) {
		printf("1..0 # SKIP %s\n", err.text);
		return 0;
	}
	memcpy(all, tests, sizeof(tests));
	memcpy(all + n, xdp, sizeof(xdp));
	if (ops == &xdp_sink_ops)
		n += ARRAY_SIZE(xdp);
	return _cmocka_run_group_tests("kernel_sink", all, n, NULL, NULL);
}
