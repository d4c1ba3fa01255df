// SPDX-License-Identifier: GPL-2.0-or-later
/* stream_parse.c - the words of a stream_spec that have a syntax of their own. */
#include "lib/stream_build.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* RFC 6985 section 4, with FCS; z is the caller's. */
static const u16 imix_sizes[] = { 64, 128, 256, 512, 1024, 1280, 1518, 2112, 9000, 16000 };

int imix_parse(const char *genome, u16 mtu, u16 *ret_sizes, u16 *ret_n, struct err *err)
{
	size_t n = strlen(genome);

	if (!n || n > KPPS_SIZES_MAX)
		return err_set(err, -EINVAL, "imix of %zu letters: must be 1 to %u", n,
			       KPPS_SIZES_MAX);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)genome[i];
		u16 size = 0;

		if (c == 'z')
			size = mtu;
		else if (c >= 'a' && c < 'a' + ARRAY_SIZE(imix_sizes))
			size = imix_sizes[c - 'a'];
		if (!size)
			return err_set(err, -EINVAL,
				       "imix \"%s\": letter %zu: known are a to j and z (RFC 6985)",
				       genome, i + 1);
		if (size > KPPS_FRAME_MAX + 4)
			return err_set(err, -EINVAL,
				       "imix \"%s\": letter %zu: %uB is above the largest frame, %uB",
				       genome, i + 1, size, KPPS_FRAME_MAX + 4);
	}
	for (size_t i = 0; i < n; i++)
		ret_sizes[i] = genome[i] == 'z' ? mtu : imix_sizes[genome[i] - 'a'];
	*ret_n = (u16)n;
	return 0;
}

struct address {
	u8 family;
	u8 bytes[16];
	u64 hi, lo;		/* as numbers; IPv4 in lo */
};

static int address_parse(const char *text, size_t len, struct address *ret)
{
	char copy[INET6_ADDRSTRLEN];

	memset(ret, 0, sizeof(*ret));
	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, ret->bytes) == 1) {
		ret->family = AF_INET;
		ret->lo = kpps_be32(kpps_get32(ret->bytes));
		return 0;
	}
	if (inet_pton(AF_INET6, copy, ret->bytes) == 1) {
		ret->family = AF_INET6;
		ret->hi = kpps_be64(kpps_get64(ret->bytes));
		ret->lo = kpps_be64(kpps_get64(ret->bytes + 8));
		return 0;
	}
	return -EINVAL;
}

static int prefix_count(const char *text, const char *digits, const struct address *a,
			u64 *ret_count, struct err *err)
{
	unsigned int bits = a->family == AF_INET ? 32 : 128, least = bits - 32;
	char *end;
	unsigned long prefix = strtoul(digits, &end, 10);
	u64 count;

	if (digits[0] < '0' || digits[0] > '9' || *end || prefix > bits)
		return err_set(err, -EINVAL, "address \"%s\": the prefix length must be %u to %u",
			       text, least, bits);
	if (prefix < least)
		return err_set(err, -EINVAL,
			       "address \"%s\": more than 2^32 addresses: use /%u or longer", text,
			       least);
	count = 1ULL << (bits - prefix);
	if (a->lo & (count - 1))
		return err_set(err, -EINVAL, "address \"%s\": has bits set behind its prefix of %lu",
			       text, prefix);
	*ret_count = count;
	return 0;
}

static int range_count(const char *text, const char *to, const struct address *a, u64 *ret_count,
		       struct err *err)
{
	struct address last;

	if (address_parse(to, strlen(to), &last) || last.family != a->family)
		return err_set(err, -EINVAL,
			       "address \"%s\": no %s address behind the \"-\"", text,
			       a->family == AF_INET ? "IPv4" : "IPv6");
	if (last.hi != a->hi || last.lo < a->lo || last.lo - a->lo > 0xffffffff)
		return err_set(err, -EINVAL,
			       "address \"%s\": the last must be 0 to 2^32 - 1 above the first, in the same /64",
			       text);
	*ret_count = last.lo - a->lo + 1;
	return 0;
}

int addr_range_parse(const char *text, u8 *ret_family, struct addr_range *ret, struct err *err)
{
	size_t len = strcspn(text, "/-");
	struct address first;
	u64 count = 1;
	int code = 0;

	if (address_parse(text, len, &first))
		return err_set(err, -EINVAL,
			       "address \"%s\": write 198.18.0.1, 198.18.0.0/16 or 198.18.0.1-198.18.0.9, IPv6 alike",
			       text);
	if (text[len] == '/')
		code = prefix_count(text, text + len + 1, &first, &count, err);
	else if (text[len] == '-')
		code = range_count(text, text + len + 1, &first, &count, err);
	if (code)
		return code;
	*ret_family = first.family;
	memcpy(ret->base, first.bytes, sizeof(ret->base));
	ret->count = count;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool mac_parse(const char *text, u8 ret[6])
{
	u8 v[6];

	if (strlen(text) != 17)
		return false;
	for (unsigned int i = 0; i < 6; i++, text += 3) {
		int hi = hex_digit(text[0]), lo = hex_digit(text[1]);

		if (hi < 0 || lo < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return false;
		v[i] = (u8)(hi << 4 | lo);
	}
	memcpy(ret, v, sizeof(v));
	return true;
}
