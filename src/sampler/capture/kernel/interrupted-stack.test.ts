import { expect, it } from "vitest";
import { KernelSymbols } from "../../../os/kernel-symbols.ts";
import { decodeInterruptedStack, decodeStackBelow } from "./interrupted-stack.ts";

const names = ["entry_SYSCALL_64_after_hwframe", "do_syscall_64", "read_zero", "asm_sysvec_call_function_single", "generic_smp_call_function", "bpf_prog_1"];
const symbols = KernelSymbols.parse(names.map((name, index) => `ffffffff8100${index}000 T ${name}\n`).join(""))!;
const inside = (index: number, offset = 0x10): number => 0x8100_0000 + index * 0x1000 + offset;

it("leaves the interrupt out", () => {
  const stack = [5, 4, 3, 2, 1, 0].map((index) => inside(index));
  expect(decodeInterruptedStack(stack, symbols)?.map(({ name }) => name)).toEqual(["entry_SYSCALL_64_after_hwframe", "do_syscall_64", "read_zero"]);
});

it("a call at the very end of a function returns to the next one", () => {
  expect(decodeInterruptedStack([inside(3), inside(2), inside(2, 0)], symbols)?.map(({ name }) => name)).toEqual(["do_syscall_64", "read_zero"]);
});

it("a thread that was not in the kernel", () => {
  expect(decodeInterruptedStack([inside(5), inside(4), inside(3)], symbols)).toEqual([]);
});

it("a stack that begins where the thread was interrupted", () => {
  expect(
    decodeStackBelow(
      [2, 1, 0].map((index) => inside(index)),
      symbols,
    )?.map(({ name }) => name),
  ).toEqual(names.slice(0, 3));
  // The newest address is that of an instruction, not of one that a call returns to.
  expect(decodeStackBelow([inside(2, 0)], symbols)?.map(({ name }) => name)).toEqual(["read_zero"]);
  expect(decodeStackBelow([], symbols)).toEqual([]);
  expect(decodeStackBelow([0x1000], symbols)).toBeNull();
});

it("says nothing of what it does not know", () => {
  expect(decodeInterruptedStack([inside(5), inside(4)], symbols)).toBeNull();
  expect(decodeInterruptedStack([inside(3), 0x1000], symbols)).toBeNull();
  expect(decodeInterruptedStack([], symbols)).toBeNull();
});
