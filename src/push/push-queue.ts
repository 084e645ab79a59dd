import { readFileSync, readdirSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ByteCount, Milliseconds, Pid } from "../base/units.ts";
import { makeFolder } from "../formats/files/make-folder.ts";
import type { PushRequest } from "./encode-slice.ts";

const suffix = ".slice";
const version = 1;
/** The file of a process that is gone may be taken over after this time; until then its program may be on its way out. */
const orphanAge: Milliseconds = 10_000;
/** In place of a process id: its process has left it to whoever comes. */
const nobody: Pid = 0;
/** Requests that wait in memory because the disk does not take them. */
const mostInMemory: ByteCount = 2 ** 23;

/** A request that waits, by its file's name. */
export interface QueuedSlice {
  readonly name: string;
  readonly request: Omit<PushRequest, "time">;
}

interface Waiting {
  readonly name: string;
  readonly size: ByteCount;
}

/**
 * Requests to one server, each a file, sent oldest first: `TIME-PID-NUMBER.slice`, a line of JSON and the body. Several
 * processes may share the folder. Each sends its own, and those that a dead one left behind: who renames a file has it. At most
 * `maxBytes` wait; the oldest give way. What the disk does not take waits in memory, for as long as we live.
 */
export class PushQueue {
  readonly folder: string;
  readonly #maxBytes: ByteCount;
  readonly #inMemory = new Map<string, PushRequest>();
  #number = 0;
  /** Slices that gave way to newer ones, or whose file could not be read. */
  dropped = 0;

  /** Makes the folder. Throws the system's error. */
  constructor(folder: string, maxBytes: ByteCount) {
    makeFolder(folder, 0o700);
    this.folder = folder;
    this.#maxBytes = maxBytes;
    // Finds out now that nothing can be written here.
    const probe = join(folder, `probe-${process.pid}`);
    writeFileSync(probe, "");
    unlinkSync(probe);
  }

  put(request: PushRequest): void {
    const name = `${String(Math.max(0, Math.round(request.time))).padStart(16, "0")}-${process.pid}-${this.#number++}${suffix}`;
    const head = JSON.stringify({ version, query: request.query, headers: request.headers });
    const temporary = join(this.folder, `${name}.tmp`);
    try {
      writeFileSync(temporary, Buffer.concat([Buffer.from(`${head}\n`), request.body]), { mode: 0o600 });
      renameSync(temporary, join(this.folder, name));
    } catch {
      removeIfThere(temporary);
      this.#inMemory.set(name, request);
    }
    this.#makeRoom();
  }

  /** The oldest that is ours, or nobody's any more; null: nothing waits. */
  next(): QueuedSlice | null {
    for (const { name } of this.#list()) {
      const own = this.#claim(name);
      if (own === null) continue;
      const request = this.#inMemory.get(own) ?? this.#read(own);
      if (request !== null) return { name: own, request };
      this.dropped++;
      removeIfThere(join(this.folder, own));
    }
    return null;
  }

  /** It was sent, or never will be. */
  remove(name: string): void {
    if (!this.#inMemory.delete(name)) removeIfThere(join(this.folder, name));
  }

  /** How many wait: ours, and those that we may take over. */
  get length(): number {
    return this.#list().filter(({ name }) => pidOf(name) === process.pid || this.#isOrphan(name)).length;
  }

  /** Leaves what waits to whoever comes next. */
  release(): void {
    for (const { name } of this.#list()) if (pidOf(name) === process.pid && !this.#inMemory.has(name)) this.#rename(name, nobody);
  }

  get inMemory(): number {
    return this.#inMemory.size;
  }

  #makeRoom(): void {
    const waiting = this.#list();
    let total = waiting.reduce((sum, { size }) => sum + size, 0);
    let inMemory = [...this.#inMemory.values()].reduce((sum, { body }) => sum + body.length, 0);
    for (const { name, size } of waiting) {
      const isInMemory = this.#inMemory.has(name);
      if (total <= this.#maxBytes && (inMemory <= mostInMemory || !isInMemory)) continue;
      if (pidOf(name) !== process.pid && !this.#isOrphan(name)) continue;
      this.remove(name);
      this.dropped++;
      total -= size;
      if (isInMemory) inMemory -= size;
    }
  }

  /** Oldest first. */
  #list(): readonly Waiting[] {
    const waiting: Waiting[] = [...this.#inMemory].map(([name, { body }]) => ({ name, size: body.length }));
    for (const name of namesIn(this.folder)) {
      if (/^\d{16}-\d{1,10}-\d{1,16}\.slice$/.test(name)) waiting.push({ name, size: sizeOf(join(this.folder, name)) });
    }
    return waiting.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The name under which it is ours; null when it is somebody else's. */
  #claim(name: string): string | null {
    if (pidOf(name) === process.pid) return name;
    if (!this.#isOrphan(name)) return null;
    return this.#rename(name, process.pid);
  }

  /** The new name; null when another one was quicker. */
  #rename(name: string, pid: Pid): string | null {
    const renamed = `${name.slice(0, 16)}-${pid}-${pid === nobody ? `${process.pid}${String(this.#number++).padStart(6, "0")}` : this.#number++}${suffix}`;
    try {
      renameSync(join(this.folder, name), join(this.folder, renamed));
      return renamed;
    } catch {
      return null;
    }
  }

  #isOrphan(name: string): boolean {
    if (pidOf(name) === nobody) return true;
    return !isAlive(pidOf(name)) && Date.now() - modifiedAt(join(this.folder, name)) > orphanAge;
  }

  #read(name: string): Omit<PushRequest, "time"> | null {
    try {
      const bytes = readFileSync(join(this.folder, name));
      const end = bytes.indexOf(0x0a);
      const head: unknown = JSON.parse(bytes.subarray(0, end).toString("utf8"));
      return isHead(head) ? { query: head.query, headers: head.headers, body: bytes.subarray(end + 1) } : null;
    } catch {
      return null;
    }
  }
}

interface Head {
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

function isHead(value: unknown): value is Head {
  if (typeof value !== "object" || value === null || !("version" in value) || value.version !== version) return false;
  if (!("query" in value) || typeof value.query !== "string" || !/^(?:\?[\x21-\x7e]*)?$/.test(value.query)) return false;
  if (!("headers" in value) || typeof value.headers !== "object" || value.headers === null) return false;
  return Object.entries(value.headers).every(
    ([name, text]) => /^content-(?:type|encoding)$/.test(name) && typeof text === "string" && /^[\x20-\x7e]*$/.test(text),
  );
}

function pidOf(name: string): Pid {
  return Number(name.split("-")[1]);
}

function isAlive(pid: Pid): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sizeOf(path: string): ByteCount {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Now, when it is not there any more. */
function modifiedAt(path: string): Milliseconds {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not.
  }
}
