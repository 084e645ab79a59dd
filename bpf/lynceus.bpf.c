/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* All of it in one object, because all write the rows of `threads.h`. */
#include "on-demand.h"
#include "switches.h"
#include "clock.h"

char SECTION("license") licence[] = "Dual MIT/GPL";
