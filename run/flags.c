// SPDX-License-Identifier: GPL-2.0-or-later
/* flags.c - the caveats, word by word. */
#include "run/flags.h"

#include <string.h>

const struct flag_def flag_defs[FLAGS] = {
	[FLAG_QUICK_PRESET] = { "quick-preset",
		"the trials were short, so the figure is an orientation, not a result to publish",
		"set preset: standard" },
	[FLAG_SHARED_CPU] = { "shared-cpu",
		"source and sink took turns on one CPU, which lowers the load the tester can offer",
		"run on a machine with three CPUs or more" },
	[FLAG_SHARED_DUT] = { "shared-dut",
		"the DUT had no CPU of its own, so the figure includes the tester's work",
		"run on a machine with two CPUs or more" },
	[FLAG_SOURCE_BOUND] = { "source-bound",
		"the figure is within 5 % of what source and sink do without a DUT: the tester is the limit",
		"read it as a lower bound; use more CPUs or a slower ruleset" },
	[FLAG_LOAD_BOUND] = { "load-bound",
		"the DUT carried the highest load offered, so no upper bound was found",
		"read it as a lower bound; raise max_load where the scenario set one, or use more CPUs" },
	[FLAG_IRREGULAR] = { "irregular",
		"a search ended without both bounds within its width (RFC 9971: irregular)",
		"give it more time (a longer preset) or a wider width, and see the point's note" },
	[FLAG_INVALID_TRIALS] = { "invalid-trials",
		"some trials were invalid and measured again",
		"see `why` in trials.jsonl; usually something else ran on these CPUs" },
	[FLAG_FAILED] = { "failed",
		"the point ended early, with the reason in its note",
		"remove the reason and run the scenario again" },
	[FLAG_INTERRUPTED] = { "interrupted",
		"the run was stopped while this point was measured",
		"go on with kpps run --resume" },
	[FLAG_ZERO] = { "zero",
		"the DUT forwarded nothing, or lost frames even at the lowest load",
		"check ruleset, routes and streams with kpps fw" },
	[FLAG_IMPAIRED] = { "impaired",
		"the scenario's impair section treated frames between DUT and sink",
		"remove impair to measure the DUT alone" },
	[FLAG_INSTRUCTIONS] = { "instructions",
		"the guest's clock counts instructions, one a ns: figures are those of source, DUT and sink together, and no speed, as no cache misses and no contention are in them",
		"compare them with each other only; measure speed on hardware" },
	[FLAG_EMULATED] = { "emulated",
		"the guest's CPUs were emulated in software in real time, so the figure is the emulator's speed",
		"use vm.clock: instructions, or a machine with hardware virtualisation" },
};

const struct flag_def *flag_find(const char *word)
{
	unsigned int i;

	for (i = 0; i < FLAGS; i++)
		if (!strcmp(flag_defs[i].word, word))
			return &flag_defs[i];
	return NULL;
}
