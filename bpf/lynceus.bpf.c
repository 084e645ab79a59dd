/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* All of it in one object, because both write the rows of `threads.h`. */
#include "capture.h"
#include "switches.h"

char SECTION("license") licence[] = "Dual MIT/GPL";
