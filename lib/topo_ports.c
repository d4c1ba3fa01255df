// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * topo_ports.c - see topo_ports.h. What a file does not say stays unknown: sysfs
 * differs between drivers, and a drawing with gaps beats none.
 */
#include "lib/topo_ports.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IRQS_SHOWN 16
#define BUS_LEVELS 4	/* from a port's device up to the one on the bus: virtio has one between */

/* First line of DIR/FILE into @ret, "" without it. */
static bool read_word(const char *dir, const char *file, char *ret, size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	ret[0] = '\0';
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path))
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(ret, (int)size, f))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	fclose(f);
	return ret[0];
}

static int read_number(const char *dir, const char *file, int none)
{
	char word[32], *end;
	long v;

	if (!read_word(dir, file, word, sizeof(word)))
		return none;
	v = strtol(word, &end, 10);
	return end == word || *end || v < INT_MIN || v > INT_MAX ? none : (int)v;
}

static bool has(const char *dir, const char *file)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) < sizeof(path) &&
	       !access(path, F_OK);
}

/* Last part of where the link DIR/FILE leads. */
static void link_name(const char *dir, const char *file, char *ret, size_t size)
{
	char path[PATH_MAX], real[PATH_MAX];
	const char *slash;

	ret[0] = '\0';
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path) ||
	    !realpath(path, real))
		return;
	slash = strrchr(real, '/');
	snprintf(ret, size, "%.*s", (int)size - 1, slash ? slash + 1 : real);
}

static unsigned int count_queues(const char *dir, const char *kind)
{
	char path[PATH_MAX];
	struct dirent *e;
	unsigned int n = 0;
	DIR *d;

	if ((size_t)snprintf(path, sizeof(path), "%s/queues", dir) >= sizeof(path))
		return 0;
	d = opendir(path);
	while (d && (e = readdir(d)))
		n += !strncmp(e->d_name, kind, strlen(kind));
	if (d)
		closedir(d);
	return n;
}

/* ------------------------------------------------------------------------ IRQs */

/* The handler's name is that of the folder in /proc/irq/N. */
static void irq_name(const char *dir, char *ret, size_t size)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	ret[0] = '\0';
	while (d && (e = readdir(d))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		snprintf(ret, size, "%.*s", (int)size - 1, e->d_name);
		break;
	}
	if (d)
		closedir(d);
}

static int by_irq(const void *va, const void *vb)
{
	const struct topo_irq *a = va, *b = vb;

	return (a->irq > b->irq) - (a->irq < b->irq);
}

/* Numbers that are in use have a folder in /proc/irq. */
static void add_irq(const char *root, struct topo_port *p, int number)
{
	char dir[PATH_MAX];
	struct topo_irq *irq;

	if (number <= 0 || p->nirqs == TOPO_IRQS_MAX ||
	    (size_t)snprintf(dir, sizeof(dir), "%s/proc/irq/%d", root, number) >= sizeof(dir) ||
	    !has(dir, "smp_affinity_list"))
		return;
	irq = realloc(p->irq, (p->nirqs + 1) * sizeof(*irq));
	if (!irq)
		return;
	p->irq = irq;
	irq += p->nirqs++;
	irq->irq = number;
	irq_name(dir, irq->name, sizeof(irq->name));
	read_word(dir, "smp_affinity_list", irq->may, sizeof(irq->may));
	read_word(dir, "effective_affinity_list", irq->now, sizeof(irq->now));
}

static void read_irqs(const char *root, const char *device, struct topo_port *p)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	if ((size_t)snprintf(path, sizeof(path), "%s/msi_irqs", device) >= sizeof(path))
		return;
	d = opendir(path);
	while (d && (e = readdir(d)))
		add_irq(root, p, atoi(e->d_name));
	if (d)
		closedir(d);
	if (!p->nirqs)
		add_irq(root, p, read_number(device, "irq", 0));
	qsort(p->irq, p->nirqs, sizeof(*p->irq), by_irq);
}

/* ----------------------------------------------------------------------- a port */

/* Up from @device (PATH_MAX, overwritten) to what sits on the bus: it knows node and interrupts. */
static void to_bus(char *device)
{
	char start[PATH_MAX], *slash;
	unsigned int i;

	snprintf(start, sizeof(start), "%s", device);
	for (i = 0; i < BUS_LEVELS; i++) {
		if (has(device, "msi_irqs") || has(device, "current_link_speed") ||
		    has(device, "irq"))
			return;
		slash = strrchr(device, '/');
		if (!slash || slash == device)
			break;
		*slash = '\0';
	}
	snprintf(device, PATH_MAX, "%s", start);
}

static void read_device(const char *root, const char *dir, struct topo_port *p)
{
	char path[PATH_MAX], device[PATH_MAX];
	const char *slash;

	if ((size_t)snprintf(path, sizeof(path), "%s/device", dir) >= sizeof(path) ||
	    !realpath(path, device))
		return;
	p->hardware = true;
	link_name(device, "driver", p->driver, sizeof(p->driver));
	to_bus(device);
	slash = strrchr(device, '/');
	snprintf(p->bus, sizeof(p->bus), "%.31s", slash ? slash + 1 : device);
	p->node = read_number(device, "numa_node", -1);
	read_word(device, "current_link_speed", p->link_speed, sizeof(p->link_speed));
	read_word(device, "max_link_speed", p->link_max_speed, sizeof(p->link_max_speed));
	p->link_width = read_number(device, "current_link_width", 0);
	p->link_max_width = read_number(device, "max_link_width", 0);
	read_irqs(root, device, p);
}

/* DEVTYPE= of uevent: "bridge", "vlan"; many virtual ones have none. */
static void read_type(const char *dir, struct topo_port *p)
{
	char path[PATH_MAX], line[128];
	FILE *f;

	if ((size_t)snprintf(path, sizeof(path), "%s/uevent", dir) >= sizeof(path))
		return;
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "DEVTYPE=", 8))
			snprintf(p->driver, sizeof(p->driver), "%.*s",
				 (int)min(strcspn(line + 8, "\n"), sizeof(p->driver) - 1),
				 line + 8);
	if (f)
		fclose(f);
}

static void read_port(const char *root, const char *name, struct topo_port *p)
{
	char dir[PATH_MAX], state[16];

	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%.15s", name);
	p->node = p->mbps = -1;
	if ((size_t)snprintf(dir, sizeof(dir), "%s/sys/class/net/%s", root, name) >= sizeof(dir))
		return;
	read_word(dir, "operstate", state, sizeof(state));
	p->up = !strcmp(state, "up") || !strcmp(state, "unknown");
	p->mbps = read_number(dir, "speed", -1);
	p->rx_queues = count_queues(dir, "rx-");
	p->tx_queues = count_queues(dir, "tx-");
	read_device(root, dir, p);
	if (!p->hardware)
		read_type(dir, p);
}

static int by_name(const void *va, const void *vb)
{
	const struct topo_port *a = va, *b = vb;

	return strcmp(a->name, b->name);
}

int topo_ports_read(const char *root, struct topo_ports *ret, struct err *err)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "%s/sys/class/net", root);
	d = opendir(path);
	if (!d)
		return err_set(err, -errno, "%s: %s: mount sysfs to see network ports", path,
			       strerror(errno));
	while ((e = readdir(d))) {
		/* bonding puts a file of its own here */
		if (e->d_name[0] == '.' || e->d_type == DT_REG)
			continue;
		if (ret->n == TOPO_PORTS_MAX)
			ret->left_out++;
		else
			read_port(root, e->d_name, &ret->port[ret->n++]);
	}
	closedir(d);
	qsort(ret->port, ret->n, sizeof(ret->port[0]), by_name);
	return 0;
}

void topo_ports_release(struct topo_ports *p)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		free(p->port[i].irq);
	memset(p, 0, sizeof(*p));
}

/* --------------------------------------------------------------------- drawing */

static void print_link(const struct topo_port *p, FILE *out)
{
	if (!p->link_speed[0] && !p->link_width)
		return;
	fprintf(out, ", %s x%d", p->link_speed, p->link_width);
	if (p->link_max_width > p->link_width || (p->link_max_speed[0] &&
						  strcmp(p->link_max_speed, p->link_speed) != 0))
		fprintf(out, " (could do %s x%d)", p->link_max_speed, p->link_max_width);
}

static void print_port(const struct topo_port *p, int dut_node, FILE *out)
{
	unsigned int i;

	fprintf(out, "  %s  %s", p->name, p->driver[0] ? p->driver : "unknown driver");
	fprintf(out, ", %s", p->bus);
	print_link(p, out);
	if (p->node >= 0)
		fprintf(out, ", node %d%s", p->node, dut_node >= 0 && dut_node != p->node ?
			" (the DUT would run on another: every packet crosses)" : "");
	fprintf(out, ", %u rx and %u tx queues", p->rx_queues, p->tx_queues);
	if (p->up && p->mbps > 0)
		fprintf(out, ", %d Mbit/s", p->mbps);
	fprintf(out, "%s\n", p->up ? "" : ", down");
	for (i = 0; i < min(p->nirqs, (unsigned int)IRQS_SHOWN); i++) {
		const struct topo_irq *irq = &p->irq[i];

		fprintf(out, "    IRQ %-4d %-24s CPU %s", irq->irq, irq->name,
			irq->now[0] ? irq->now : irq->may);
		if (irq->now[0] && strcmp(irq->now, irq->may) != 0)
			fprintf(out, " (may: %s)", irq->may);
		fputc('\n', out);
	}
	if (p->nirqs > IRQS_SHOWN)
		fprintf(out, "    and %u IRQs more\n", p->nirqs - IRQS_SHOWN);
}

void topo_ports_print(const struct topo_ports *p, int dut_node, FILE *out)
{
	unsigned int i, hardware = 0, virtual_ones = 0;

	for (i = 0; i < p->n; i++)
		hardware += p->port[i].hardware;
	fputs(hardware ? "ports\n" : "no network port with hardware behind it\n", out);
	for (i = 0; i < p->n; i++)
		if (p->port[i].hardware)
			print_port(&p->port[i], dut_node, out);
	for (i = 0; i < p->n; i++) {
		if (p->port[i].hardware)
			continue;
		fprintf(out, "%s%s", virtual_ones++ ? ", " : "  virtual: ", p->port[i].name);
		if (p->port[i].driver[0])
			fprintf(out, " (%s)", p->port[i].driver);
	}
	fputs(virtual_ones ? "\n" : "", out);
	if (p->left_out)
		fprintf(out, "  and %u ports more\n", p->left_out);
}
