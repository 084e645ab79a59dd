import type { Address } from "../../../base/units.ts";
import type { KernelFrame } from "../../../os/kernel-stack.ts";
import type { KernelSymbols } from "../../../os/kernel-symbols.ts";

/** Where the kernel is entered by an interrupt from another CPU: arch/x86/include/asm/idtentry.h. */
const entry = /^asm_sysvec_/;

/**
 * What a thread was doing in the kernel when it was interrupted, root first. `addresses` are the lower halves of return
 * addresses, the newest first, and begin with the interrupt's own. Empty for a thread that was not in the kernel; null when that
 * cannot be told.
 */
export function decodeInterruptedStack(addresses: readonly Address[], symbols: KernelSymbols): readonly KernelFrame[] | null {
  // A return address may be the first of the next function.
  const frames = addresses.map((address, index) => symbols.find(index === 0 ? address : address - 1));
  const entered = frames.findIndex((frame) => frame !== null && entry.test(frame.name));
  return entered < 0 || frames.includes(null) ? null : rootFirst(frames.slice(entered + 1));
}

/** The same of a stack that begins where the thread was interrupted. */
export function decodeStackBelow(addresses: readonly Address[], symbols: KernelSymbols): readonly KernelFrame[] | null {
  return rootFirst(addresses.map((address, index) => symbols.find(index === 0 ? address : address - 1)));
}

function rootFirst(frames: readonly (KernelFrame | null)[]): readonly KernelFrame[] | null {
  const known = frames.filter((frame) => frame !== null);
  return known.length === frames.length ? known.toReversed() : null;
}
