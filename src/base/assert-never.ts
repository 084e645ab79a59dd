/** Closes a `switch` over a discriminated union: a forgotten case is a type error, and a bug at run time. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
