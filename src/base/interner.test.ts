import fc from "fast-check";
import { expect, it } from "vitest";
import { PairInterner, StringInterner, TupleInterner } from "./interner.ts";

it("gives equal things the same index, in the order of their first appearance", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.oneof(fc.nat(3), fc.integer()), { minLength: 5, maxLength: 5 }), { maxLength: 100 }), (rows) => {
      const [strings, pairs, tuples] = [new StringInterner(), new PairInterner(), new TupleInterner(5)];
      const seen: string[] = [];
      const seenPairs: string[] = [];
      for (const row of rows) {
        const [first = 0, second = 0] = row;
        if (!seen.includes(row.join())) seen.push(row.join());
        if (!seenPairs.includes(`${first} ${second}`)) seenPairs.push(`${first} ${second}`);
        expect(tuples.intern(...row)).toBe(seen.indexOf(row.join()));
        expect(strings.intern(row.join())).toBe(seen.indexOf(row.join()));
        const pair = pairs.intern(first, second);
        expect(pair).toBe(seenPairs.indexOf(`${first} ${second}`));
        expect([pairs.firstOf(pair), pairs.secondOf(pair)]).toEqual([first, second]);
      }
      expect([strings.size, pairs.size, tuples.size]).toEqual([seen.length, seenPairs.length, seen.length]);
    }),
  );
});

it("holds a hundred thousand pairs", () => {
  const pairs = new PairInterner();
  for (let index = 0; index < 100_000; index++) expect(pairs.intern(index % 317, Math.floor(index / 317))).toBe(index);
  for (let index = 0; index < 100_000; index++) if (pairs.intern(index % 317, Math.floor(index / 317)) !== index) throw new Error(`pair ${index}`);
});
