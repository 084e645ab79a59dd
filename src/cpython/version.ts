/** PY_VERSION_HEX as text: 0x030f00c1 is "3.15.0rc1" (Include/patchlevel.h). */
export function formatVersion(versionHex: number): string {
  const [major, minor, micro, level, serial] = [
    versionHex >>> 24,
    (versionHex >>> 16) & 255,
    (versionHex >>> 8) & 255,
    (versionHex >>> 4) & 15,
    versionHex & 15,
  ];
  const suffix = { 0xa: "a", 0xb: "b", 0xc: "rc" }[level];
  return `${major}.${minor}.${micro}${suffix === undefined ? "" : suffix + serial}`;
}

/** The reverse; the micro part may be missing: "3.9" is 0x030900f0. Null for what is no version. */
export function parseVersion(text: string): number | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+)(?:(a|b|rc)(\d+))?)?\+?$/.exec(text);
  if (match === null) return null;
  const numbers = [match[1], match[2], match[3] ?? 0].map(Number);
  if (numbers.some((number) => number > 255)) return null;
  const level = match[4] === undefined ? 0xf0 : { a: 0xa0, b: 0xb0, rc: 0xc0 }[match[4] as "a" | "b" | "rc"] + (Number(match[5]) & 15);
  return ((numbers[0]! << 24) | (numbers[1]! << 16) | (numbers[2]! << 8) | level) >>> 0;
}
