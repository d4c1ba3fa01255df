// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plot.c - see plot.h. gnuplot is a process of its own with a time limit; what
 * names and labels a scenario has never reach it as anything but a quoted
 * string or a data field.
 */
#include "analysis/plot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analysis/text.h"

#define PLOT_SECONDS 20

/*
 * Every colour gnuplot is given, and the page's variable that replaces it. The
 * series' are told apart with any kind of colour vision; lines have different
 * point shapes besides.
 */
static const struct {
	const char *hex;
	unsigned int r, g, b;
	const char *variable;
} colours[] = {
	{ "#0072b2", 0x00, 0x72, 0xb2, "--s1" },
	{ "#c95a00", 0xc9, 0x5a, 0x00, "--s2" },
	{ "#00805c", 0x00, 0x80, 0x5c, "--s3" },
	{ "#a64d8a", 0xa6, 0x4d, 0x8a, "--s4" },
	{ "#94730a", 0x94, 0x73, 0x0a, "--s5" },
	{ "#5b6470", 0x5b, 0x64, 0x70, "--s6" },
	{ "#1c2126", 0x1c, 0x21, 0x26, "--ink" },
	{ "#59626c", 0x59, 0x62, 0x6c, "--soft" },
	{ "#d7dbdf", 0xd7, 0xdb, 0xdf, "--rule" },
	{ "#fdfdfc", 0xfd, 0xfd, 0xfc, "--paper" },
};

const char *plot_colour(unsigned int i)
{
	return colours[i % PLOT_SERIES].hex;
}

FILE *plot_create(const char *dir, const char *name, const char *suffix, struct err *err)
{
	FILE *f = NULL;
	char *path;

	if (asprintf(&path, "%s/plots", dir) < 0) {
		err_set(err, -ENOMEM, "%s: out of memory", dir);
		return NULL;
	}
	if (mkdir(path, 0777) && errno != EEXIST) {
		err_set(err, -errno, "%s: can't be made: %s", path, strerror(errno));
		free(path);
		return NULL;
	}
	free(path);
	if (asprintf(&path, "%s/plots/%s.%s", dir, name, suffix) < 0) {
		err_set(err, -ENOMEM, "%s: out of memory", dir);
		return NULL;
	}
	f = fopen(path, "we");
	if (!f)
		err_set(err, -errno, "%s: %s", path, strerror(errno));
	free(path);
	return f;
}

int plot_close(FILE *f, const char *dir, const char *name, struct err *err)
{
	bool bad = ferror(f);

	if (fclose(f) || bad)
		return err_set(err, -EIO, "%s/plots/%s: can't be written: %s", dir, name,
			       strerror(errno));
	return 0;
}

void plot_string(FILE *gp, const char *text)
{
	const char *c;

	fputc('\'', gp);
	for (c = text; *c; c++) {
		if (*c == '\'' || *c == '`')
			fputs("\xe2\x80\x99", gp);
		else
			fputc((unsigned char)*c < ' ' ? ' ' : *c, gp);
	}
	fputc('\'', gp);
}

void plot_field(FILE *dat, const char *text)
{
	const char *c;

	for (c = text; *c; c++)
		fputc((unsigned char)*c < ' ' || *c == '"' || *c == '#' ? ' ' : *c, dat);
}

void plot_preamble(FILE *gp, const char *name, struct plot_size size)
{
	fprintf(gp,
		"# Draw again: gnuplot plots/%s.gp in the results directory. Data: plots/%s.dat\n"
		"set terminal svg size %u,%u font 'Helvetica,14' noenhanced background '#fdfdfc'\n"
		"set output 'plots/%s.svg'\n"
		"set encoding utf8\n"
		"set micro\n"
		"set pointintervalbox 0\n"
		"set datafile separator \"\\t\"\n"
		"set border 3 lc rgb '#59626c'\n"
		"set tics nomirror scale 0.5 textcolor rgb '#59626c'\n"
		"set xlabel offset 0,0.4 textcolor rgb '#59626c'\n"
		"set ylabel textcolor rgb '#59626c'\n"
		"set title textcolor rgb '#1c2126'\n"
		"set key textcolor rgb '#1c2126'\n"
		"set grid y lt 1 lw 1 lc rgb '#d7dbdf'\n",
		name, name, size.width, size.height, name);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What gnuplot says, until it ends or its time is over. True: time over. */
static bool read_words(int fd, char *buf, size_t size)
{
	const double end = now_s() + PLOT_SECONDS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char drop[512];
	size_t len = 0;
	ssize_t n;

	buf[0] = '\0';
	for (;;) {
		double left = end - now_s();

		if (left <= 0)
			return true;
		if (poll(&p, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		n = read(fd, drop, sizeof(drop));
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n > 0 && len + (size_t)n < size) {
			memcpy(buf + len, drop, (size_t)n);
			len += (size_t)n;
			buf[len] = '\0';
		}
	}
}

/* In the child: only what is safe between fork and exec. Errno goes up @status. */
static void __attribute__((noreturn)) exec_gnuplot(const char *dir, char *script, int words,
						   int status)
{
	char *const argv[] = { (char *)"gnuplot", script, NULL };
	int null = open("/dev/null", O_RDWR), code;

	if (null >= 0 && !chdir(dir) && dup2(null, 0) >= 0 && dup2(words, 1) >= 0 &&
	    dup2(words, 2) >= 0)
		execvp(argv[0], argv);
	code = errno;
	if (write(status, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

static int start_gnuplot(const char *dir, char *script, pid_t *ret_pid, int *ret_words,
			 struct err *err)
{
	int words[2], status[2], code = 0;
	pid_t pid;

	if (pipe2(words, O_CLOEXEC))
		return err_set(err, -errno, "no pipe for gnuplot: %s", strerror(errno));
	if (pipe2(status, O_CLOEXEC)) {
		code = errno;
		goto err_close_words;
	}
	pid = fork();
	if (pid < 0) {
		code = errno;
		goto err_close_status;
	}
	if (!pid)
		exec_gnuplot(dir, script, words[1], status[1]);
	close(words[1]);
	close(status[1]);
	if (read(status[0], &code, sizeof(code)) == (ssize_t)sizeof(code)) {
		waitpid(pid, NULL, 0);
		close(status[0]);
		close(words[0]);
		if (code == ENOENT)
			return err_set(err, -ENOENT, "gnuplot is not installed: no plots; install the package %s",
				       PLOT_PACKAGE);
		return err_set(err, -code, "gnuplot can't be started: %s", strerror(code));
	}
	close(status[0]);
	*ret_pid = pid;
	*ret_words = words[0];
	return 0;

err_close_status:
	close(status[0]);
	close(status[1]);
err_close_words:
	close(words[0]);
	close(words[1]);
	return err_set(err, -code, "gnuplot can't be started: %s", strerror(code));
}

int plot_run(const char *dir, const char *name, struct err *err)
{
	char script[128], words[300];
	int rc, fd = -1, status;
	bool late;
	pid_t pid = -1;

	snprintf(script, sizeof(script), "plots/%s.gp", name);
	rc = start_gnuplot(dir, script, &pid, &fd, err);
	if (rc)
		return rc;
	late = read_words(fd, words, sizeof(words));
	if (late)
		kill(pid, SIGKILL);
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (late)
		return err_set(err, -ETIME, "%s/%s: gnuplot did not end within %d s", dir, script,
			       PLOT_SECONDS);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(err, -EIO, "%s/%s: gnuplot failed: %s", dir, script, words);
	return 0;
}

/* "rgb( 89,  98, 108)" at @c: print what stands for it; returns its length, 0: not one. */
static size_t inline_colour(FILE *out, const char *c)
{
	unsigned int r, g, b, i;
	int len = 0;

	if (sscanf(c, "rgb( %u , %u , %u )%n", &r, &g, &b, &len) != 3 || !len)
		return 0;
	for (i = 0; i < ARRAY_SIZE(colours); i++) {
		if (colours[i].r == r && colours[i].g == g && colours[i].b == b) {
			fprintf(out, "var(%s)", colours[i].variable);
			return (size_t)len;
		}
	}
	fprintf(out, "%.*s", len, c);
	return (size_t)len;
}

static void inline_svg(FILE *out, const char *svg, const char *name)
{
	const struct {
		const char *from, *before, *after;
	} words[] = {
		{ "id='", "id='", name },
		{ "id=\"", "id=\"", name },
		{ "xlink:href='#", "xlink:href='#", name },
		{ "\"#fdfdfc\"", "\"var(--paper)\"", "" },
		{ "\"#FDFDFC\"", "\"var(--paper)\"", "" },
		{ "'#FDFDFC'", "'var(--paper)'", "" },
		{ "\"black\"", "\"var(--ink)\"", "" },
		{ " font-family=\"Helvetica\"", "", "" },
	};
	const char *c = svg;
	unsigned int i;
	size_t len;

	while (*c) {
		for (i = 0; i < ARRAY_SIZE(words); i++) {
			len = strlen(words[i].from);
			if (!strncmp(c, words[i].from, len))
				break;
		}
		if (i < ARRAY_SIZE(words)) {
			fprintf(out, "%s%s%s", words[i].before, words[i].after,
				*words[i].after ? "-" : "");
			c += len;
			continue;
		}
		len = *c == 'r' ? inline_colour(out, c) : 0;
		if (!len) {
			fputc(*c, out);
			len = 1;
		}
		c += len;
	}
}

int plot_inline(FILE *out, const char *dir, const char *name, const char *label, struct err *err)
{
	char path[4096], *text = NULL, *svg;
	size_t size = 0;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/plots/%s.svg", dir, name);
	f = fopen(path, "re");
	if (!f)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	n = getdelim(&text, &size, '\0', f);
	fclose(f);
	svg = n > 0 ? strstr(text, "<svg") : NULL;
	if (!svg || !strstr(svg, "</svg>")) {
		free(text);
		return err_set(err, -EIO, "%s: gnuplot wrote no picture", path);
	}
	fputs("<svg role=\"img\" aria-label=\"", out);
	html_text(out, label);
	fputs("\"", out);
	inline_svg(out, svg + strlen("<svg"), name);
	free(text);
	return 0;
}
