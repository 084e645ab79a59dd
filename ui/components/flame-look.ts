import { NodeKind } from "../../src/profile/call-tree.ts";
import { formatChange, relativeChange } from "../logic/change.ts";
import { formatShare } from "../logic/format.ts";
import { colourOf, colourOfChange, inks, shadesPerKind, type Theme } from "../logic/palette.ts";
import { moduleKinds } from "../logic/module-kind.ts";
import type { Look } from "../logic/paint-boxes.ts";
import { comparedTreesOf, type State } from "../state.ts";

/** Every colour there is, as text, made once per theme: the canvas compares texts, it need not parse them again. */
const colours = new Map<Theme, readonly string[]>();

export function lookOf(state: State, theme: Theme): Look {
  const { labels } = state;
  const tree = state.tree.value;
  const { kind, ref, total } = tree;
  const matched = state.matched.value;
  const picked = state.selection.value.function;
  const whole = state.whole.value;
  const isTime = state.view.value === "time";
  let palette = colours.get(theme);
  if (palette === undefined) {
    palette = moduleKinds.flatMap((name) => Array.from({ length: shadesPerKind }, (_, shade) => colourOf(theme, name, shade)));
    colours.set(theme, palette);
  }
  const table = palette;
  const compared = comparedTreesOf(state);
  const group = colourOf(theme, "group");
  const marker = colourOf(theme, "marker");
  const { colourIndex } = labels;
  const look: Look = {
    inks: inks[theme],
    fill: (node) => (kind[node] === NodeKind.function ? table[colourIndex[ref[node]!]!]! : kind[node] === NodeKind.collection ? marker : group),
    name: (node) => labels.nameOfNode(tree, node),
    place: (node) => {
      const place = labels.placeOfNode(tree, node);
      // The lanes of the time order have no row for their process.
      const isLane = isTime && kind[node] === NodeKind.thread && state.profile.processes.length > 1;
      return isLane ? `${place}, ${labels.nameOfNode(tree, tree.parent[node]!)}` : place;
    },
    // In time order a box is one stretch of many, and its length is what the axis says.
    share: isTime ? () => "" : (node) => formatShare(total[node]! / whole),
    isPicked: (node) => kind[node] === NodeKind.function && ref[node] === picked,
    isMatch: matched === null ? null : (node) => kind[node] === NodeKind.function && matched[ref[node]!] === 1,
  };
  if (compared === null) return look;
  const [before, after] = [compared.before.total, compared.after.total];
  return {
    ...look,
    fill: (node) => colourOfChange(theme, relativeChange(before[node]!, after[node]!, whole)),
    share: (node) => formatChange(before[node]!, after[node]!),
  };
}
