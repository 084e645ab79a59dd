import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDebugOffsets } from "./debug-offsets.ts";
import { shapeOf } from "./layouts/debug-offsets-shapes.ts";

/** `_Py_DebugOffsets` of real versions, in hexadecimal, as test/layout-probe prints them. */
const saved = JSON.parse(readFileSync(new URL("../../test/fixtures/debug-offsets.json", import.meta.url), "utf8")) as Record<
  string,
  Partial<Record<"release" | "free-threaded" | "i686", string>>
>;
const tables = Object.entries(saved).flatMap(([version, builds]) =>
  Object.entries(builds).map(([build, hex]) => ({ version, build, bytes: new Uint8Array(Buffer.from(hex, "hex")) })),
);

function withVersion(bytes: Uint8Array, versionHex: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(8, BigInt(versionHex), true);
  return copy;
}

describe.each(tables)("$version $build", ({ version, build, bytes }) => {
  const minor = Number(version.split(".")[1]);

  it("gives a layout", () => {
    const layout = decodeDebugOffsets(bytes);
    expect(layout).toMatchObject({ ok: true, value: { wordSize: build === "i686" ? 4 : 8, freeThreaded: build === "free-threaded" } });
  });

  it("is told apart from every shape that has one field more or less", () => {
    // From the second field of the first structure to the last anchor: what is behind it is not used.
    const shape = shapeOf(minor);
    const last = shape.indexOf(minor === 13 ? "unicode_object.state" : "llist_node.prev");
    for (let index = 3; index < last; index++) {
      const at = 8 + 8 * index;
      const shorter = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 8), ...new Uint8Array(8)]);
      expect(decodeDebugOffsets(shorter), `without ${shape[index]}`).toMatchObject({ ok: false });
      const longer = new Uint8Array([...bytes.subarray(0, at), 24, 0, 0, 0, 0, 0, 0, 0, ...bytes.subarray(at)]);
      expect(decodeDebugOffsets(longer), `with one before ${shape[index]}`).toMatchObject({ ok: false });
    }
  });

  it("is never a crash when damaged", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 20 }), (damage) => {
        const copy = bytes.slice();
        for (const [at, byte] of damage) copy[at] = byte;
        decodeDebugOffsets(copy);
      }),
    );
  });
});

it("reads a version of the future by the newest shape", () => {
  const newest = tables.findLast(({ build }) => build === "release")!.bytes;
  const future = decodeDebugOffsets(withVersion(newest, 0x031200f0));
  const known = decodeDebugOffsets(newest);
  expect(future.ok && known.ok && { ...future.value, versionHex: known.value.versionHex }).toEqual(known.ok && known.value);
});

it("names the version whose table it does not understand", () => {
  const oldShape = tables[0]!.bytes;
  expect(decodeDebugOffsets(withVersion(new Uint8Array([...oldShape, ...new Uint8Array(400)]), 0x031000f0))).toMatchObject({
    ok: false,
    error: { kind: "unknown-layout", version: "3.16.0" },
  });
});

it("wants the cookie", () => {
  expect(decodeDebugOffsets(new Uint8Array(2000))).toEqual({ ok: false, error: { kind: "no-cookie" } });
});
