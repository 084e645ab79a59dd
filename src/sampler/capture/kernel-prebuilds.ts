import { readFileSync } from "node:fs";
import { parseKernelObject, type KernelObject } from "./kernel-object.ts";

/** An object that is part of the package: `prebuilds/bpf/<name>.bpf.o`. The same path from src/ and from dist/. */
export function readShippedObject(name: string): KernelObject {
  const bytes = readFileSync(new URL(`../../../prebuilds/bpf/${name}.bpf.o`, import.meta.url));
  return parseKernelObject({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
}
