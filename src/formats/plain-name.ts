/**
 * A name from the target as one field of a line: no line ends or other control characters (Python's `splitlines` also
 * breaks at U+0085, U+2028 and U+2029), no lone surrogates, and none of `separators`, which become `substitute`.
 */
export function plainName(name: string, separators: ReadonlyMap<string, string>): string {
  const cleaned = unsafe.test(name) ? name.replace(everyUnsafe, " ").toWellFormed() : name;
  let plain = cleaned;
  for (const [separator, substitute] of separators) {
    if (plain.includes(separator)) plain = plain.replaceAll(separator, substitute);
  }
  return plain;
}

const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const everyUnsafe = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
