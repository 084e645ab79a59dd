import type { ProcessImage } from "../base/memory.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { Address } from "../base/units.ts";
import { readDynamic } from "../elf/dynamic.ts";
import { findSection } from "../elf/elf-file.ts";
import { findSymbol } from "../elf/symbols.ts";
import { checkFrames, checkRuntime } from "./check-runtime.ts";
import { debugCookie, debugOffsetsSize, decodeDebugOffsets } from "./debug-offsets.ts";
import { versionFromConstants, versionFromModules, versionFromPath, versionFromSymbol } from "./find-version.ts";
import { KnownFiles } from "./known-files.ts";
import type { Layout } from "./layout.ts";
import { newestKnownMinor } from "./layouts/debug-offsets-shapes.ts";
import { layoutOf, tables } from "./layouts/registry.ts";
import { hasPythonName, loadedElfs, mappedFiles, type LoadedElf, type MappedFile } from "./mapped-files.ts";
import { readPiece } from "./objects/piece.ts";
import type { RuntimeLocation } from "./runtime-location.ts";
import { placesWithCookie, placesWithInterpreters } from "./scan-runtime.ts";
import { formatVersion } from "./version.ts";

export type FindFailure =
  /** No CPython in this process, or none yet: a program that starts has not mapped its libraries. */
  | { readonly kind: "not-python" }
  /** Before 3.8. `version` is "3.7.16", or "3.6" where the micro part could not be learned. */
  | { readonly kind: "too-old"; readonly version: string }
  /** A version, or a build of one, whose structures are not where we look for them. */
  | { readonly kind: "unknown-layout"; readonly version: string; readonly reason: string }
  /** CPython is there but has no running interpreter: it is starting (try again soon) or ending. */
  | { readonly kind: "not-initialised" }
  /** CPython is there and its memory may not be read. */
  | { readonly kind: "unreadable"; readonly what: string };

type Found = Result<RuntimeLocation, FindFailure>;

/**
 * Finds CPython in a process and the layout of its structures, and proves both: what is returned has been followed from
 * the runtime to interpreters, threads and back.
 *
 * By symbol (`_PyRuntime` is exported from every build), by section (`.PyRuntime`, 3.13 and later), or, when both have
 * been stripped, by a search of the executable's data. All files with code are considered, those with Python in their
 * names first: the interpreter may be the executable, a library, or have been started through the dynamic linker.
 * `known` is what was learned from other processes, and learns from this one.
 */
export function findRuntime(image: ProcessImage, known: KnownFiles = new KnownFiles()): Found {
  const { memory, mappings } = image;
  const files = mappedFiles(mappings);
  const isExecutable = (file: MappedFile): boolean => file.mappings.includes(mappings[0]!);
  const recalled = firstOf(files, (file) => recall(image, file, known));
  if (recalled?.ok === true || recalled?.error.kind === "not-initialised") return recalled;
  const unknown = files.filter((file) => !known.hasNothing(memory, file, isExecutable(file)));
  const loaded: (readonly LoadedElf[])[] = [];
  // Opened one after the other: mostly the first is it, and a process may have hundreds.
  function* all(): Generator<LoadedElf> {
    for (const [index, file] of unknown.entries()) yield* (loaded[index] ??= loadedElfs(image, file));
  }
  const found = firstOf(all(), (one) => findBySymbol(image, one, known)) ?? firstOf(all(), (one) => findByScan(image, one, known));
  if (found !== null) return found;
  for (const file of unknown) known.rememberNothing(memory, file, isExecutable(file));
  return fail({ kind: "not-python" });
}

/** Null when nothing is known of the file, or it is not true here. */
function recall(image: ProcessImage, file: MappedFile, known: KnownFiles): Found | null {
  const runtime = known.runtimeIn(image.memory, file);
  if (runtime === null) return null;
  const found = prove(image, file, file.mappings[0]!.start + runtime.offset, runtime.layout, runtime.version);
  return found.ok || found.error.kind === "not-initialised" ? found : null;
}

/** The first success; without one, the first failure that says something. Null when there is neither. */
function firstOf<One>(all: Iterable<One>, find: (one: One) => Found | null): Found | null {
  let failure: Found | null = null;
  for (const one of all) {
    const found = find(one);
    if (found?.ok) return found;
    failure ??= found;
  }
  return failure;
}

function findBySymbol(image: ProcessImage, loaded: LoadedElf, known: KnownFiles): Found | null {
  const { elf, bias } = loaded;
  const address = findSymbol(elf, "_PyRuntime")?.address ?? findSection(elf, ".PyRuntime")?.address;
  if (address !== undefined) return identify(image, loaded, bias + address, known);
  // 2.7 to 3.6 have no _PyRuntime.
  if (findSymbol(elf, "Py_GetVersion") !== null) {
    const version = versionFromConstants(loaded) ?? versionFromPath(loaded.file.path);
    if (version !== null && isTooOld(version)) return fail({ kind: "too-old", version: describe(version, loaded) });
  }
  const isWaiting =
    hasPythonName(loaded.file) &&
    (readDynamic(elf)?.needed ?? []).some((name) => name.startsWith("libpython") && !image.mappings.some(({ path }) => path.includes(name)));
  return isWaiting ? fail({ kind: "not-initialised" }) : null;
}

/** For files without symbols; only such as hold Python's constants are worth the search. */
function findByScan(image: ProcessImage, loaded: LoadedElf, known: KnownFiles): Found | null {
  const isExecutable = loaded.file.mappings.includes(image.mappings[0]!);
  if (!isExecutable && !hasPythonName(loaded.file)) return null;
  const version = versionFromConstants(loaded);
  if (version === null) return null;
  if (isTooOld(version)) return fail({ kind: "too-old", version: formatVersion(version) });
  const { memory, mappings } = image;
  const layout = layoutOf(version, loaded.elf.wordSize);
  const places = layout === null ? placesWithCookie(memory, mappings, loaded.file) : placesWithInterpreters(memory, mappings, loaded.file, layout);
  for (const address of places) {
    const found = layout === null ? identify(image, loaded, address, known) : prove(image, loaded.file, address, layout, formatVersion(version));
    if (found.ok) known.rememberRuntime(memory, loaded.file, address, found.value.layout, found.value.version);
    if (found.ok || found.error.kind === "not-initialised") return found;
  }
  return fail({ kind: "not-initialised" });
}

/** Which version the `_PyRuntime` at this address is of. */
function identify(image: ProcessImage, loaded: LoadedElf, address: Address, known: KnownFiles): Found {
  const { memory } = image;
  // The table is shorter than what it is part of; older runtimes may be shorter than the table and end at the end of memory.
  const view = readPiece(memory, address, debugOffsetsSize) ?? readPiece(memory, address, debugCookie.length);
  if (view === null) return fail({ kind: "unreadable", what: `_PyRuntime of ${loaded.file.path}` });
  const decoded = decodeDebugOffsets(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  // Worth knowing before there is an interpreter: a program that starts is asked again and again.
  const proveIt = (layout: Layout, version: number): Found => {
    known.rememberRuntime(memory, loaded.file, address, layout, formatVersion(version));
    return prove(image, loaded.file, address, layout, formatVersion(version));
  };
  if (decoded.ok) return proveIt(decoded.value, decoded.value.versionHex);
  if (decoded.error.kind !== "no-cookie") return fail(decoded.error);

  const version = versionFromSymbol(memory, loaded) ?? versionFromConstants(loaded);
  if (version === null) return tryAll(image, loaded, address);
  if (isTooOld(version)) return fail({ kind: "too-old", version: formatVersion(version) });
  const layout = layoutOf(version, loaded.elf.wordSize);
  if (layout === null) return fail({ kind: "unknown-layout", version: formatVersion(version), reason: "it does not describe its structures" });
  return proveIt(layout, version);
}

/** The file does not tell its version: its name may, and the interpreter itself does, once some layout leads into it. */
function tryAll(image: ProcessImage, loaded: LoadedElf, address: Address): Found {
  const named = versionFromPath(loaded.file.path);
  if (named !== null && isTooOld(named)) return fail({ kind: "too-old", version: describe(named, loaded) });
  const namedFirst = tables
    .filter(({ wordSize }) => wordSize === loaded.elf.wordSize)
    .sort((a, b) => Number(b.versionHex === named) - Number(a.versionHex === named));
  let failure: Found | null = null;
  for (const layout of namedFirst) {
    const found = prove(image, loaded.file, address, layout, describe(layout.versionHex, loaded));
    failure ??= found;
    if (!found.ok) continue;
    const version = versionFromModules(image.memory, found.value);
    const exact = version === null ? null : layoutOf(version, loaded.elf.wordSize);
    if (version !== null && exact !== null) return prove(image, loaded.file, address, exact, formatVersion(version));
    if (layout.versionHex === named) return found;
  }
  return failure ?? fail({ kind: "not-initialised" });
}

function prove({ memory }: ProcessImage, file: MappedFile, address: Address, layout: Layout, version: string): Found {
  const runtime: RuntimeLocation = { address, layout, version, path: file.path };
  // Each thread may run its own copy of a function's instructions, and no GIL orders what is read: see docs/limits.md.
  if (layout.freeThreaded) return fail({ kind: "unknown-layout", version, reason: "it is a free-threaded build, which is not supported" });
  const isUnseen = ((layout.versionHex >>> 16) & 0xff) > newestKnownMinor;
  let check = checkRuntime(memory, runtime);
  if (check === "sound" && isUnseen) check = checkFrames(memory, runtime);
  if (check === "sound") return ok(runtime);
  return fail(check === "empty" ? { kind: "not-initialised" } : { kind: "unknown-layout", version, reason: "its structures are not where they are expected" });
}

function isTooOld(versionHex: number): boolean {
  return versionHex < 0x0308_0000;
}

/** A version that was learned from a name has no micro part: "3.6". */
function describe(versionHex: number, { file }: LoadedElf): string {
  return versionHex === versionFromPath(file.path) ? `${versionHex >>> 24}.${(versionHex >>> 16) & 0xff}` : formatVersion(versionHex);
}
