import type { ByteSource } from "../../../base/memory.ts";
import { fail, ok, type Result } from "../../../base/result.ts";
import type { ByteOffset } from "../../../base/units.ts";
import { readElf, SectionType, type ElfFile, type Section } from "../../../elf/elf-file.ts";
import { createMap, loadProgram, type BpfFailure, type BpfMap, type BpfProgram, type MapShape, type ProgramKind } from "../../../os/bpf.ts";

/** An object file of `bpf/`: what `clang -target bpf` makes of one of its sources. */
export interface KernelObject {
  readonly licence: string;
  readonly maps: ReadonlyMap<string, MapShape>;
  readonly programs: ReadonlyMap<string, ProgramText>;
}

interface ProgramText {
  readonly kind: ProgramKind;
  readonly instructions: Uint8Array;
  /** Where an instruction wants a map's file descriptor, and which map. */
  readonly mapUses: readonly { readonly offset: ByteOffset; readonly map: string }[];
}

/** `struct map` in bpf/kernel.h: five u32. */
const mapSize = 20;
const relocations = 9; // SHT_REL
const R_BPF_64_64 = 1;
/** In the second byte of an instruction, above the destination register: "the immediate is a map's file descriptor". */
const BPF_PSEUDO_MAP_FD = 1 << 4;
const programKinds: readonly ProgramKind[] = ["raw_tracepoint", "perf_event"];

/** Parses our own object. Throws when it is not one: then the package is damaged. */
export function parseKernelObject(source: ByteSource): KernelObject {
  const elf = readElf(source);
  if (elf === null) throw new Error("not an ELF file");
  const symbols = readSymbols(elf);
  const mapsIndex = elf.sections.findIndex(({ name }) => name === "maps");
  const mapNames = symbols.filter(({ section }) => section === mapsIndex && mapsIndex >= 0);
  const shapes = mapsIndex < 0 ? null : viewOf(bytesOf(elf, elf.sections[mapsIndex]));
  const maps = new Map(mapNames.map(({ name, value }) => [name, readShape(shapes!, value)]));
  const programs = new Map<string, ProgramText>();
  for (const section of elf.sections) {
    // "perf_event/clock_capture"
    const [prefix, program = ""] = section.name.split("/");
    const kind = programKinds.find((known) => known === prefix);
    if (kind === undefined) continue;
    const table = elf.sections.find(({ name, type }) => type === relocations && name === `.rel${section.name}`);
    const mapUses = table === undefined ? [] : readMapUses(viewOf(bytesOf(elf, table)), symbols, maps);
    programs.set(program, { kind, instructions: bytesOf(elf, section), mapUses });
  }
  const licence = Buffer.from(
    bytesOf(
      elf,
      elf.sections.find(({ name }) => name === "license"),
    ),
  )
    .toString("latin1")
    .replace(/\0.*$/s, "");
  return { licence, maps, programs };
}

/** An object in the kernel. `close()` lets go of it; the end of the process does, too. */
export class LoadedObject implements Disposable {
  readonly #maps: ReadonlyMap<string, BpfMap>;
  readonly #programs: ReadonlyMap<string, BpfProgram>;

  private constructor(maps: ReadonlyMap<string, BpfMap>, programs: ReadonlyMap<string, BpfProgram>) {
    this.#maps = maps;
    this.#programs = programs;
  }

  /** Loads the programs named, and creates the maps that they use; `entries` for those whose size the object leaves open. */
  static load(object: KernelObject, names: readonly string[], entries: Readonly<Record<string, number>> = {}): Result<LoadedObject, BpfFailure> {
    const maps = new Map<string, BpfMap>();
    const programs = new Map<string, BpfProgram>();
    const loaded = new LoadedObject(maps, programs);
    const used = new Set(names.flatMap((name) => object.programs.get(name)?.mapUses.map(({ map }) => map) ?? []));
    for (const [name, shape] of object.maps) {
      if (!used.has(name)) continue;
      const map = createMap(name, { ...shape, maxEntries: shape.maxEntries || (entries[name] ?? 0) });
      if (!map.ok) return loaded.#giveUp(map.error);
      maps.set(name, map.value);
    }
    for (const name of names) {
      const text = object.programs.get(name);
      if (text === undefined) throw new Error(`no program ${name}`);
      const program = loadProgram(name, text.kind, link(text, maps), object.licence);
      if (!program.ok) return loaded.#giveUp(program.error);
      programs.set(name, program.value);
    }
    return ok(loaded);
  }

  map(name: string): BpfMap {
    return this.#maps.get(name)!;
  }

  program(name: string): BpfProgram {
    return this.#programs.get(name)!;
  }

  close(): void {
    for (const part of [...this.#programs.values(), ...this.#maps.values()]) part.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #giveUp(error: BpfFailure): Result<LoadedObject, BpfFailure> {
    this.close();
    return fail(error);
  }
}

/** Puts the maps' file descriptors where the program names them. */
function link({ instructions, mapUses }: ProgramText, maps: ReadonlyMap<string, BpfMap>): Uint8Array {
  const linked = instructions.slice();
  const view = viewOf(linked);
  for (const { offset, map } of mapUses) {
    linked[offset + 1] = linked[offset + 1]! | BPF_PSEUDO_MAP_FD;
    view.setInt32(offset + 4, maps.get(map)!.fd, true);
  }
  return linked;
}

interface ObjectSymbol {
  readonly name: string;
  readonly section: number;
  readonly value: number;
}

function readSymbols(elf: ElfFile): ObjectSymbol[] {
  const table = elf.sections.find(({ type }) => type === SectionType.symbols);
  const view = viewOf(bytesOf(elf, table));
  const strings = Buffer.from(bytesOf(elf, elf.sections[table?.link ?? -1]));
  return Array.from({ length: view.byteLength / 24 }, (_, index) => {
    const at = index * 24;
    const start = view.getUint32(at, true);
    return { name: strings.toString("latin1", start, strings.indexOf(0, start)), section: view.getUint16(at + 6, true), value: view.getUint32(at + 8, true) };
  });
}

function readMapUses(view: DataView, symbols: readonly ObjectSymbol[], maps: ReadonlyMap<string, MapShape>): { offset: ByteOffset; map: string }[] {
  return Array.from({ length: view.byteLength / 16 }, (_, index) => {
    const at = index * 16;
    const map = symbols[view.getUint32(at + 12, true)]?.name ?? "";
    if (view.getUint32(at + 8, true) !== R_BPF_64_64 || !maps.has(map)) throw new Error("a relocation that is not of a map");
    return { offset: view.getUint32(at, true), map };
  });
}

function readShape(view: DataView, at: ByteOffset): MapShape {
  if (at + mapSize > view.byteLength) throw new Error("a map that is not in its section");
  const [type, keySize, valueSize, maxEntries, flags] = Array.from({ length: 5 }, (_, index) => view.getUint32(at + index * 4, true));
  return { type: type!, keySize: keySize!, valueSize: valueSize!, maxEntries: maxEntries!, flags: flags! };
}

/** A copy of its own, so that it may be changed and lies at a place of its own. */
function bytesOf(elf: ElfFile, section: Section | undefined): Uint8Array {
  if (section === undefined) throw new Error("a section is missing");
  const bytes = elf.source.read(section.offset, section.size);
  if (bytes.length !== section.size) throw new Error(`section ${section.name} is cut off`);
  return new Uint8Array(bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
