import { expect, it } from "vitest";
import { CodeTurnovers } from "./code-turnovers.ts";

const code = (func: number): { func: number; frames: Map<number, number> } => ({ func, frames: new Map([[8, func * 10]]) });

it("trusts an address where each code object is another one", () => {
  const turnovers = new CodeTurnovers();
  for (let func = 0; func < 100; func++) {
    turnovers.noteArrival(1000, func);
    turnovers.note(1000, code(func));
  }
  expect(turnovers.recurs(1000)).toBe(false);
  expect(turnovers.takeDoubtful().size).toBe(0);
});

it("doubts all that was said of an address where one comes back, and of no other, until nothing changes there", () => {
  const turnovers = new CodeTurnovers();
  turnovers.note(2000, code(9));
  turnovers.note(1000, code(1));
  turnovers.noteArrival(1000, 2);
  turnovers.note(1000, code(2));
  turnovers.noteArrival(1000, 1);
  expect([turnovers.recurs(1000), turnovers.recurs(2000)]).toEqual([true, false]);
  expect([...turnovers.takeDoubtful()].toSorted((a, b) => a - b)).toEqual([10, 20]);
  expect(turnovers.recurs(1000)).toBe(true);
  turnovers.takeDoubtful();
  expect(turnovers.recurs(1000)).toBe(false);
});
