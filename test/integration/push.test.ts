import { existsSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import type { Milliseconds } from "../../src/base/units.ts";
import { foreignDecoders } from "../support/foreign-decoders.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, startLynceus, temporaryFolder, waitFor } from "../support/lynceus.ts";
import { type Received, startProfileServer } from "../support/profile-server.ts";
import { loadRecorded } from "../support/recorded.ts";

/** What arrives at a server, byte by byte, and what becomes of it when the server is away. The decoders are the servers' own. */
const python = requireInterpreters().at(-1)!.path;
let decode: ReturnType<typeof foreignDecoders> = null;
beforeAll(() => void (decode = foreignDecoders()), 180_000);

/** Works for so many seconds, and takes a signal as it comes. */
const program =
  "import sys, time\nend = time.monotonic() + float(sys.argv[1])\ndef work():\n    while time.monotonic() < end:\n        sum(range(1000))\nwork()\n";

interface Pprof {
  readonly types: readonly string[];
  readonly comments: readonly string[] | null;
  readonly samples: readonly { readonly values: readonly [number, number]; readonly stack: readonly string[]; readonly labels: unknown }[];
}

function decodePprof(received: Received, path: string): Pprof {
  writeFileSync(path, received.body);
  return decode!("pprof", path) as Pprof;
}

describe("pushing to Pyroscope", () => {
  it("sends slices that follow on each other, with names, tenant and password", async (context) => {
    if (decode === null) return context.skip();
    using folder = temporaryFolder();
    await using server = await startProfileServer();
    writeFileSync(folder.file("app.py"), program);
    const url = `pyroscope+${server.origin.replace("//", "//joe:secret@")}/prefix`;
    const options = ["--push", url, "--push-every", "1s", "--push-label", "env=test", "--push-tenant", "t1", "--push-queue", folder.file("queue")];
    const ended = await lynceus(["run", ...options, "-o", folder.file("app.lyn"), python, "app.py", "3.2"], { cwd: folder.path });
    expect(ended).toMatchObject({ code: 0, out: "" });
    const count = server.received.length;
    expect(count).toBeGreaterThanOrEqual(3);
    expect(ended.err).toContain(`lynceus: pushed ${count} slices to Pyroscope at ${server.origin}/prefix/ingest\n`);
    expect(ended.err).not.toContain("secret");

    let [time, samples, until] = [0, 0, ""];
    for (const received of server.received) {
      expect(received.url.pathname).toBe("/prefix/ingest");
      expect(received.headers).toMatchObject({ authorization: `Basic ${Buffer.from("joe:secret").toString("base64")}`, "x-scope-orgid": "t1" });
      const query = Object.fromEntries(received.url.searchParams);
      expect(query).toMatchObject({ format: "pprof", sampleRate: "1000", spyName: "lynceus" });
      expect(decode("labels", query["name"]!)).toMatchObject({ __name__: "app", env: "test", host: expect.any(String), pid: expect.stringMatching(/^\d+$/) });
      if (until !== "") expect(query["from"]).toBe(until);
      until = query["until"]!;
      expect(Number(BigInt(until) - BigInt(query["from"]!))).toBeLessThan(2.5e9);
      const profile = decodePprof(received, folder.file("slice.pb.gz"));
      expect([profile.types, profile.comments]).toEqual([["samples/count", "wall/nanoseconds"], null]);
      for (const sample of profile.samples) {
        expect(sample.labels).toBeNull();
        samples += sample.values[0];
        time += sample.values[1];
      }
      expect(profile.samples.some(({ stack }) => stack.some((frame) => frame.startsWith("work|")))).toBe(true);
    }
    // All that was recorded arrived, and nothing twice.
    const recorded = loadRecorded(folder.file("app.lyn"));
    expect(samples).toBe(recorded.samples().length);
    expect(time).toBe(recorded.sum(recorded.samples()));
    expect(readdirSync(folder.file("queue")).flatMap((name) => readdirSync(join(folder.file("queue"), name)))).toEqual([]);
  });

  it("needs no file, and does not hold up the program when there is no server", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file("app.py"), program);
    const { port } = await closedPort();
    const options = ["--push", `pyroscope+http://127.0.0.1:${port}`, "--push-every", "1s", "--push-queue", folder.file("queue")];
    const ended = await lynceus(["run", ...options, python, "app.py", "2.2"], { cwd: folder.path });
    expect(ended.code).toBe(0);
    expect(ended.err).toMatch(/does not accept profiles: connection refused; the recording goes on\n/);
    const waiting = Number(/pushed 0 slices to .*; (\d+) wait: connection refused\n/.exec(ended.err)?.[1]);
    expect(waiting).toBeGreaterThanOrEqual(2);
    expect(readdirSync(folder.path).toSorted()).toEqual(["app.py", "queue"]);

    // Back again: what waits goes, once, the oldest first.
    await using server = await startProfileServer(undefined, port);
    const pushed = await lynceus(["push", `pyroscope+http://127.0.0.1:${port}`, "--push-queue", folder.file("queue")]);
    expect([pushed.code, pushed.err]).toEqual([0, `lynceus: pushed ${waiting} slices to Pyroscope at http://127.0.0.1:${port}/ingest\n`]);
    const again = await lynceus(["push", `pyroscope+http://127.0.0.1:${port}`, "--push-queue", folder.file("queue")]);
    expect([again.code, again.err]).toEqual([0, `lynceus: nothing waited for Pyroscope at http://127.0.0.1:${port}/ingest\n`]);
    const times = server.received.map(({ url }) => url.searchParams.get("from")!);
    expect(times).toHaveLength(waiting);
    expect(times).toEqual(times.toSorted());
  });

  it("tries again, when the server says; and gives up what it refuses", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file("app.py"), program);
    await using server = await startProfileServer((_, number) => {
      if (number === 0) return { status: 503, headers: { "retry-after": "1" } };
      if (number === 1) return null;
      if (number === 2) return { status: 422, headers: { "content-type": "text/plain" }, body: "too old\nfor us" };
      return { status: 200 };
    });
    const options = ["--push", server.origin + "/ingest", "--push-every", "1s", "--push-queue", folder.file("queue")];
    const ended = await lynceus(["run", ...options, python, "app.py", "4.5"], { cwd: folder.path });
    expect(ended.code).toBe(0);
    const slices = new Set(server.received.map(({ url }) => url.searchParams.get("from")));
    expect(server.received.length).toBe(slices.size + 2);
    expect(server.received.slice(0, 3).map(({ url }) => url.search)).toEqual(Array.from({ length: 3 }, () => server.received[0]!.url.search));
    expect(ended.err).toContain("does not accept profiles: 503 Service Unavailable; the recording goes on\n");
    expect(ended.err).toContain("accepts profiles again\n");
    expect(ended.err).toContain(`pushed ${slices.size - 1} slices to Pyroscope at ${server.origin}/ingest; 1 refused\n`);
  });

  it("sends what a killed one left", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file("app.py"), program);
    const { port } = await closedPort();
    const url = `pyroscope+http://127.0.0.1:${port}`;
    const options = ["--push", url, "--push-every", "1s", "--push-queue", folder.file("queue")];
    await using running = startLynceus(["run", ...options, python, "app.py", "30"], { cwd: folder.path });
    const slices = (): readonly string[] =>
      existsSync(folder.file("queue"))
        ? readdirSync(folder.file("queue")).flatMap((name) => readdirSync(join(folder.file("queue"), name)).filter((file) => file.endsWith(".slice")))
        : [];
    await waitFor(() => slices().length >= 2, "two slices");
    const target = childOf(running.pid);
    running.process.kill("SIGKILL");
    await running.exited;
    process.kill(target, "SIGKILL");
    const left = slices().length;
    // Its pid may be somebody's soon: files of the dead are left alone for 10 s.
    age(folder.file("queue"), 11_000);
    await using server = await startProfileServer(undefined, port);
    const pushed = await lynceus(["push", url, "--push-queue", folder.file("queue")]);
    expect([pushed.code, server.received.length]).toEqual([0, left]);
  });

  it("says what is wrong before anything is started", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file("file"), "");
    for (const [args, message] of [
      [["run", "--push", "localhost:4040", "touch", "started"], "localhost:4040 is no URL of a server"],
      [["run", "--push", "pyroscope+http://localhost", "--push-label", "x", "touch", "started"], "--push-label takes name=value"],
      [["run", "--push-every", "5", "touch", "started"], "--push-every goes with --push"],
      [["run", "--push", "pyroscope+http://localhost", "--push-every", "0.1", "touch", "started"], "--push-every must be from 1s to 1h"],
      [["run", "--push", "pyroscope+http://localhost", "--push-queue", folder.file("file"), "touch", "started"], "slices cannot wait in"],
      [["push", "app.lyn"], "there is no server to push to"],
      [["push", "nothing.lyn", "pyroscope+http://localhost"], "cannot read nothing.lyn"],
    ] as const) {
      const ended = await lynceus(args, { cwd: folder.path });
      expect(ended.code).toBeGreaterThanOrEqual(64);
      expect(ended.err).toContain(`lynceus: ${message}`);
    }
    expect(existsSync(folder.file("started"))).toBe(false);
  });
});

interface Attribute {
  readonly keyStrindex: number;
  readonly value: { readonly intValue?: string; readonly stringValueStrindex?: number };
}

describe("pushing to an OpenTelemetry collector", () => {
  it("sends a recording that is there already, and minds what was not taken", async (context) => {
    if (decode === null) return context.skip();
    using folder = temporaryFolder();
    writeFileSync(folder.file("app.py"), program);
    expect((await lynceus(["run", "-q", "-o", folder.file("app.lyn"), python, "app.py", "2.2"], { cwd: folder.path })).code).toBe(0);
    // A partial success: 1 rejected, "no room".
    await using server = await startProfileServer((_, number) => ({
      status: 200,
      body: number === 0 ? Uint8Array.from([0x0a, 0x0b, 0x08, 1, 0x12, 7, ...Buffer.from("no room")]) : "",
    }));
    const options = ["--push-service", "shop", "--push-label", "env=test", "--push-every", "1s", "--mode", "cpu", "--push-queue", folder.file("queue")];
    const pushed = await lynceus(["push", folder.file("app.lyn"), `otlp+${server.origin}`, ...options], { env: { OTEL_EXPORTER_OTLP_HEADERS: "x-key=abc" } });
    expect(pushed.code).toBe(73);
    expect(pushed.err).toContain(`pushed ${server.received.length - 1} slices to OpenTelemetry at ${server.origin}/v1development/profiles; 1 refused\n`);
    let time = 0;
    for (const { url, headers, body } of server.received) {
      expect(url.pathname).toBe("/v1development/profiles");
      expect(headers).toMatchObject({ "content-type": "application/x-protobuf", "content-encoding": "gzip", "x-key": "abc" });
      writeFileSync(folder.file("slice"), gunzipSync(body));
      expect(readFileSync(folder.file("slice")).includes("app.py\n")).toBe(false);
      const { resourceProfiles, dictionary } = decode("otlp", folder.file("slice")) as {
        resourceProfiles: { resource: { attributes: Attribute[] }; scopeProfiles: { profiles: { profileId?: string; samples: { values: string[] }[] }[] }[] }[];
        dictionary: { stringTable: string[] };
      };
      const text = (index = 0): string => dictionary.stringTable[index]!;
      const attributes = Object.fromEntries(
        resourceProfiles[0]!.resource.attributes.map(({ keyStrindex, value }) => [text(keyStrindex), value.intValue ?? text(value.stringValueStrindex)]),
      );
      expect(attributes).toMatchObject({ "service.name": "shop", env: "test", "process.runtime.name": "cpython" });
      expect(attributes["process.pid"]).toMatch(/^\d+$/);
      expect(Object.keys(attributes)).not.toContain("process.command_args");
      const [profile] = resourceProfiles[0]!.scopeProfiles[0]!.profiles;
      expect(profile!.profileId).toMatch(/^[\da-f]{32}$/);
      for (const { values } of profile!.samples) time += Number(values[0]);
    }
    const recorded = loadRecorded(folder.file("app.lyn"));
    const onCpu = recorded.samples((sample) => (recorded.profile.samples.state[sample]! & 1) === 1);
    expect(time).toBe(recorded.sum(onCpu, "cpu"));
  });
});

/** A port at which nobody listens. */
async function closedPort(): Promise<{ readonly port: number }> {
  await using server = await startProfileServer();
  return { port: server.port };
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

/** Makes the files in the folders below older than they are. */
function age(queue: string, by: Milliseconds): void {
  for (const name of readdirSync(queue)) {
    for (const file of readdirSync(join(queue, name))) {
      const time = new Date(statSync(join(queue, name, file)).mtimeMs - by);
      utimesSync(join(queue, name, file), time, time);
    }
  }
}
