import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "../../../base/result.ts";
import type { BpfFailure } from "../../../os/bpf.ts";
import { parseKernelObject, type KernelObject } from "./kernel-object.ts";

const name = "prebuilds/bpf/lynceus.bpf.o";

/** The object that is part of the package. The same path from src/ and from dist/. Fails where the package is not whole. */
export function readShippedObject(): Result<KernelObject, BpfFailure> {
  try {
    const bytes = readFileSync(new URL(`../../../../${name}`, import.meta.url));
    return ok(parseKernelObject({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }));
  } catch (error) {
    return fail({ what: `read ${name}`, errno: 0, log: error instanceof Error ? error.message : String(error) });
  }
}
