const pieceLength = 2 ** 16;

/** A list of what is JSON already, in pieces of about 64 KiB: a write for each item would cost more than making it. */
export function* jsonList(items: Iterable<string | number>, separator = ","): Generator<string> {
  let pending: (string | number)[] = [];
  let length = 0;
  let before = "[";
  for (const item of items) {
    pending.push(before, item);
    before = separator;
    length += typeof item === "string" ? item.length + 1 : 8;
    if (length < pieceLength) continue;
    yield pending.join("");
    pending = [];
    length = 0;
  }
  pending.push(before === "[" ? "[]" : "]");
  yield pending.join("");
}

/** An object of columns: one list per name, and how many rows they have. */
export function* jsonColumns(length: number, columns: Readonly<Record<string, Iterable<string | number>>>): Generator<string> {
  yield `{"length":${length}`;
  for (const [name, items] of Object.entries(columns)) {
    yield `,${JSON.stringify(name)}:`;
    yield* jsonList(items);
  }
  yield "}";
}
