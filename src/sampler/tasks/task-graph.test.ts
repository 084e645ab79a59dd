import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../../base/units.ts";
import { TaskGraph, type GraphTask } from "./task-graph.ts";

/** `{ 1: [2, 3] }`: 2 and 3 wait for 1. */
function graphOf(waiters: Readonly<Record<number, readonly Address[]>>): { graph: TaskGraph<GraphTask>; tasks: Map<Address, GraphTask> } {
  const tasks = new Map<Address, GraphTask>();
  for (const [address, awaitedBy] of Object.entries(waiters)) tasks.set(Number(address), { address: Number(address), awaitedBy });
  return { graph: new TaskGraph(tasks), tasks };
}

function addresses(tasks: Iterable<GraphTask>): Address[] {
  return [...tasks].map(({ address }) => address).toSorted((a, b) => a - b);
}

test("what waits for nobody is a leaf; its chain is who waits for it, the farthest first", () => {
  const { graph, tasks } = graphOf({ 1: [2], 2: [3], 3: [], 4: [] });
  expect(addresses(graph.leaves)).toEqual([1, 4]);
  expect(graph.chainsTo(tasks.get(1)!).map((chain) => chain.map(({ address }) => address))).toEqual([[3, 2]]);
  expect(graph.chainsTo(tasks.get(4)!)).toEqual([[]]);
});

test("several waiters are several chains", () => {
  const { graph, tasks } = graphOf({ 1: [2, 3], 2: [4], 3: [4], 4: [] });
  expect(graph.chainsTo(tasks.get(1)!).map((chain) => chain.map(({ address }) => address))).toEqual([
    [4, 2],
    [4, 3],
  ]);
});

test("tasks that wait for each other end, and each is shown; those who wait for them are not leaves", () => {
  const { graph, tasks } = graphOf({ 1: [2], 2: [1, 3], 3: [] });
  expect(addresses(graph.leaves)).toEqual([1, 2]);
  expect(graph.chainsTo(tasks.get(1)!).map((chain) => chain.map(({ address }) => address))).toEqual([[3, 2]]);
  const { graph: own, tasks: alone } = graphOf({ 1: [1] });
  expect(addresses(own.leaves)).toEqual([1]);
  expect(own.chainsTo(alone.get(1)!)).toEqual([[]]);
});

const anyWaiters = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 4 }), { maxLength: 20 });

test("every task stands in the chains of some leaf, whatever waits for what", () => {
  fc.assert(
    fc.property(anyWaiters, (waiters) => {
      const { graph, tasks } = graphOf(Object.fromEntries(waiters.map((list, index) => [index, list])));
      const shown = new Set<GraphTask>();
      let isCut = false;
      for (const leaf of graph.leaves) {
        shown.add(leaf);
        const chains = graph.chainsTo(leaf);
        expect(chains.length).toBeGreaterThan(0);
        isCut ||= chains.length >= 8;
        for (const chain of chains) {
          expect(new Set(chain).size).toBe(chain.length);
          for (const task of chain) shown.add(task);
        }
      }
      if (!isCut) expect(shown.size).toBe(tasks.size);
    }),
  );
});

test("all chains through some tasks: those that stand below them, and all that wait for any of these", () => {
  const { graph, tasks } = graphOf({ 1: [2, 3], 2: [4], 3: [], 4: [], 5: [3], 6: [] });
  const through = (...from: Address[]): Address[] => addresses(graph.chainsThrough(from.map((address) => tasks.get(address)!)));
  expect(through(6)).toEqual([6]);
  expect(through(5)).toEqual([3, 5]);
  expect(through(4)).toEqual([1, 2, 3, 4]);
  expect(through(3, 6)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(through()).toEqual([]);
});

test("a ring of very many tasks takes no longer than as many that wait for nobody", () => {
  const count = 50_000;
  const ring = graphOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, [((index + 1) % count) + 1]])));
  expect(ring.graph.leaves.size).toBe(count);
}, 5000);
