import { readFileSync } from "node:fs";
import { parseKernelObject, type KernelObject } from "./kernel-object.ts";

/** The object that is part of the package. The same path from src/ and from dist/. */
export function readShippedObject(): KernelObject {
  const bytes = readFileSync(new URL("../../../../prebuilds/bpf/lynceus.bpf.o", import.meta.url));
  return parseKernelObject({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
}
