import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount, ByteOffset } from "../../base/units.ts";
import { JsonReader } from "../json/json-reader.ts";
import { type Json, object } from "../recording/decode-rows.ts";

/** Where each column of a table is, by its name. */
export type TableIndex = ReadonlyMap<string, ByteOffset>;

/** The tables that stacks are made of; of all threads in newer files, of each thread in older ones. */
export interface TablesIndex {
  strings: ByteOffset | null;
  readonly tables: Map<string, TableIndex>;
}

export interface ThreadIndexEntry {
  readonly own: TablesIndex;
  name: string;
  pid: string;
  tid: string;
  lynceus: Json | null;
  samples: TableIndex;
  weightType: string;
}

export interface GeckoIndex {
  readonly meta: Json;
  readonly shared: TablesIndex;
  readonly threads: readonly ThreadIndexEntry[];
}

const maxMetaLength: ByteCount = 2 ** 24;
const maxThreads = 2 ** 17;
const tableNames = ["stackTable", "frameTable", "funcTable", "sources"] as const;

/** Goes once through the file. Throws `bad-recording`. */
export function indexGecko(source: ByteSource): GeckoIndex {
  const reader = new JsonReader(source);
  let meta: Json | null = null;
  const shared: TablesIndex = { strings: null, tables: new Map() };
  const threads: ThreadIndexEntry[] = [];
  reader.members(
    new Map([
      ["meta", () => void (meta = object(reader.value(maxMetaLength)))],
      ["shared", () => reader.members(new Map(tableHandlers(reader, shared)))],
      [
        "threads",
        () => {
          reader.beginArray();
          while (reader.hasElement()) {
            threads.push(indexThread(reader));
            if (threads.length > maxThreads) throw new LynceusError("bad-recording", `there are more than ${maxThreads} threads`);
          }
        },
      ],
    ]),
  );
  const found = meta as Json | null;
  if (found === null) throw new LynceusError("bad-recording", "there is no meta in it");
  if (typeof found["preprocessedProfileVersion"] !== "number") {
    throw new LynceusError("bad-recording", "this is a profile as Firefox itself saves it", { hint: "open it in profiler.firefox.com and save it from there" });
  }
  return { meta: found, shared, threads };
}

function indexThread(reader: JsonReader): ThreadIndexEntry {
  const thread: ThreadIndexEntry = {
    own: { strings: null, tables: new Map() },
    name: "",
    pid: "0",
    tid: "0",
    lynceus: null,
    samples: new Map(),
    weightType: "samples",
  };
  const word = (): string => (reader.kind() === "string" ? reader.string() : reader.kind() === "number" ? String(reader.number()) : (reader.skip(), ""));
  reader.members(
    new Map<string, () => void>([
      ...tableHandlers(reader, thread.own),
      ["name", () => void (thread.name = word())],
      ["pid", () => void (thread.pid = word())],
      ["tid", () => void (thread.tid = word())],
      ["lynceus", () => void (thread.lynceus = object(reader.value(maxMetaLength)))],
      ["samples", () => void (thread.samples = indexTable(reader, new Map([["weightType", () => void (thread.weightType = word())]])))],
    ]),
  );
  return thread;
}

function tableHandlers(reader: JsonReader, into: TablesIndex): [string, () => void][] {
  const strings = (): void => void (into.strings = listAt(reader));
  return [
    ["stringArray", strings],
    ["stringTable", strings],
    ...tableNames.map((name): [string, () => void] => [name, () => void into.tables.set(name, indexTable(reader))]),
  ];
}

function indexTable(reader: JsonReader, handlers: ReadonlyMap<string, () => void> = new Map()): TableIndex {
  const columns = new Map<string, ByteOffset>();
  if (reader.kind() !== "object") {
    reader.skip();
    return columns;
  }
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    const handler = handlers.get(key);
    if (handler !== undefined) {
      handler();
      continue;
    }
    const offset = listAt(reader);
    if (offset !== null && columns.size < 100) columns.set(key, offset);
  }
  return columns;
}

/** Skips it. Null when it is no list. */
function listAt(reader: JsonReader): ByteOffset | null {
  const isList = reader.kind() === "array";
  const { offset } = reader;
  reader.skip();
  return isList ? offset : null;
}
