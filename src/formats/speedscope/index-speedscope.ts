import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount, ByteOffset } from "../../base/units.ts";
import type { RecordingMeta } from "../../profile/tables.ts";
import { JsonReader } from "../json/json-reader.ts";
import { type OwnData, decodeOwnData } from "../own-data.ts";
import { object } from "../recording/decode-rows.ts";
import type { ThreadIdentity } from "./thread-names.ts";

/** Where in a file what is. */
export interface FileIndex {
  readonly meta: RecordingMeta;
  /** Null in files of others. */
  readonly own: OwnData | null;
  readonly frames: ByteOffset | null;
  readonly profiles: readonly ProfileIndex[];
}

export interface ProfileIndex {
  readonly name: string;
  readonly unit: string;
  /** Lynceus says whose it is. */
  readonly thread: ThreadIdentity | null;
  readonly samples: ByteOffset | null;
  readonly weights: ByteOffset | null;
  readonly known: ByteOffset | null;
  readonly state: ByteOffset | null;
  /** Of the other kind of profile, which has events instead of samples. */
  readonly events: ByteOffset | null;
}

const maxProfiles = 2 ** 17;
const maxOwnLength: ByteCount = 2 ** 22;

/** Goes once through the file: columns stand in any order, the frames often last. */
export function indexSpeedscope(source: ByteSource): FileIndex {
  const reader = new JsonReader(source);
  const profiles: ProfileIndex[] = [];
  let frames: ByteOffset | null = null;
  let exporter = "";
  let own = null as OwnData | null;
  reader.members(
    new Map([
      ["exporter", () => void (exporter = reader.orNull(() => reader.string()) ?? "")],
      ["lynceus", () => void (own = decodeOwnData(reader.value(maxOwnLength)))],
      ["shared", () => reader.members(new Map([["frames", () => void (frames = skipped(reader))]]))],
      [
        "profiles",
        () => {
          reader.beginArray();
          while (reader.hasElement()) {
            profiles.push(indexProfile(reader));
            if (profiles.length > maxProfiles) throw new LynceusError("bad-recording", `there are more than ${maxProfiles} profiles`);
          }
        },
      ],
    ]),
  );
  const times = profiles.filter(({ unit }) => unit !== "bytes");
  if (times.length === 0 && profiles.length > 0) throw new LynceusError("bad-recording", "this is a profile of memory, which cannot be read");
  return {
    meta: own?.meta ?? foreignMeta(exporter, times),
    own,
    frames,
    profiles: withoutDoubles(times),
  };
}

function indexProfile(reader: JsonReader): ProfileIndex {
  const texts = { name: "", unit: "none" };
  const offsets = { samples: null, weights: null, known: null, state: null, events: null } as Record<
    "samples" | "weights" | "known" | "state" | "events",
    number | null
  >;
  let thread: ThreadIdentity | null = null;
  reader.members(
    new Map([
      ["name", () => void (texts.name = reader.string())],
      ["unit", () => void (texts.unit = reader.string())],
      ["lynceus", () => void (thread = threadFrom(object(reader.value(maxOwnLength))))],
      ...(Object.keys(offsets) as (keyof typeof offsets)[]).map((name): [string, () => void] => [name, () => void (offsets[name] = skipped(reader))]),
    ]),
  );
  return { ...texts, ...offsets, thread };
}

/** Austin's converter makes a profile of CPU time beside the one of wall time: the same samples again. */
function withoutDoubles(profiles: readonly ProfileIndex[]): readonly ProfileIndex[] {
  const names = new Set(profiles.map(({ name }) => name));
  return profiles.filter(({ name }) => !name.startsWith("CPU time profile for ") || !names.has(name.replace("CPU", "Wall")));
}

function foreignMeta(exporter: string, profiles: readonly ProfileIndex[]): RecordingMeta {
  const isCpu = profiles.length > 0 && profiles.every(({ name }) => name.startsWith("CPU time profile for "));
  const extra: Readonly<Record<string, string>> = profiles.some(({ unit }) => unit === "none") ? { "speedscope.weights": "taken for microseconds" } : {};
  return { creator: exporter || "speedscope", startedAt: 0, interval: 0, mode: isCpu ? "cpu" : "wall", command: [], host: "", system: "", extra };
}

function threadFrom(row: Readonly<Record<string, unknown>>): ThreadIdentity {
  const id = (name: string): number => {
    const value = row[name];
    return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
  };
  const { name } = row;
  return { pid: id("pid"), interpreter: id("interpreter"), tid: id("tid"), name: typeof name === "string" ? name : "" };
}

function skipped(reader: JsonReader): ByteOffset {
  const { offset } = reader;
  reader.skip();
  return offset;
}
