type GrowingColumn = Int32Array | Float64Array | Uint16Array | Uint8Array;

/**
 * Puts `count` values of `source` at `length` of `column`, which is replaced by a longer one when it is full. Doubling
 * keeps the cost per value constant; columns are therefore longer than their table's `length`.
 */
export function appended<T extends GrowingColumn>(column: T, length: number, source: ArrayLike<number>, count: number): T {
  const grown = length + count <= column.length ? column : enlarged(column, Math.max(length + count, column.length * 2, 64));
  if (source.length === count) grown.set(source, length);
  else for (let row = 0; row < count; row++) grown[length + row] = source[row]!;
  return grown;
}

export function enlarged<T extends GrowingColumn>(column: T, length: number): T {
  const grown = new (column.constructor as new (length: number) => T)(length);
  grown.set(column);
  return grown;
}
