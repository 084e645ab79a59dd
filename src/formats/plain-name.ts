/**
 * A name from the target as one field of a line: no line ends or other control characters (Python's `splitlines` also
 * breaks at U+0085, U+2028 and U+2029), no lone surrogates, and none of `separators`, which become their substitutes.
 */
export function plainName(name: string, separators: ReadonlyMap<string, string>): string {
  let plain = unsafe.test(name) ? name.replaceAll(lineBreaking, " ").replaceAll(loneSurrogate, "\ufffd") : name;
  for (const [separator, substitute] of separators) plain = plain.replaceAll(separator, substitute);
  return plain;
}

const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const lineBreaking = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
const loneSurrogate = /\p{Cs}/gu;
