// SPDX-License-Identifier: GPL-2.0-or-later
/* names.c - what the numbers in struct fw_pkt are called in reports. */
#include "fw-under-test/engine/conn.h"

static const char *name_of(const char *const *names, size_t n, unsigned int i)
{
	return i < n && names[i] ? names[i] : "unknown";
}

const char *fw_reason_name(enum fw_reason r)
{
	static const char *const names[FW_REASONS] = {
		[FW_OK] = "ok",
		[FW_RULE] = "rule",
		[FW_POLICY] = "policy",
		[FW_MALFORMED] = "malformed",
		[FW_TTL] = "ttl",
		[FW_NO_ROUTE] = "no-route",
		[FW_NOT_IP] = "not-ip",
		[FW_INVALID_NAT] = "invalid-nat",
		[FW_TABLE_FULL] = "table-full",
		[FW_NAT_EXHAUSTED] = "nat-exhausted",
		[FW_NO_ROOM] = "no-room",
		[FW_REJECTED] = "rejected",
	};

	return name_of(names, ARRAY_SIZE(names), r);
}

const char *fw_ctstate_name(enum fw_ctstate s)
{
	static const char *const names[] = {
		[FW_CT_NONE] = "none",
		[FW_CT_NEW] = "new",
		[FW_CT_ESTABLISHED] = "established",
		[FW_CT_RELATED] = "related",
		[FW_CT_INVALID] = "invalid",
		[FW_CT_UNTRACKED] = "untracked",
	};

	return name_of(names, ARRAY_SIZE(names), s);
}

const char *fw_invalid_name(u8 why)
{
	static const char *const names[WHYS] = {
		[WHY_NONE] = "none",
		[WHY_SEQ_OVER] = "I: sequence above the peer's window",
		[WHY_SEQ_UNDER] = "II: data acknowledged already",
		[WHY_ACK_OVER] = "III: acknowledges data not seen",
		[WHY_ACK_UNDER] = "IV: acknowledgement too old",
		[WHY_TCP_FLAGS] = "TCP flags that don't go together",
		[WHY_TCP_STATE] = "not allowed in this TCP state",
		[WHY_TCP_PICKUP] = "middle of a connection (tcp_loose is off)",
		[WHY_TCP_RST] = "reset below the acknowledged sequence",
		[WHY_SHORT_HEADER] = "transport header cut off or lengths wrong",
		[WHY_CHECKSUM] = "wrong checksum",
		[WHY_FRAGMENT] = "fragment",
		[WHY_ICMP_TYPE] = "ICMP type without an answer",
		[WHY_ICMP_NO_REQUEST] = "ICMP answer nobody asked for",
		[WHY_ICMP_INNER] = "ICMP error with a quoted header that can't be used",
		[WHY_ICMP_UNKNOWN] = "ICMP error about no known connection",
	};

	return name_of(names, ARRAY_SIZE(names), why);
}
