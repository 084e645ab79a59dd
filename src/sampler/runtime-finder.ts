import { ok, type Result } from "../base/result.ts";
import type { Pid } from "../base/units.ts";
import { checkRuntime } from "../cpython/check-runtime.ts";
import { findRuntime, type FindFailure } from "../cpython/find-runtime.ts";
import { KnownFiles } from "../cpython/known-files.ts";
import type { RuntimeLocation } from "../cpython/runtime-location.ts";
import { openProcessImage } from "../os/process-image.ts";
import { RemoteMemory } from "../os/remote-memory.ts";

/**
 * Finds CPython in one process after another. What was learned from one is tried on the next, and proved there: a child
 * that was forked costs some twenty microseconds, a program that was seen before a tenth of a millisecond.
 */
export class RuntimeFinder {
  #files = new KnownFiles();

  /** `inherited`: of the parent, for a process that is a copy of it. */
  find(pid: Pid, inherited: RuntimeLocation | null = null): Result<RuntimeLocation, FindFailure> {
    if (inherited !== null && checkRuntime(new RemoteMemory(pid), inherited) === "sound") return ok(inherited);
    using image = openProcessImage(pid);
    if (image === null) return { ok: false, error: { kind: "unreadable", what: "its memory mappings" } };
    return findRuntime(image, this.#files);
  }

  /** Looks at everything anew, once: for a process in which what is known leads nowhere. */
  forget(): void {
    this.#files = new KnownFiles();
  }
}
