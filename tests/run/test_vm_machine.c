// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vm_machine.c - a guest from the host's side. A shell script stands for QEMU:
 * it has the console at descriptor 3 and the port at 4, as QEMU has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/vm/machine.h"

#define HELLO "echo '{\"hello\":{\"protocol\":1,\"kpps\":\"0.1\",\"release\":\"6.1\",\"machine\":\"x86_64\",\"pointer_bits\":64}}' >&4\n"
#define LONG	(60 * NSEC_PER_SEC)
#define SHORT	(300 * 1000000ULL)

struct world {
	char folder[64], program[96], log[96];
	struct machine *m;
	struct err err;
	json_t *body;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	snprintf(w->folder, sizeof(w->folder), "/tmp/kpps-machine-XXXXXX");
	if (!mkdtemp(w->folder))
		return -1;
	snprintf(w->program, sizeof(w->program), "%s/qemu", w->folder);
	snprintf(w->log, sizeof(w->log), "%s/log", w->folder);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	json_decref(w->body);
	machine_free(w->m);
	unlink(w->program);
	unlink(w->log);
	rmdir(w->folder);
	free(w);
	return 0;
}

static int boot(struct world *w, const char *script, u64 patience_ns, volatile bool *stop)
{
	const struct qemu_config config = {
		.program = w->program, .kernel = "k", .initramfs = "i", .cmdline = "c", .cpus = 1,
		.memory_mib = 128, .instructions = true,
	};
	FILE *f = fopen(w->program, "we");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s", script);
	fclose(f);
	chmod(w->program, 0755);
	return machine_boot(&config, w->log, patience_ns, stop, &w->m, &w->err);
}

static int ask(struct world *w, u64 patience_ns, volatile bool *stop)
{
	memset(&w->err, 0, sizeof(w->err));
	return machine_ask(w->m, VM_DOWN, json_object(), patience_ns, stop, &w->body, &w->err);
}

static void says(struct world *w, const char *text)
{
	if (!strstr(w->err.text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, w->err.text);
}

static void a_question_is_answered(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "read line <&4; [ \"$line\" = '{\"down\":{}}' ] && echo '{\"down\":{\"x\":1}}' >&4\n"
				 "sleep 60\n", LONG, NULL), 0);
	assert_string_equal(w->m->hello.release, "6.1");
	assert_int_equal(ask(w, LONG, NULL), 0);
	assert_int_equal(json_integer_value(json_object_get(w->body, "x")), 1);
	assert_false(machine_report(w->m, NULL));
}

static void an_error_of_the_guests_is_passed_on_and_ends_nothing(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "read line <&4; echo '{\"error\":{\"code\":-2,\"text\":\"not there\"}}' >&4\n"
				 "read line <&4; echo '{\"down\":{}}' >&4; sleep 60\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, NULL), -ENOENT);
	assert_string_equal(w->err.text, "not there");
	assert_false(machine_report(w->m, NULL));
	assert_int_equal(ask(w, LONG, NULL), 0);
}

static void what_is_no_answer_breaks_it(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "read line <&4; echo 'nonsense' >&4; sleep 60\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, NULL), -EPROTO);
	says(w, "the guest sent what can't be read: not JSON");
	assert_int_equal(ask(w, LONG, NULL), -EPROTO);
}

static void an_answer_to_another_question_breaks_it(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "read line <&4; echo '{\"trial\":{}}' >&4; sleep 60\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, NULL), -EPROTO);
	says(w, "answered a question nobody asked: trial");
}

static void a_line_without_end_breaks_it(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "head -c 40000000 /dev/zero >&4; sleep 60\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, NULL), -EPROTO);
	says(w, "a line of more than");
}

static void a_guest_of_another_version_is_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, "echo '{\"hello\":{\"protocol\":99}}' >&4; sleep 60\n", LONG, NULL), -EPROTO);
	says(w, "make guest");
}

static void qemu_that_ends_is_noticed_with_its_words(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, "echo 'no such machine' >&2; exit 1\n", LONG, NULL), -EREMOTEIO);
	says(w, "QEMU ended: no such machine");
}

static void qemu_that_ends_in_a_trial_is_noticed(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "read line <&4; exit 0\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, NULL), -EREMOTEIO);
	says(w, "QEMU ended");
	assert_true(machine_report(w->m, NULL));
}

static void a_panic_is_told_with_its_line_and_kept(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "read line <&4\n"
		"printf '[    1.0] sysrq: crash\\r\\n[    1.1] Kernel panic - not syncing: sysrq\\r\\n' >&3\n"
		"printf '[    1.2] Call Trace:\\r\\n' >&3; exit 0\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, NULL), -EREMOTEIO);
	says(w, "the guest's kernel panicked: Kernel panic - not syncing: sysrq; its console: ");
	assert_non_null(strstr(w->m->console.excerpt, "Call Trace:"));
}

static void a_warning_beside_an_answer_is_a_report(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "read line <&4; echo '[    1.0] WARNING: CPU: 0 PID: 1 at x' >&3\n"
				 "echo '{\"down\":{}}' >&4; sleep 60\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, NULL), 0);
	assert_true(machine_report(w->m, &w->err));
	says(w, "the guest's kernel warned: WARNING: CPU: 0 PID: 1 at x");
	assert_int_equal(ask(w, LONG, NULL), -EREMOTEIO);
}

static void a_guest_that_hangs_is_given_up(void **state)
{
	struct world *w = *state;

	assert_int_equal(boot(w, HELLO "sleep 60\n", LONG, NULL), 0);
	assert_int_equal(ask(w, SHORT, NULL), -ETIMEDOUT);
	says(w, "the guest hangs: no answer for");
}

static void a_stop_is_heeded_while_waiting(void **state)
{
	struct world *w = *state;
	volatile bool stop = true;

	assert_int_equal(boot(w, HELLO "sleep 60\n", LONG, NULL), 0);
	assert_int_equal(ask(w, LONG, &stop), -EINTR);
}

static void what_it_started_ends_with_it(void **state)
{
	struct world *w = *state;
	pid_t pid;

	assert_int_equal(boot(w, HELLO "sleep 1000 & echo $! >&4; wait\n", LONG, NULL), 0);
	pid = w->m->qemu.pid;
	machine_free(w->m);
	w->m = NULL;
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void a_program_that_is_not_there_is_named(void **state)
{
	struct world *w = *state;
	const struct qemu_config config = { .program = "no-such-qemu" };

	assert_int_equal(machine_boot(&config, NULL, LONG, NULL, &w->m, &w->err), -ENOENT);
	says(w, "there is no program no-such-qemu: install");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_question_is_answered),
		TEST(an_error_of_the_guests_is_passed_on_and_ends_nothing),
		TEST(what_is_no_answer_breaks_it),
		TEST(an_answer_to_another_question_breaks_it),
		TEST(a_line_without_end_breaks_it),
		TEST(a_guest_of_another_version_is_refused),
		TEST(qemu_that_ends_is_noticed_with_its_words),
		TEST(qemu_that_ends_in_a_trial_is_noticed),
		TEST(a_panic_is_told_with_its_line_and_kept),
		TEST(a_warning_beside_an_answer_is_a_report),
		TEST(a_guest_that_hangs_is_given_up),
		TEST(a_stop_is_heeded_while_waiting),
		TEST(what_it_started_ends_with_it),
		TEST(a_program_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
