import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ByteSource, MemoryReader, ProcessImage } from "../../src/base/memory.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import { readInterpreters, readThreadStates } from "../../src/cpython/interpreters.ts";
import { readPiece, readPointer } from "../../src/cpython/objects/piece.ts";
import type { RuntimeLocation } from "../../src/cpython/runtime-location.ts";
import { openProcessImage, type OpenProcessImage } from "../../src/os/process-image.ts";
import { requireI686Interpreters, requireInterpreters, supportedMinors, type Interpreter } from "../support/interpreters.ts";
import { startTarget, type Target } from "../support/target.ts";

const folder = mkdtempSync(join(tmpdir(), "lynceus-find-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function imageOf(pid: number): OpenProcessImage {
  const image = openProcessImage(pid);
  if (image === null) throw new Error(`process ${pid} is gone`);
  return image;
}

/** What is found has to be what the program says of itself. */
function expectFound(image: ProcessImage, target: Target, interpreter: Interpreter): RuntimeLocation {
  const found = findRuntime(image);
  if (!found.ok) throw new Error(`${interpreter.version}: ${JSON.stringify(found.error)}`);
  const runtime = found.value;
  expect(runtime.version).toBe(interpreter.version);
  expect((runtime.layout.versionHex >>> 16) & 0xff).toBe(interpreter.minor);

  const [main, other, moduleCount] = target.ready.split(" ").map(Number);
  const interpreters = readInterpreters(image.memory, runtime) ?? [];
  expect(interpreters.map(({ id }) => id)).toEqual([0]);
  const threads = [...(readThreadStates(image.memory, runtime, interpreters[0]!) ?? new Map()).values()];
  expect(new Set(threads.map(({ threadId }) => threadId))).toEqual(new Set([main, other]));

  const { layout } = runtime;
  const modules = readPointer(image.memory, layout, interpreters[0]!.address + layout.interpreter.modules)!;
  expect(readPiece(image.memory, modules + layout.objects.dict.used, 4)?.getUint32(0, true)).toBe(moduleCount);
  return runtime;
}

/** The same memory with these bytes at `address`. */
function withBytes(memory: MemoryReader, address: number, bytes: readonly number[]): MemoryReader {
  return {
    read: (from, into) => {
      if (!memory.read(from, into)) return false;
      for (const [index, byte] of bytes.entries()) {
        const at = address + index - from;
        if (at >= 0 && at < into.length) into[at] = byte;
      }
      return true;
    },
  };
}

/** As if the linker's names were stripped too. */
function withoutSymbols(image: ProcessImage): ProcessImage {
  const hide = (source: ByteSource): ByteSource => ({
    size: source.size,
    read: (offset, length) => {
      const bytes = Buffer.from(source.read(offset, length));
      for (let at = bytes.indexOf("PyRuntime"); at >= 0; at = bytes.indexOf("PyRuntime", at + 1)) bytes[at] = 0x21;
      return bytes;
    },
  });
  return { memory: image.memory, mappings: image.mappings, openFile: (mapping) => hide(image.openFile(mapping) ?? { size: 0, read: () => new Uint8Array() }) };
}

/** The interpreter's executable, when it holds the runtime itself, and what a copy of it needs to run. */
function staticExecutable(interpreter: Interpreter): { path: string; env: Record<string, string> } | null {
  const [path, prefix] = execFileSync(interpreter.path, ["-c", "import sys; print(sys.executable); print(sys.base_prefix)"], { encoding: "utf8" })
    .trim()
    .split("\n");
  const executable = realpathSync(path!);
  const isStatic = !execFileSync("readelf", ["-d", executable], { encoding: "utf8" }).includes("libpython");
  return isStatic ? { path: executable, env: { PYTHONHOME: prefix! } } : null;
}

const everyPython = [...requireInterpreters(), ...requireI686Interpreters([11])];

describe.each(everyPython)("CPython $version, words of $wordSize bytes", (interpreter) => {
  it("is found, with its threads and modules", async () => {
    await using target = await startTarget(interpreter, "identity.py");
    using image = imageOf(target.pid);
    expectFound(image, target, interpreter);
  });

  it("is found without symbols", async () => {
    await using target = await startTarget(interpreter, "identity.py");
    using image = imageOf(target.pid);
    const { address } = expectFound(image, target, interpreter);
    expect(expectFound(withoutSymbols(image), target, interpreter).address).toBe(address);
  });

  it("is found without symbols when there are sub-interpreters", async () => {
    await using target = await startTarget(interpreter, "subinterpreters.py");
    using image = imageOf(target.pid);
    const expected = findRuntime(image);
    expect(expected.ok && readInterpreters(image.memory, expected.value)!.length).toBeGreaterThan(1);
    expect(findRuntime(withoutSymbols(image))).toEqual(expected);
  });

  it.runIf(interpreter.minor >= 13)("is read as a version of the future, unless its table has another shape", async () => {
    await using target = await startTarget(interpreter, "identity.py");
    using image = imageOf(target.pid);
    const { address, layout } = expectFound(image, target, interpreter);
    const isNewest = interpreter.minor === Math.max(...supportedMinors);
    // The micro, minor and major version.
    const memory = withBytes(image.memory, address + 9, [7, 31, 3]);
    const found = findRuntime({ memory, mappings: image.mappings, openFile: image.openFile.bind(image) });
    if (isNewest) expect(found).toMatchObject({ ok: true, value: { address, version: "3.31.7", layout: { thread: layout.thread } } });
    else expect(found).toMatchObject({ ok: false, error: { kind: "unknown-layout", version: "3.31.7" } });
  });

  it.runIf(interpreter.minor >= 13)("is said to be unsupported as a free-threaded build", async () => {
    await using target = await startTarget(interpreter, "identity.py");
    using image = imageOf(target.pid);
    const { address } = expectFound(image, target, interpreter);
    const found = findRuntime({ memory: withBytes(image.memory, address + 16, [1]), mappings: image.mappings, openFile: image.openFile.bind(image) });
    expect(found).toMatchObject({
      ok: false,
      error: { kind: "unknown-layout", version: interpreter.version, reason: expect.stringContaining("free-threaded") as string },
    });
  });

  it("is found without its files, by what is mapped of them", async () => {
    await using target = await startTarget(interpreter, "identity.py");
    using image = imageOf(target.pid);
    expectFound({ memory: image.memory, mappings: image.mappings, openFile: () => null }, target, interpreter);
  });

  it("is found when it was started through the dynamic linker", async () => {
    const executable = realpathSync(execFileSync(interpreter.path, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim());
    const linker = /interpreter: (.*)\]/.exec(execFileSync("readelf", ["-lW", executable], { encoding: "utf8" }))![1]!;
    const home = execFileSync(interpreter.path, ["-c", "import sys; print(sys.base_prefix)"], { encoding: "utf8" }).trim();
    await using target = await startTarget({ path: linker }, "identity.py", [], { pythonArguments: [executable], env: { PYTHONHOME: home } });
    using image = imageOf(target.pid);
    expectFound(image, target, interpreter);
  });

  // The 32-bit ones are patched to find their loader, by a tool whose output is no program any more when it is stripped.
  it.runIf(interpreter.wordSize === 8)("is found when its file was stripped, and deleted while it ran", async () => {
    const original = staticExecutable(interpreter);
    const copy = join(folder, original === null ? "" : "renamed", `copy-${interpreter.minor}`);
    execFileSync("mkdir", ["-p", copy]);
    let target: Target;
    if (original === null) {
      // The library takes the place of the interpreter's own, because it has the same name.
      const library = execFileSync(interpreter.path, ["-c", "print(next(l.split()[-1] for l in open('/proc/self/maps') if 'libpython' in l))"], {
        encoding: "utf8",
      }).trim();
      const stripped = join(copy, basename(library));
      execFileSync("strip", ["-s", "-o", stripped, library]);
      target = await startTarget(interpreter, "identity.py", [], { env: { LD_PRELOAD: stripped } });
    } else {
      const stripped = join(copy, "program");
      copyFileSync(original.path, stripped);
      execFileSync("strip", ["-s", stripped]);
      target = await startTarget({ path: stripped }, "identity.py", [], { env: original.env });
    }
    await using running = target;
    rmSync(copy, { recursive: true });
    using image = imageOf(running.pid);
    expect(image.mappings.some(({ path }) => path.startsWith(copy) && path.endsWith(" (deleted)"))).toBe(true);
    expect(expectFound(image, running, interpreter).path.startsWith(copy)).toBe(true);
  });

  it("is 'not yet' and then there while it starts", async () => {
    const child = spawn(interpreter.path, ["-c", "import time; time.sleep(600)"], { stdio: "ignore" });
    try {
      const seen = new Set<string>();
      const deadline = Date.now() + 20_000;
      while (!seen.has("found") && Date.now() < deadline) {
        using image = openProcessImage(child.pid!);
        const found = image === null ? null : findRuntime(image);
        if (found !== null) seen.add(found.ok ? "found" : found.error.kind);
        await new Promise((wake) => setTimeout(wake, 1));
      }
      seen.delete("not-initialised");
      seen.delete("not-python");
      expect([...seen]).toEqual(["found"]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("is unreadable when its memory is, and nothing found in garbage is believed", async () => {
    await using target = await startTarget(interpreter, "identity.py");
    using image = imageOf(target.pid);
    const { mappings } = image;
    const openFile = image.openFile.bind(image);
    expect(findRuntime({ mappings, openFile, memory: { read: () => false } })).toMatchObject({ ok: false, error: { kind: "unreadable" } });

    let state = 1;
    const garbage = (bound: number) => (_address: number, into: Uint8Array) => {
      for (let at = 0; at < into.length; at++) into[at] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % bound;
      return true;
    };
    for (const bound of [256, 2, 1]) expect(findRuntime({ mappings, openFile, memory: { read: garbage(bound) } }).ok).toBe(false);
    // Every pointer leads to itself: lists without end.
    const circle = {
      read: (address: number, into: Uint8Array) => {
        for (let at = 0; at + 8 <= into.length; at += 8) new DataView(into.buffer, into.byteOffset).setBigUint64(at, BigInt(Math.floor(address / 8) * 8), true);
        return true;
      },
    };
    expect(findRuntime({ mappings, openFile, memory: circle }).ok).toBe(false);
  });
});

const pyenv = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
const tooOld = (existsSync(pyenv) ? readdirSync(pyenv) : []).filter((version) => /^(2\.7|3\.[67])\.\d+$/.test(version));

it.skipIf(tooOld.length === 0).each(tooOld)("CPython %s is too old, and said to be", async (version) => {
  await using target = await startTarget({ path: join(pyenv, version, "bin/python") }, "identity.py");
  using image = imageOf(target.pid);
  expect(findRuntime(image)).toEqual({ ok: false, error: { kind: "too-old", version } });
});

it.each([
  ["sleep", ["600"]],
  [process.execPath, ["-e", "setTimeout(() => {}, 600000)"]],
])("%s is not Python", async (command, args) => {
  const child = spawn(command, args, { stdio: "ignore" });
  try {
    await new Promise((wake) => setTimeout(wake, 300));
    using image = imageOf(child.pid!);
    expect(findRuntime(image)).toEqual({ ok: false, error: { kind: "not-python" } });
  } finally {
    child.kill("SIGKILL");
  }
});
