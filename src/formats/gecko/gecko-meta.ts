import type { WriteOptions } from "../format.ts";
import type { Outline } from "../thread-samples.ts";
import { FunctionKind, type Recording, knownNames } from "../../profile/tables.ts";
import { tracks } from "../sample-intervals.ts";

/** Of the format. Later ones are made of it by those who read it; earlier ones have tables per thread. */
const processedVersion = 61;
/** Of what Firefox itself saves, at that time. */
const geckoVersion = 34;

/** The first grey one is for what has none. A function's kind is `kindCategories`, a track's comes after those. */
const categories = [
  { name: "Other", color: "grey" },
  { name: "Python", color: "yellow" },
  { name: "Native", color: "blue" },
  { name: "Kernel", color: "orange" },
  { name: "Task", color: "green" },
  { name: "Marker", color: "red" },
  { name: "GIL", color: "purple" },
  { name: "GC", color: "brown" },
  { name: "CPU", color: "lightblue" },
  { name: "How samples are known", color: "darkgrey" },
] as const;

export const kindCategories: Readonly<Record<FunctionKind, number>> = {
  [FunctionKind.python]: 1,
  [FunctionKind.native]: 2,
  [FunctionKind.kernel]: 3,
  [FunctionKind.task]: 4,
  [FunctionKind.marker]: 5,
};
export const firstTrackCategory = 6;

/** Markers of tasks that wait, in the way that tracks have theirs. */
export const taskMarkers = "Task";

/** What a track's markers are called in the schema; not a name that the profiler treats in a way of its own. */
export function markerType(category: string): string {
  return `Lynceus${category}`;
}

const taskMarkerSchema = {
  name: markerType(taskMarkers),
  display: ["marker-chart", "marker-table"],
  tooltipLabel: "{marker.name}",
  tableLabel: "{marker.name} waits: {marker.data.what}",
  chartLabel: "{marker.data.what}",
  fields: [{ key: "what", label: "Waits for", format: "string" }],
};

/** `threads`: those that are written, as positions in the file, the busiest first. */
export function metaText(recording: Recording, options: WriteOptions, outline: Outline, threads: readonly number[]): string {
  const { meta, isComplete } = recording;
  const counts = knownNames.map((label, known) => ({ label, format: "integer", value: outline.known[known]! })).filter(({ value }) => value > 0);
  const said = Object.entries({ host: meta.host, ended: outline.own.end?.reason ?? "", complete: isComplete ? "yes" : "no: its end is missing", ...meta.extra })
    .filter(([, value]) => value !== "")
    .map(([label, value]) => ({ label, format: "string", value }));
  return JSON.stringify({
    version: geckoVersion,
    preprocessedProfileVersion: processedVersion,
    // Of a recording that does not say: the profiler draws by it.
    interval: meta.interval / 1e6 || 1,
    startTime: meta.startedAt,
    profilingStartTime: 0,
    // What is at the very end is not in it.
    profilingEndTime: Math.max(outline.duration, outline.lastTime + 1) / 1e6,
    processType: 0,
    product: meta.command.join(" ") || "Python",
    arguments: meta.command.slice(1).join(" "),
    importedFrom: meta.creator,
    oscpu: meta.system,
    platform: meta.system,
    stackwalk: 0,
    debug: false,
    symbolicated: true,
    symbolicationNotSupported: true,
    usesOnlyOneStackType: true,
    sourceCodeIsNotOnSearchfox: true,
    keepProfileThreadOrder: true,
    initialVisibleThreads: threads.slice(0, 30).toSorted((a, b) => a - b),
    initialSelectedThreads: threads.slice(0, 1),
    sampleUnits: { time: "ms", eventDelay: "ms", threadCPUDelta: "ns" },
    categories: categories.map((category) => ({ ...category, subcategories: ["Other"] })),
    markerSchema: [
      ...tracks.map(({ category }) => ({
        name: markerType(category),
        display: ["marker-chart", "marker-table", "timeline-overview"],
        tooltipLabel: "{marker.name}",
        tableLabel: "{marker.name}",
        chartLabel: "{marker.name}",
        fields: [],
      })),
      ...(outline.tables.tasks.length > 0 ? [taskMarkerSchema] : []),
    ],
    extensions: { length: 0, baseURL: [], id: [], name: [] },
    extra: [
      { label: "Samples, by how they are known", entries: counts },
      { label: "Recording", entries: said },
    ],
    lynceus: outline.own.toJson(recording, options.mode, outline.duration),
  });
}
