// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xfrm.c - see xfrm.h. The messages are those of linux/xfrm.h, the conversation
 * is rtnetlink's.
 *
 * Policies say which link a packet goes out by, not where it comes from or goes
 * to: a selector of addresses would be as many policies as the streams have
 * ranges, and would be what is measured.
 */
#include "run/net/xfrm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run/net/rtnl_msg.h"
#include "run/net/netns.h"

#include <linux/xfrm.h>

#define REQID		1
#define KEY_MAX		64	/* bytes */

const struct xfrm_suite xfrm_suites[] = {
	{ .name = "null-cipher",
	  .cipher = "ecb(cipher_null)",
	  .options = "the null cipher (CONFIG_CRYPTO_NULL, CONFIG_CRYPTO_AUTHENC)" },
	{ .name = "aes-cbc-sha256",
	  .cipher = "cbc(aes)", .cipher_bits = 128, .auth = "hmac(sha256)", .auth_bits = 256,
	  .icv_bits = 128,
	  .options = "AES-CBC with HMAC-SHA-256 (CONFIG_CRYPTO_CBC, CONFIG_CRYPTO_AES, CONFIG_CRYPTO_HMAC, CONFIG_CRYPTO_SHA256, CONFIG_CRYPTO_AUTHENC, CONFIG_CRYPTO_ECHAINIV)" },
	{ .name = "aes-gcm-128",
	  .aead = "rfc4106(gcm(aes))", .aead_bits = 128 + 32, .icv_bits = 128,
	  .options = "AES-GCM (CONFIG_CRYPTO_GCM, CONFIG_CRYPTO_AES, CONFIG_CRYPTO_SEQIV)" },
	{ 0 },
};

const struct xfrm_suite *xfrm_suite_find(const char *name)
{
	for (const struct xfrm_suite *s = xfrm_suites; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static const struct xfrm_lifetime_cfg for_ever = {
	.soft_byte_limit = XFRM_INF, .hard_byte_limit = XFRM_INF,
	.soft_packet_limit = XFRM_INF, .hard_packet_limit = XFRM_INF,
};

/* One SA: what is sent from @from to @to. */
struct sa {
	const struct xfrm_suite *suite;
	u8 family;
	const union fw_addr *from, *to;
	u32 spi;
};

static struct sa sa_of(const struct xfrm_end *e, bool out)
{
	return (struct sa){
		.suite = e->suite, .family = e->family, .from = out ? &e->own : &e->other,
		.to = out ? &e->other : &e->own, .spi = out ? e->spi_out : e->spi_in,
	};
}

static size_t addr_len(u8 family)
{
	return family == AF_INET ? 4 : 16;
}

static xfrm_address_t address(u8 family, const union fw_addr *a)
{
	xfrm_address_t ret = { 0 };

	memcpy(&ret, a->v6, addr_len(family));
	return ret;
}

static bool same(u8 family, const xfrm_address_t *a, const union fw_addr *b)
{
	return !memcmp(a, b->v6, addr_len(family));
}

/* ------------------------------------------------------------------ algorithms */

union algo {	/* the attributes differ in what stands between length and key */
	struct xfrm_algo cipher;
	struct xfrm_algo_auth auth;
	struct xfrm_algo_aead aead;
	char room[sizeof(struct xfrm_algo_aead) + KEY_MAX];
};

static void put_key(char *key, u16 bits)
{
	for (unsigned int i = 0; i < bits / 8u; i++)
		key[i] = (char)(i + 1);
}

static void put_algorithms(struct nlmsghdr *nlh, const struct xfrm_suite *s)
{
	union algo a;

	if (s->aead) {
		memset(&a, 0, sizeof(a));
		snprintf(a.aead.alg_name, sizeof(a.aead.alg_name), "%s", s->aead);
		a.aead.alg_key_len = s->aead_bits;
		a.aead.alg_icv_len = s->icv_bits;
		put_key(a.aead.alg_key, s->aead_bits);
		mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(a.aead) + s->aead_bits / 8u, &a);
	}
	if (s->auth) {
		memset(&a, 0, sizeof(a));
		snprintf(a.auth.alg_name, sizeof(a.auth.alg_name), "%s", s->auth);
		a.auth.alg_key_len = s->auth_bits;
		a.auth.alg_trunc_len = s->icv_bits;
		put_key(a.auth.alg_key, s->auth_bits);
		mnl_attr_put(nlh, XFRMA_ALG_AUTH_TRUNC, sizeof(a.auth) + s->auth_bits / 8u, &a);
	}
	if (s->cipher) {
		memset(&a, 0, sizeof(a));
		snprintf(a.cipher.alg_name, sizeof(a.cipher.alg_name), "%s", s->cipher);
		a.cipher.alg_key_len = s->cipher_bits;
		put_key(a.cipher.alg_key, s->cipher_bits);
		mnl_attr_put(nlh, XFRMA_ALG_CRYPT, sizeof(a.cipher) + s->cipher_bits / 8u, &a);
	}
}

/* ------------------------------------------------------------------------- SAs */

static void put_window(struct nlmsghdr *nlh)
{
	const struct xfrm_replay_state_esn esn = {
		.bmp_len = XFRM_WINDOW / 32, .replay_window = XFRM_WINDOW,
	};
	char w[sizeof(esn) + XFRM_WINDOW / 8] = { 0 };	/* the bitmap behind it */

	memcpy(w, &esn, sizeof(esn));
	mnl_attr_put(nlh, XFRMA_REPLAY_ESN_VAL, sizeof(w), w);
}

/* A message is aligned to 4 bytes, and what has 64 bits in it wants 8. */
static void put_struct(struct nlmsghdr *nlh, const void *from, size_t size)
{
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), from, size);
}

static int sa_add(struct rtnl *r, const struct sa *sa, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, XFRM_MSG_NEWSA, 0);
	const struct xfrm_usersa_info info = {
		.id = { .daddr = address(sa->family, sa->to), .spi = htonl(sa->spi),
			.proto = IPPROTO_ESP },
		.saddr = address(sa->family, sa->from), .lft = for_ever, .reqid = REQID,
		.family = sa->family, .mode = XFRM_MODE_TUNNEL, .flags = XFRM_STATE_ESN,
	};

	put_struct(nlh, &info, sizeof(info));
	put_algorithms(nlh, sa->suite);
	put_window(nlh);
	return rtnl_talk(r, nlh, NULL, NULL, err, "make an SA of ESP %s for %s", sa->suite->name,
			 sa->family == AF_INET ? "IPv4" : "IPv6");
}

struct algo_found {
	char name[sizeof(((struct xfrm_algo *)0)->alg_name)];
	unsigned int key_bits, tag_bits;
};

/* An SA as the kernel has it. */
struct sa_found {
	bool found;
	struct xfrm_usersa_info info;
	struct algo_found cipher, auth, aead;
	u32 window;
};

static void copy_attr(const struct nlattr *attr, void *to, size_t size)
{
	memcpy(to, mnl_attr_get_payload(attr), min(size, (size_t)mnl_attr_get_payload_len(attr)));
}

static void found_algo(struct algo_found *to, const char *name, unsigned int key_bits,
		       unsigned int tag_bits)
{
	snprintf(to->name, sizeof(to->name), "%.63s", name);
	to->key_bits = key_bits;
	to->tag_bits = tag_bits;
}

static int sa_attr(const struct nlattr *attr, void *data)
{
	struct xfrm_replay_state_esn esn = { 0 };
	struct sa_found *f = data;
	union algo a;

	memset(&a, 0, sizeof(a));
	switch (mnl_attr_get_type(attr)) {
	case XFRMA_ALG_CRYPT:
		copy_attr(attr, &a, sizeof(a));
		found_algo(&f->cipher, a.cipher.alg_name, a.cipher.alg_key_len, 0);
		break;
	case XFRMA_ALG_AUTH_TRUNC:
		copy_attr(attr, &a, sizeof(a));
		found_algo(&f->auth, a.auth.alg_name, a.auth.alg_key_len, a.auth.alg_trunc_len);
		break;
	case XFRMA_ALG_AEAD:
		copy_attr(attr, &a, sizeof(a));
		found_algo(&f->aead, a.aead.alg_name, a.aead.alg_key_len, a.aead.alg_icv_len);
		break;
	case XFRMA_REPLAY_ESN_VAL:
		copy_attr(attr, &esn, sizeof(esn));
		f->window = esn.replay_window;
		break;
	}
	return MNL_CB_OK;
}

static void each_sa(void *arg, const struct nlmsghdr *nlh)
{
	struct sa_found *f = arg;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA || mnl_nlmsg_get_payload_len(nlh) < sizeof(f->info))
		return;
	memcpy(&f->info, mnl_nlmsg_get_payload(nlh), sizeof(f->info));
	f->found = true;
	mnl_attr_parse(nlh, sizeof(f->info), sa_attr, f);
}

static int sa_get(struct rtnl *r, const struct sa *sa, struct sa_found *ret, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, XFRM_MSG_GETSA, 0);
	struct xfrm_usersa_id *id = mnl_nlmsg_put_extra_header(nlh, sizeof(*id));
	int rc;

	memset(ret, 0, sizeof(*ret));
	id->daddr = address(sa->family, sa->to);
	id->spi = htonl(sa->spi);
	id->family = sa->family;
	id->proto = IPPROTO_ESP;
	rc = rtnl_talk(r, nlh, each_sa, ret, err, "read an SA of ESP %s", sa->suite->name);
	if (!rc && !ret->found)
		rc = err_set(err, -EPROTO, "the kernel says nothing about an SA of ESP %s",
			     sa->suite->name);
	return rc;
}

static bool is(const char *name, const char *asked)
{
	return !strncmp(name, asked ? asked : "", 64);
}

/* The first thing that is not as it was asked for; NULL: nothing. */
static const char *sa_differs(const struct sa *sa, const struct sa_found *f)
{
	const struct xfrm_suite *s = sa->suite;

	if (f->info.mode != XFRM_MODE_TUNNEL || f->info.id.proto != IPPROTO_ESP ||
	    f->info.reqid != REQID)
		return "no ESP tunnel of ours";
	if (!same(sa->family, &f->info.saddr, sa->from) ||
	    !same(sa->family, &f->info.id.daddr, sa->to))
		return "between other addresses";
	if (!(f->info.flags & XFRM_STATE_ESN) || f->window != XFRM_WINDOW)
		return "with another replay window";
	if (!is(f->aead.name, s->aead) || !is(f->cipher.name, s->cipher) ||
	    !is(f->auth.name, s->auth))
		return "with other algorithms";
	if (f->aead.key_bits != s->aead_bits || f->auth.key_bits != s->auth_bits ||
	    f->cipher.key_bits != s->cipher_bits)
		return "with keys of other lengths";
	if ((s->aead && f->aead.tag_bits != s->icv_bits) ||
	    (s->auth && f->auth.tag_bits != s->icv_bits))
		return "with a tag of another length";
	return NULL;
}

static int sa_make(struct rtnl *r, const struct sa *sa, struct err *err)
{
	struct sa_found found;
	const char *how;
	int rc = sa_add(r, sa, err);

	if (!rc)
		rc = sa_get(r, sa, &found, err);
	if (rc)
		return rc;
	how = sa_differs(sa, &found);
	return how ? err_set(err, -EPROTO, "an SA of ESP %s was made, but the kernel has it %s",
			     sa->suite->name, how) : 0;
}

/* -------------------------------------------------------------------- policies */

struct policy {
	u8 dir;			/* XFRM_POLICY_OUT, XFRM_POLICY_FWD */
	int ifindex;		/* of the link that packets leave by */
	struct sa sa;		/* what they must become, or must have been */
};

static struct xfrm_selector selector(const struct policy *p)
{
	return (struct xfrm_selector){ .family = p->sa.family, .ifindex = p->ifindex };
}

static int policy_add(struct rtnl *r, const struct policy *p, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, XFRM_MSG_NEWPOLICY, 0);
	const struct xfrm_userpolicy_info info = {
		.sel = selector(p), .lft = for_ever, .dir = p->dir, .action = XFRM_POLICY_ALLOW,
	};
	const struct xfrm_user_tmpl tmpl = {
		.id = { .daddr = address(p->sa.family, p->sa.to), .proto = IPPROTO_ESP },
		.saddr = address(p->sa.family, p->sa.from), .family = p->sa.family,
		.reqid = REQID, .mode = XFRM_MODE_TUNNEL,
		.aalgos = ~0u, .ealgos = ~0u, .calgos = ~0u,
	};

	put_struct(nlh, &info, sizeof(info));
	mnl_attr_put(nlh, XFRMA_TMPL, sizeof(tmpl), &tmpl);
	return rtnl_talk(r, nlh, NULL, NULL, err, "set a policy of ESP %s", p->sa.suite->name);
}

struct policy_found {
	bool found;
	struct xfrm_userpolicy_info info;
	struct xfrm_user_tmpl tmpl;
	size_t ntmpls;
};

static int policy_attr(const struct nlattr *attr, void *data)
{
	struct policy_found *f = data;

	if (mnl_attr_get_type(attr) == XFRMA_TMPL) {
		copy_attr(attr, &f->tmpl, sizeof(f->tmpl));
		f->ntmpls = mnl_attr_get_payload_len(attr) / sizeof(f->tmpl);
	}
	return MNL_CB_OK;
}

static void each_policy(void *arg, const struct nlmsghdr *nlh)
{
	struct policy_found *f = arg;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(f->info))
		return;
	memcpy(&f->info, mnl_nlmsg_get_payload(nlh), sizeof(f->info));
	f->found = true;
	mnl_attr_parse(nlh, sizeof(f->info), policy_attr, f);
}

static int policy_check(struct rtnl *r, const struct policy *p, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, XFRM_MSG_GETPOLICY, 0);
	struct xfrm_userpolicy_id *id = mnl_nlmsg_put_extra_header(nlh, sizeof(*id));
	struct policy_found f = { 0 };
	int rc;

	id->sel = selector(p);
	id->dir = p->dir;
	rc = rtnl_talk(r, nlh, each_policy, &f, err, "read a policy of ESP %s", p->sa.suite->name);
	if (rc)
		return rc;
	if (f.found && f.info.dir == p->dir && f.info.action == XFRM_POLICY_ALLOW &&
	    f.info.sel.ifindex == p->ifindex && !f.info.sel.prefixlen_s &&
	    !f.info.sel.prefixlen_d && f.ntmpls == 1 && f.tmpl.id.proto == IPPROTO_ESP &&
	    f.tmpl.mode == XFRM_MODE_TUNNEL && f.tmpl.reqid == REQID && !f.tmpl.optional &&
	    same(p->sa.family, &f.tmpl.saddr, p->sa.from) &&
	    same(p->sa.family, &f.tmpl.id.daddr, p->sa.to))
		return 0;
	return err_set(err, -EPROTO, "a policy of ESP %s was set, but the kernel has another one",
		       p->sa.suite->name);
}

static int policy_make(struct rtnl *r, const struct policy *p, struct err *err)
{
	int rc = policy_add(r, p, err);

	return rc ? rc : policy_check(r, p, err);
}

/* --------------------------------------------------------------------- an end */

static int xfrm_open(int netns, struct rtnl **ret, struct err *err)
{
	int rc = rtnl_open_protocol(netns, NETLINK_XFRM, "netlink XFRM", ret, err);

	if (rc == -EPROTONOSUPPORT)
		rc = err_set(err, -ENOTSUP, "this kernel can't be told of IPsec: it needs CONFIG_XFRM_USER (module xfrm_user)");
	return rc;
}

int xfrm_up(int netns, const struct xfrm_end *e, struct err *err)
{
	const struct sa out = sa_of(e, true), in = sa_of(e, false);
	const struct policy wrap = { XFRM_POLICY_OUT, e->wrapped, out };
	const struct policy wrapped = { XFRM_POLICY_FWD, e->plain, in };
	struct rtnl *r;
	int rc = xfrm_open(netns, &r, err);

	if (rc)
		return rc;
	rc = sa_make(r, &out, err);
	if (!rc)
		rc = sa_make(r, &in, err);
	if (!rc)
		rc = policy_make(r, &wrap, err);
	if (!rc)
		rc = policy_make(r, &wrapped, err);
	rtnl_close(r);
	return rc;
}

int xfrm_count(int netns, const struct xfrm_end *e, struct xfrm_counts *ret, struct err *err)
{
	const struct sa out = sa_of(e, true), in = sa_of(e, false);
	struct sa_found fout, fin;
	struct rtnl *r;
	int rc = xfrm_open(netns, &r, err);

	memset(ret, 0, sizeof(*ret));
	if (rc)
		return rc;
	rc = sa_get(r, &out, &fout, err);
	if (!rc)
		rc = sa_get(r, &in, &fin, err);
	rtnl_close(r);
	if (rc)
		return rc;
	*ret = (struct xfrm_counts){
		.packets_out = fout.info.curlft.packets, .bytes_out = fout.info.curlft.bytes,
		.packets_in = fin.info.curlft.packets, .bytes_in = fin.info.curlft.bytes,
		.replayed = (u64)fin.info.stats.replay + fin.info.stats.replay_window,
		.forged = fin.info.stats.integrity_failed,
	};
	return 0;
}

/* ---------------------------------------------------------------------- probe */

struct lacks {
	bool esp4, esp6;
	bool suite[8];		/* as in xfrm_suites */
};

/* An SA of it in a namespace that has nothing else: what is missing goes to @ret. */
static int try(struct rtnl *r, unsigned int suite, u8 family, struct lacks *ret, struct err *err)
{
	static const union fw_addr from = { .v6 = { 198, 51, 100, 1, [15] = 1 } };
	static const union fw_addr to = { .v6 = { 198, 51, 100, 2, [15] = 2 } };
	static u32 spi = 0x100;
	const struct sa sa = {
		.suite = &xfrm_suites[suite], .family = family, .from = &from, .to = &to,
		.spi = __atomic_add_fetch(&spi, 1, __ATOMIC_RELAXED),
	};
	int rc = sa_add(r, &sa, err);

	switch (rc) {
	case -ENOSYS: case -ENOENT:	/* an algorithm; its parts */
		ret->suite[suite] = true;
		return 0;
	case -EPROTONOSUPPORT:
		*(family == AF_INET ? &ret->esp4 : &ret->esp6) = true;
		return 0;
	default:
		return rc;
	}
}

/* The algorithms come first when an SA is made: without them nothing is learnt of ESP. */
static int try_all(struct rtnl *r, const struct xfrm_suite *suite, u8 family, struct lacks *ret,
		   struct err *err)
{
	struct lacks aside = { 0 };
	unsigned int i;
	int rc = 0;

	for (i = 0; xfrm_suites[i].name && !rc; i++)
		rc = try(r, i, family, suite && suite != &xfrm_suites[i] ? &aside : ret, err);
	ret->esp4 |= aside.esp4;
	ret->esp6 |= aside.esp6;
	return rc;
}

static void add(char *text, size_t size, const char *what)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", len ? ", " : "", what);
}

static int say_lacks(const struct lacks *l, struct err *err)
{
	char text[ERR_TEXT - 80] = "";

	if (l->esp4)
		add(text, sizeof(text), "ESP for IPv4 (CONFIG_INET_ESP, module esp4)");
	if (l->esp6)
		add(text, sizeof(text), "ESP for IPv6 (CONFIG_INET6_ESP, module esp6)");
	for (unsigned int i = 0; xfrm_suites[i].name; i++)
		if (l->suite[i])
			add(text, sizeof(text), xfrm_suites[i].options);
	if (!text[0])
		return 0;
	return err_set(err, -ENOTSUP, "this kernel lacks %s; dut.esp: none works without", text);
}

int xfrm_probe(const struct xfrm_suite *suite, bool v4, bool v6, struct err *err)
{
	struct lacks lacks = { 0 };
	struct rtnl *r = NULL;
	int netns, rc = netns_scratch(&netns, err);

	if (rc)
		return rc;
	rc = xfrm_open(netns, &r, err);
	if (!rc && v4)
		rc = try_all(r, suite, AF_INET, &lacks, err);
	if (!rc && v6)
		rc = try_all(r, suite, AF_INET6, &lacks, err);
	rtnl_close(r);
	close(netns);
	return rc ? rc : say_lacks(&lacks, err);
}
