/** Field numbers of the messages in pprof's profile.proto (github.com/google/pprof, proto/profile.proto). */

export const ProfileField = {
  sampleType: 1,
  sample: 2,
  mapping: 3,
  location: 4,
  function: 5,
  string: 6,
  time: 9,
  duration: 10,
  periodType: 11,
  period: 12,
  comment: 13,
  defaultSampleType: 14,
} as const;
export const ValueTypeField = { type: 1, unit: 2 } as const;
export const SampleField = { location: 1, value: 2, label: 3 } as const;
export const LabelField = { key: 1, text: 2, number: 3 } as const;
export const MappingField = { id: 1, filename: 5, hasFunctions: 7, hasFilenames: 8, hasLineNumbers: 9 } as const;
export const LocationField = { id: 1, mapping: 2, line: 4 } as const;
export const LineField = { function: 1, line: 2, column: 3 } as const;
export const FunctionField = { id: 1, name: 2, systemName: 3, filename: 4, startLine: 5 } as const;

/** Keys of a sample's labels, as Lynceus writes them. */
export const labelKeys = { thread: "thread", threadId: "thread_id", processId: "process_id", known: "known", state: "state" } as const;
