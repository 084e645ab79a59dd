/**
 * Strings as UTF-8 that also takes lone surrogates (three bytes each, as Python's "surrogatepass" does): file names
 * that are not UTF-8 come out of CPython with them, and must come back unchanged.
 */
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function encodeText(text: string): Uint8Array {
  return loneSurrogate.test(text) ? encodeByHand(text) : encoder.encode(text);
}

/** Null when the bytes are not UTF-8, surrogates aside. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeByHand(bytes);
  }
}

function encodeByHand(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code <= 0xdfff) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** Cuts at the surrogates, which always begin with ED A0..BF, and decodes what is between them. */
function decodeByHand(bytes: Uint8Array): string | null {
  const parts: string[] = [];
  let start = 0;
  try {
    for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
      const [, second = 0, third = 0] = bytes.subarray(at, at + 3);
      if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
      parts.push(strictDecoder.decode(bytes.subarray(start, at)), String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)));
      start = at + 3;
    }
    parts.push(strictDecoder.decode(bytes.subarray(start)));
  } catch {
    return null;
  }
  return parts.join("");
}
