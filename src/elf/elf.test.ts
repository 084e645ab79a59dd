import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { sourceOf } from "../../test/support/byte-source.ts";
import { readBuildId } from "./build-id.ts";
import { readDynamic } from "./dynamic.ts";
import { fileOffsetOf, findSection, loadBias, readElf, SegmentType, type ElfFile } from "./elf-file.ts";
import { findSymbol } from "./symbols.ts";

const folder = mkdtempSync(join(tmpdir(), "lynceus-elf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Shared objects with one exported and one local symbol, made by the assembler and linker for both word sizes. */
function link(bits: 32 | 64, ...options: string[]): Uint8Array<ArrayBuffer> {
  const [object, output] = [join(folder, `${bits}.o`), join(folder, `${bits}.so`)];
  const source = '.data\n.globl exported\n.type exported,@object\n.size exported,12\nexported: .long 1,2,3\nlocal_one: .long 4\n.section .mark,"aw"\n.long 5\n';
  execFileSync("as", [`--${bits}`, "-o", object, "-"], { input: source });
  execFileSync("ld", [
    "-m",
    bits === 32 ? "elf_i386" : "elf_x86_64",
    "-shared",
    "-soname",
    "libmade.so.1",
    "--build-id=0x0123456789abcdef",
    "-o",
    output,
    object,
    ...options,
  ]);
  return new Uint8Array(readFileSync(output));
}

function parsed(bytes: Uint8Array): ElfFile {
  const elf = readElf(sourceOf(bytes));
  if (elf === null) throw new Error("not read as ELF");
  return elf;
}

/** Without section headers: what sstrip leaves. */
function withoutSections(bytes: Uint8Array<ArrayBuffer>, wordSize: 4 | 8): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let at = 0; at < wordSize; at += 4) view.setUint32(24 + 2 * wordSize + at, 0, true);
  view.setUint16(24 + 3 * wordSize + 10, 0, true);
  view.setUint16(24 + 3 * wordSize + 12, 0, true);
  return copy;
}

/** Everything there is to ask of a file. */
function askAll(bytes: Uint8Array): unknown {
  const elf = readElf(sourceOf(bytes));
  if (elf === null) return null;
  return [
    findSymbol(elf, "exported"),
    findSymbol(elf, "local_one"),
    findSymbol(elf, "absent"),
    readBuildId(elf),
    readDynamic(elf),
    findSection(elf, ".mark"),
    fileOffsetOf(elf, 0x3000),
    loadBias(elf, 0x7000, 0),
  ];
}

describe.each([32, 64] as const)("a made %s-bit shared object", (bits) => {
  const wordSize = bits === 32 ? 4 : 8;

  it.each(["gnu", "sysv", "both"])("has its symbols, section, name and id (hash style %s)", (style) => {
    const elf = parsed(link(bits, `--hash-style=${style}`));
    expect(elf).toMatchObject({ wordSize, type: 3, machine: bits === 32 ? 3 : 62 });
    expect(findSymbol(elf, "exported")).toMatchObject({ size: 12, type: 1 });
    expect(findSymbol(elf, "local_one")?.address).toBe(findSymbol(elf, "exported")!.address + 12);
    expect(findSymbol(elf, "xported")).toBeNull();
    expect(findSection(elf, ".mark")).toMatchObject({ size: 4 });
    expect(readBuildId(elf)).toBe("0123456789abcdef");
    expect(readDynamic(elf)).toMatchObject({ soname: "libmade.so.1", needed: [] });
    const offset = fileOffsetOf(elf, findSymbol(elf, "exported")!.address);
    expect(elf.source.read(offset!, 12)).toEqual(new Uint8Array([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]));
  });

  it.each(["gnu", "sysv"])("keeps its exported symbols without section headers (hash style %s)", (style) => {
    const elf = parsed(withoutSections(link(bits, `--hash-style=${style}`), wordSize));
    expect(elf.sections).toEqual([]);
    expect(findSymbol(elf, "exported")).toMatchObject({ size: 12 });
    expect(findSymbol(elf, "local_one")).toBeNull();
    expect(readBuildId(elf)).toBe("0123456789abcdef");
  });

  it("is never a crash when damaged", () => {
    const sound = link(bits);
    const header = bits === 32 ? 52 : 64;
    const place = fc.oneof(fc.nat(header - 1), fc.nat(1023), fc.nat(sound.length - 1));
    const value = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255));
    fc.assert(
      fc.property(fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 24 }), fc.nat(sound.length), (damage, length) => {
        const bytes = sound.slice();
        for (const [at, byte] of damage) bytes[at] = byte;
        askAll(bytes);
        askAll(bytes.subarray(0, length));
      }),
      { numRuns: 500 },
    );
  });
});

it("finds in a real executable what readelf finds", () => {
  const path = process.execPath;
  const elf = parsed(new Uint8Array(readFileSync(path)));
  expect(readBuildId(elf) ?? "none").toBe(/Build ID: (\w+)/.exec(execFileSync("readelf", ["-nW", path], { encoding: "utf8" }))?.[1] ?? "none");
  const needed = [...execFileSync("readelf", ["-dW", path], { encoding: "utf8" }).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]);
  expect(readDynamic(elf)?.needed).toEqual(needed);
  const loads = [...execFileSync("readelf", ["-lW", path], { encoding: "utf8" }).matchAll(/LOAD +0x(\w+) 0x(\w+)/g)].map((match) => [
    Number.parseInt(match[1]!, 16),
    Number.parseInt(match[2]!, 16),
  ]);
  expect(elf.segments.filter(({ type }) => type === SegmentType.load).map(({ offset, address }) => [offset, address])).toEqual(loads);
});

it("finds every kind of symbol that nm finds, through the hash table and through .symtab", () => {
  const source = join(folder, "many.c");
  const library = join(folder, "many.so");
  writeFileSync(source, Array.from({ length: 500 }, (_, index) => `int shown_${index} = 1; static int hidden_${index} __attribute__((used)) = 1;`).join("\n"));
  execFileSync("gcc", ["-shared", "-fPIC", "-o", library, source]);
  const elf = parsed(new Uint8Array(readFileSync(library)));
  const lines = execFileSync("nm", [library], { encoding: "utf8" })
    .split("\n")
    .filter((line) => / [dD] (shown|hidden)_/.test(line));
  expect(lines).toHaveLength(1000);
  for (const line of lines) {
    const [address, , name] = line.split(" ");
    expect(findSymbol(elf, name!)?.address).toBe(Number.parseInt(address!, 16));
  }
});

it("is null for what is not ELF", () => {
  expect(readElf(sourceOf(new Uint8Array()))).toBeNull();
  expect(readElf(sourceOf(new TextEncoder().encode("#!/bin/sh\necho no\n".repeat(10))))).toBeNull();
});
