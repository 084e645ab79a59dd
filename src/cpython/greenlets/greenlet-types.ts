import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readModuleDict } from "../objects/attributes.ts";
import { dictEntries, findInDict } from "../objects/dicts.ts";
import { PagedMemory } from "../objects/paged-memory.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readString } from "../objects/strings.ts";
import { nameOfType, readTypeFlags, TypeFlag } from "../objects/types.ts";
import { readWeakReference } from "../objects/weak-references.ts";
import { readWord } from "../words.ts";

/** Of bases, one above the other, and of classes made from greenlets. */
const maxBases = 32;
const maxTypes = 4096;
const maxVersion = 64;
/** `PyGC_Head`, before every object that the garbage collector knows. */
const collectorWords = 2;

/** What is known of one class of greenlets. */
export interface GreenletType {
  /** Without the module: "Greenlet". */
  readonly name: string;
  /** What its own code makes of a greenlet. */
  readonly library: "gevent" | "gevent hub" | "eventlet" | null;
  /** gevent's part is compiled: its fields are no attributes, but follow those of greenlet. */
  readonly isCompiled: boolean;
}

/** `greenlet.greenlet` and the classes made from it, in one interpreter. */
export class GreenletTypes {
  readonly #layout: Layout;
  readonly base: Address;
  /** `greenlet.__version__`; "an unknown version" when it has none. */
  readonly version: string;
  /** `tp_basicsize` of `greenlet.greenlet`. */
  readonly basicSize: ByteCount;
  readonly #known = new Map<Address, GreenletType | null>();

  private constructor(layout: Layout, base: Address, version: string, basicSize: ByteCount) {
    this.#layout = layout;
    this.base = base;
    this.version = version;
    this.basicSize = basicSize;
  }

  /** Null: greenlet has not been imported there, or cannot be read at this moment. */
  static find(memory: MemoryReader, layout: Layout, interpreter: Address): GreenletTypes | null {
    const paged = new PagedMemory(memory);
    const modules = readPointer(paged, layout, interpreter + layout.interpreter.modules);
    const find = (module: string, name: string): Address | null => {
      const found = modules && findInDict(paged, layout, modules, module);
      const variables = found && readModuleDict(paged, layout, found);
      return variables && findInDict(paged, layout, variables, name);
    };
    const base = find("greenlet._greenlet", "greenlet");
    const size = base && readPointer(paged, layout, base + layout.objects.typeBasicSize);
    if (!base || !size) return null;
    const version = find("greenlet", "__version__");
    return new GreenletTypes(layout, base, (version && readString(paged, layout, version, maxVersion)) || "an unknown version", size);
  }

  /** Null: no greenlets are of this type. What was once told is remembered until `forget`. */
  of(memory: MemoryReader, type: Address): GreenletType | null {
    let known = this.#known.get(type);
    if (known === undefined) {
      known = this.#read(memory, type);
      if (this.#known.size >= maxTypes) this.#known.clear();
      this.#known.set(type, known);
    }
    return known;
  }

  /** Classes come and go: another one may be at the same address. */
  forget(): void {
    this.#known.clear();
  }

  /** All of them, with the size of their instances and of what lies before these. For those that cannot be told by their state. */
  all(memory: MemoryReader): ReadonlyMap<Address, { readonly size: ByteCount; readonly before: ByteCount }> {
    const { wordSize, objects } = this.#layout;
    const found = new Map<Address, { readonly size: ByteCount; readonly before: ByteCount }>();
    const open = [this.base];
    for (let type = open.pop(); type !== undefined && found.size < maxTypes; type = open.pop()) {
      const size = readPointer(memory, this.#layout, type + objects.typeBasicSize);
      const flags = readTypeFlags(memory, this.#layout, type);
      if (found.has(type) || size === null || flags === null) continue;
      const hasValues = (flags & TypeFlag.managedDict) !== 0;
      found.set(type, { size, before: (collectorWords + (hasValues ? 2 : 0)) * wordSize });
      // `tp_subclasses` comes after `tp_mro` and `tp_cache` (Include/cpython/object.h): weak references to classes, by their addresses.
      const subclasses = readPointer(memory, this.#layout, type + objects.typeMro + 2 * wordSize);
      for (const { value } of (subclasses && dictEntries(memory, this.#layout, subclasses, maxTypes)) || []) {
        const subclass = readWeakReference(memory, this.#layout, value);
        if (subclass) open.push(subclass);
      }
    }
    return found;
  }

  #read(memory: MemoryReader, first: Address): GreenletType | null {
    const { wordSize, objects } = this.#layout;
    let library: GreenletType["library"] = null;
    let isCompiled = false;
    let type = first;
    for (let count = 0; count < maxBases && type !== 0; count++) {
      const name = nameOfType(memory, this.#layout, type);
      const view = name === null ? null : readPiece(memory, type + objects.typeBase, wordSize);
      if (name === null || !view) return null;
      if (type === this.base) return { name: shortName(nameOfType(memory, this.#layout, first) ?? ""), library, isCompiled };
      if (shortName(name) === "SwitchOutGreenletWithLoop") library = "gevent hub";
      else if (shortName(name) === "Greenlet" && library === null) {
        library = "gevent";
        isCompiled = name.startsWith("gevent.");
      } else if (name === "GreenThread" && library === null) library = "eventlet";
      type = readWord(view, 0, wordSize);
    }
    return null;
  }
}

/** "gevent._gevent_cgreenlet.Greenlet" is "Greenlet". */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
