import fc from "fast-check";
import { expect, it } from "vitest";
import { parseKernelStack } from "./kernel-stack.ts";
import { KernelSymbols } from "./kernel-symbols.ts";

it("reads what the kernel says of a thread that waits", () => {
  const text = "[<0>] futex_do_wait+0x38/0x60\n[<0>] nfs_wait.isra.0+0x1/0x2 [nfs]\n[<0>] do_syscall_64+0x71/0x280\n[<0>] entry_SYSC";
  expect(parseKernelStack(text)).toEqual([
    { name: "do_syscall_64", module: "" },
    { name: "nfs_wait", module: "nfs" },
    { name: "futex_do_wait", module: "" },
  ]);
  expect(parseKernelStack("")).toEqual([]);
});

const symbols = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _text
ffffffff81000100 t first
ffffffff81000180 d data
ffffffffc0001000 t wait.constprop.0\t[nfs]
ffffffff81000200 W second
`;

it("finds the function that an address is in", () => {
  const known = KernelSymbols.parse(symbols)!;
  expect(known.find(0x80ff_ffff)).toBeNull();
  expect(known.find(0x8100_0000)?.name).toBe("_text");
  expect(known.find(0x8100_01ff)?.name).toBe("first");
  expect(known.find(0x8100_0200)?.name).toBe("second");
  expect(known.find(0xc000_1234)).toEqual({ name: "wait", module: "nfs" });
});

it("knows nothing where addresses are hidden", () => {
  expect(KernelSymbols.parse(symbols.replaceAll(/^\w{16}/gm, "0".repeat(16)))).toBeNull();
  expect(KernelSymbols.parse("")).toBeNull();
});

it("takes any text", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(symbols.length), (noise, at) => {
      parseKernelStack(noise);
      expect(() => KernelSymbols.parse(symbols.slice(0, at) + noise)?.find(0x8100_0100)).not.toThrow();
    }),
  );
});
