// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_port_pcap.c - capture files through lib/port.h. Files are made in memory,
 * by the port itself or byte by byte here, and read back by the port or by
 * libpcap directly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/port_pcap.h"

#define FILE_MAX (256 * 1024)

/* A capture file under construction. */
struct capture {
	u8 bytes[FILE_MAX];
	size_t len;
};

static struct capture capture;

static void put32(struct capture *c, u32 v)
{
	memcpy(c->bytes + c->len, &v, sizeof(v));
	c->len += sizeof(v);
}

static void put_header(struct capture *c, u32 magic, u32 link)
{
	c->len = 0;
	put32(c, magic);
	put32(c, 4U << 16 | 2);
	put32(c, 0);
	put32(c, 0);
	put32(c, 262144);
	put32(c, link);
}

static void put_packet(struct capture *c, u32 sec, u32 frac, u32 caplen, u32 len)
{
	put32(c, sec);
	put32(c, frac);
	put32(c, caplen);
	put32(c, len);
	memset(c->bytes + c->len, (int)(sec & 0xff), caplen);
	c->len += caplen;
}

static struct port *read_capture(const struct capture *c, bool timed)
{
	FILE *file = fmemopen((void *)c->bytes, c->len, "rb");
	struct port *p;
	struct err err;

	assert_non_null(file);
	assert_int_equal(port_pcap_read_stream(file, "test.pcap", timed, &p, &err), 0);
	return p;
}

#define NANO_MAGIC	0xa1b23c4d
#define MICRO_MAGIC	0xa1b2c3d4

static void stamps_are_nanoseconds_since_the_first_frame(void **state __unused)
{
	struct frame f[4];
	struct port *p;

	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	put_packet(&capture, 1700000000, 999999999, 60, 60);
	put_packet(&capture, 1700000001, 1, 61, 61);
	put_packet(&capture, 1700000003, 999999999, 62, 62);
	p = read_capture(&capture, false);
	assert_int_equal(port_peek(p, f, 4), 3);
	assert_int_equal(f[0].time, 0);
	assert_int_equal(f[1].time, 2);
	assert_int_equal(f[2].time, 3 * NSEC_PER_SEC);
	assert_int_equal(f[0].len, 60);
	assert_int_equal(f[2].len, 62);
	assert_int_equal(f[2].data[61], 1700000003 & 0xff);
	assert_true(p->stamped);
	port_close(p);
}

static void microsecond_files_are_read_too(void **state __unused)
{
	struct frame f[2];
	struct port *p;

	put_header(&capture, MICRO_MAGIC, DLT_EN10MB);
	put_packet(&capture, 5, 10, 60, 60);
	put_packet(&capture, 5, 13, 60, 60);
	p = read_capture(&capture, false);
	assert_int_equal(port_peek(p, f, 2), 2);
	assert_int_equal(f[1].time, 3000);
	port_close(p);
}

static void pcapng_files_are_read_too(void **state __unused)
{
	struct capture *c = &capture;
	struct frame f[2];
	struct port *p;

	c->len = 0;
	/* section header block */
	put32(c, 0x0a0d0d0a);
	put32(c, 28);
	put32(c, 0x1a2b3c4d);
	put32(c, 1);
	put32(c, 0xffffffff);
	put32(c, 0xffffffff);
	put32(c, 28);
	/* interface description block, if_tsresol 9 (nanoseconds) */
	put32(c, 1);
	put32(c, 32);
	put32(c, DLT_EN10MB);
	put32(c, 262144);
	put32(c, 1U << 16 | 9);
	put32(c, 9);
	put32(c, 0);
	put32(c, 32);
	for (u32 i = 0; i < 2; i++) {	/* enhanced packet blocks */
		put32(c, 6);
		put32(c, 32 + 60);
		put32(c, 0);
		put32(c, 1);		/* 2^32 ns and more */
		put32(c, 100 + i * 7);
		put32(c, 60);
		put32(c, 60);
		memset(c->bytes + c->len, 0x40 + (int)i, 60);
		c->len += 60;
		put32(c, 32 + 60);
	}
	p = read_capture(c, false);
	assert_int_equal(port_peek(p, f, 2), 2);
	assert_int_equal(f[1].time, 7);
	assert_int_equal(f[1].data[59], 0x41);
	port_close(p);
}

static void end_of_file_is_enodata(void **state __unused)
{
	struct frame f;
	struct port *p;

	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	put_packet(&capture, 1, 0, 60, 60);
	p = read_capture(&capture, false);
	assert_true(port_pending(p) > 0);
	assert_int_equal(port_peek(p, &f, 1), 1);
	assert_int_equal(port_release(p, 1), 0);
	assert_int_equal(port_peek(p, &f, 1), -ENODATA);
	assert_int_equal(port_peek(p, &f, 1), -ENODATA);
	assert_int_equal(port_pending(p), 0);
	assert_null(port_error(p));
	port_close(p);
}

static void frames_stay_valid_until_released(void **state __unused)
{
	struct frame first[PORT_BURST], more[PORT_BURST];
	struct port *p;

	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	for (u32 i = 0; i < 100; i++)
		put_packet(&capture, i, 0, 60, 60);
	p = read_capture(&capture, false);
	assert_int_equal(port_peek(p, first, PORT_BURST), PORT_BURST);
	assert_int_equal(port_release(p, 5), 0);
	assert_int_equal(port_peek(p, more, PORT_BURST), PORT_BURST);
	for (unsigned int i = 0; i < PORT_BURST - 5; i++) {
		assert_ptr_equal(more[i].data, first[i + 5].data);
		assert_int_equal(more[i].data[0], i + 5);
	}
	assert_int_equal(more[PORT_BURST - 1].data[0], PORT_BURST + 4);
	assert_int_equal(port_release(p, PORT_BURST + 1), -EINVAL);
	port_close(p);
}

static void all_frames_of_a_long_file_come_in_order(void **state __unused)
{
	struct frame f[PORT_BURST];
	struct port *p;
	u32 seen = 0;
	int n;

	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	for (u32 i = 0; i < 1000; i++)
		put_packet(&capture, i, 0, 60 + i % 50, 60 + i % 50);
	p = read_capture(&capture, false);
	while ((n = port_peek(p, f, 1 + seen % PORT_BURST)) > 0) {
		for (int i = 0; i < n; i++, seen++) {
			assert_int_equal(f[i].len, 60 + seen % 50);
			assert_int_equal(f[i].data[0], seen & 0xff);
			assert_int_equal(f[i].time, seen * NSEC_PER_SEC);
		}
		assert_int_equal(port_release(p, (unsigned int)n), 0);
	}
	assert_int_equal(n, -ENODATA);
	assert_int_equal(seen, 1000);
	assert_int_equal(p->stats.rx_frames, 1000);
	port_close(p);
}

/* Reads until the error, which must be @code and say @text. */
static void expect_failure(unsigned int good, int code, const char *text)
{
	struct port *p = read_capture(&capture, false);
	struct frame f[PORT_BURST];

	assert_int_equal(port_peek(p, f, PORT_BURST), good);
	assert_int_equal(port_release(p, good), 0);
	assert_int_equal(port_peek(p, f, PORT_BURST), code);
	assert_non_null(port_error(p));
	assert_int_equal(port_error(p)->code, code);
	assert_string_equal(port_error(p)->text, text);
	port_close(p);
}

static void frame_cut_short_is_an_error_with_its_number(void **state __unused)
{
	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	put_packet(&capture, 1, 0, 60, 60);
	put_packet(&capture, 2, 0, 60, 1514);
	expect_failure(1, -EBADMSG, "test.pcap: packet 2: only 60 of its 1514 bytes were "
		       "captured; capture whole frames (tcpdump -s 0)");
}

static void frame_too_long_is_an_error_with_its_number(void **state __unused)
{
	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	put_packet(&capture, 1, 0, 9216, 9216);
	put_packet(&capture, 2, 0, 60, 60);
	put_packet(&capture, 3, 0, 9217, 9217);
	expect_failure(2, -EMSGSIZE, "test.pcap: packet 3: 9217 bytes: frames of at most 9216 "
		       "can be sent; was it captured with offloads on?");
}

static void truncated_file_is_an_error_after_its_good_frames(void **state __unused)
{
	struct port *p;
	struct frame f[4];

	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	put_packet(&capture, 1, 0, 60, 60);
	put_packet(&capture, 2, 0, 60, 60);
	capture.len -= 10;
	p = read_capture(&capture, false);
	assert_int_equal(port_peek(p, f, 4), 1);
	assert_int_equal(port_release(p, 1), 0);
	assert_int_equal(port_peek(p, f, 4), -EBADMSG);
	assert_memory_equal(port_error(p)->text, "test.pcap: packet 2: ", 21);
	port_close(p);
}

static void other_link_types_are_refused_by_name(void **state __unused)
{
	struct port *p = NULL;
	struct err err;

	put_header(&capture, NANO_MAGIC, DLT_LINUX_SLL);
	assert_int_equal(port_pcap_read_stream(fmemopen(capture.bytes, capture.len, "rb"), "x",
					       false, &p, &err), -EBADMSG);
	assert_string_equal(err.text, "x: link type LINUX_SLL (113): only Ethernet (1) can be "
			    "sent; capture on an Ethernet interface");
	assert_null(p);
}

static void what_is_no_capture_is_refused(void **state __unused)
{
	struct port *p = NULL;
	struct err err;

	memset(capture.bytes, 'x', 100);
	assert_int_equal(port_pcap_read_stream(fmemopen(capture.bytes, 100, "rb"), "x", false, &p,
					       &err), -EBADMSG);
	assert_memory_equal(err.text, "x: not a pcap or pcapng file: ", 30);
	assert_null(p);
}

static void missing_file_is_refused_by_name(void **state __unused)
{
	struct port *p;
	struct err err;

	assert_int_equal(port_pcap_open_read("/nonexistent/a.pcap", false, &p, &err), -ENOENT);
	assert_string_equal(err.text,
			    "/nonexistent/a.pcap: cannot be read: No such file or directory");
	assert_int_equal(port_pcap_open_write("/nonexistent/a.pcap", &p, &err), -ENOENT);
	assert_string_equal(err.text,
			    "/nonexistent/a.pcap: cannot be written: No such file or directory");
}

static void timed_frames_wait_for_their_offset(void **state __unused)
{
	const u64 gap = 30 * 1000 * 1000;
	struct frame f[2];
	struct port *p;
	u64 start, now;
	int n;

	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	put_packet(&capture, 1, 0, 60, 60);
	put_packet(&capture, 1, (u32)gap, 60, 60);
	p = read_capture(&capture, true);
	start = clk_system_ns();
	assert_true(port_peek(p, f, 2) >= 1);
	assert_int_equal(port_release(p, 1), 0);
	while (!(n = port_peek(p, f, 2)))
		;
	now = clk_system_ns();
	assert_int_equal(n, 1);
	assert_true(now - start >= gap);
	assert_int_equal(f[0].time, gap);
	port_close(p);
}

static struct port *open_writer(char **bytes, size_t *len)
{
	struct port *p;

	assert_int_equal(port_pcap_write_stream(open_memstream(bytes, len), "out.pcap", &p, NULL),
			 0);
	return p;
}

static void write_frames(struct port *p, unsigned int frames)
{
	struct frame f[PORT_BURST];

	for (unsigned int done = 0; done < frames;) {
		int n = port_reserve(p, f, min(frames - done, 7U));

		assert_true(n > 0);
		for (int i = 0; i < n; i++, done++) {
			f[i].len = 60 + done;
			f[i].time = 1700000000 * NSEC_PER_SEC + done;
			memset(f[i].data, (int)done, f[i].len);
		}
		assert_int_equal(port_commit(p, f, (unsigned int)n), 0);
	}
}

static void written_frames_have_nanosecond_stamps(void **state __unused)
{
	char text[PCAP_ERRBUF_SIZE], *bytes;
	struct pcap_pkthdr *h;
	const u8 *data;
	size_t len;
	pcap_t *pcap;
	struct port *p = open_writer(&bytes, &len);

	write_frames(p, 20);
	assert_int_equal(p->stats.tx_frames, 20);
	assert_int_equal(port_close(p), 0);
	pcap = pcap_fopen_offline_with_tstamp_precision(fmemopen(bytes, len, "rb"),
							PCAP_TSTAMP_PRECISION_NANO, text);
	assert_non_null(pcap);
	assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
	for (unsigned int i = 0; i < 20; i++) {
		assert_int_equal(pcap_next_ex(pcap, &h, &data), 1);
		assert_int_equal(h->ts.tv_sec, 1700000000);
		assert_int_equal(h->ts.tv_usec, i);
		assert_int_equal(h->len, 60 + i);
		assert_int_equal(h->caplen, 60 + i);
		assert_int_equal(data[59 + i], i);
	}
	assert_int_equal(pcap_next_ex(pcap, &h, &data), PCAP_ERROR_BREAK);
	pcap_close(pcap);
	free(bytes);
}

static void commit_of_more_than_reserved_is_refused(void **state __unused)
{
	struct frame f[3] = { 0 };
	char *bytes;
	size_t len;
	struct port *p = open_writer(&bytes, &len);

	assert_int_equal(port_reserve(p, f, 2), 2);
	assert_int_equal(port_commit(p, f, 3), -EINVAL);
	f[1].len = f[1].room + 1;
	assert_int_equal(port_commit(p, f, 2), -EMSGSIZE);
	assert_int_equal(p->stats.tx_frames, 0);
	port_close(p);
	free(bytes);
}

static void full_disk_shows_at_close_at_the_latest(void **state __unused)
{
	struct port *p;

	assert_int_equal(port_pcap_open_write("/dev/full", &p, NULL), 0);
	write_frames(p, 3);
	assert_int_equal(port_close(p), -ENOSPC);
}

static void full_disk_shows_at_commit_and_stays(void **state __unused)
{
	struct frame f[PORT_BURST];
	struct port *p;
	int ret = 0;

	assert_int_equal(port_pcap_open_write("/dev/full", &p, NULL), 0);
	for (unsigned int i = 0; i < 1000 && !ret; i++) {
		int n = port_reserve(p, f, PORT_BURST);

		for (int j = 0; j < n; j++) {
			f[j].len = 1514;
			f[j].time = 0;
			memset(f[j].data, 0, 1514);
		}
		ret = port_commit(p, f, PORT_BURST);
	}
	assert_int_equal(ret, -ENOSPC);
	assert_string_equal(port_error(p)->text,
			    "/dev/full: cannot be written: No space left on device");
	assert_int_equal(port_reserve(p, f, 1), -ENOSPC);
	assert_int_equal(port_close(p), -ENOSPC);
}

static void reading_port_cannot_send_nor_writing_port_receive(void **state __unused)
{
	struct frame f = { 0 };
	char *bytes;
	size_t len;
	struct port *p;

	put_header(&capture, NANO_MAGIC, DLT_EN10MB);
	p = read_capture(&capture, false);
	assert_int_equal(port_reserve(p, &f, 1), -EOPNOTSUPP);
	assert_int_equal(port_commit(p, &f, 1), -EOPNOTSUPP);
	port_close(p);
	p = open_writer(&bytes, &len);
	assert_int_equal(port_peek(p, &f, 1), -EOPNOTSUPP);
	assert_int_equal(port_release(p, 1), -EOPNOTSUPP);
	port_close(p);
	free(bytes);
}

static void dash_is_standard_input_and_output(void **state __unused)
{
	char path[] = "/tmp/kpps-test-XXXXXX";
	int fd = mkstemp(path), saved_in = dup(0), saved_out = dup(1);
	struct frame f[4];
	struct port *p;

	assert_true(fd >= 0);
	unlink(path);
	fflush(stdout);
	dup2(fd, 1);
	assert_int_equal(port_pcap_open_write("-", &p, NULL), 0);
	write_frames(p, 3);
	assert_int_equal(port_close(p), 0);
	dup2(saved_out, 1);
	lseek(fd, 0, SEEK_SET);
	dup2(fd, 0);
	assert_int_equal(port_pcap_open_read("-", false, &p, NULL), 0);
	assert_int_equal(port_peek(p, f, 4), 3);
	assert_int_equal(f[2].time, 2);
	assert_int_equal(port_close(p), 0);
	dup2(saved_in, 0);
	close(saved_in);
	close(saved_out);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_are_nanoseconds_since_the_first_frame),
		cmocka_unit_test(microsecond_files_are_read_too),
		cmocka_unit_test(pcapng_files_are_read_too),
		cmocka_unit_test(end_of_file_is_enodata),
		cmocka_unit_test(frames_stay_valid_until_released),
		cmocka_unit_test(all_frames_of_a_long_file_come_in_order),
		cmocka_unit_test(frame_cut_short_is_an_error_with_its_number),
		cmocka_unit_test(frame_too_long_is_an_error_with_its_number),
		cmocka_unit_test(truncated_file_is_an_error_after_its_good_frames),
		cmocka_unit_test(other_link_types_are_refused_by_name),
		cmocka_unit_test(what_is_no_capture_is_refused),
		cmocka_unit_test(missing_file_is_refused_by_name),
		cmocka_unit_test(timed_frames_wait_for_their_offset),
		cmocka_unit_test(written_frames_have_nanosecond_stamps),
		cmocka_unit_test(commit_of_more_than_reserved_is_refused),
		cmocka_unit_test(full_disk_shows_at_close_at_the_latest),
		cmocka_unit_test(full_disk_shows_at_commit_and_stays),
		cmocka_unit_test(reading_port_cannot_send_nor_writing_port_receive),
		cmocka_unit_test(dash_is_standard_input_and_output),
	};

	return cmocka_run_group_tests_name("port_pcap", tests, NULL, NULL);
}
