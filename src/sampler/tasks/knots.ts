/**
 * Strongly connected components that have a circle, as sets of numbers, in ascending order of their first. `next[n]`: where one gets from `n`. Tarjan's algorithm, with a stack of its own:
 * tasks may wait for each other in a line of ten thousand.
 */
export function knots(next: readonly (readonly number[])[]): ReadonlySet<number>[] {
  const found: Set<number>[] = [];
  const order = new Int32Array(next.length).fill(-1);
  const low = new Int32Array(next.length);
  const isOpen = new Uint8Array(next.length);
  const open: number[] = [];
  let count = 0;
  for (let start = 0; start < next.length; start++) {
    if (order[start] !== -1) continue;
    const path: { readonly at: number; child: number }[] = [{ at: start, child: 0 }];
    while (path.length > 0) {
      const top = path.at(-1)!;
      const { at } = top;
      if (top.child === 0) {
        order[at] = low[at] = count++;
        open.push(at);
        isOpen[at] = 1;
      }
      const child = next[at]![top.child++];
      if (child !== undefined) {
        if (order[child] === -1) path.push({ at: child, child: 0 });
        else if (isOpen[child] === 1) low[at] = Math.min(low[at]!, order[child]!);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) low[below.at] = Math.min(low[below.at]!, low[at]!);
      if (low[at] !== order[at]) continue;
      const members = open.splice(open.lastIndexOf(at));
      for (const member of members) isOpen[member] = 0;
      if (members.length > 1 || next[at]!.includes(at)) found.push(new Set(members));
    }
  }
  return found.toSorted((a, b) => Math.min(...a) - Math.min(...b));
}
