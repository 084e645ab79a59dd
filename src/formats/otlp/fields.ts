/**
 * Field numbers of OTLP's messages for profiles. The format is in development and changes without a new name, so all that
 * depends on its revision is here: opentelemetry-proto 1.11, whose dictionary has a table of stacks and whose profiles
 * have one sample type each (opentelemetry/proto/profiles/v1development/profiles.proto).
 */
export const otlpRevision = "opentelemetry-proto 1.11, profiles v1development";
/** Where a collector takes them over HTTP. */
export const otlpPath = "/v1development/profiles";

/** Also those of ExportProfilesServiceRequest, so that a file can be sent as it is. */
export const DataField = { resourceProfiles: 1, dictionary: 2 } as const;
export const ResourceProfilesField = { resource: 1, scopeProfiles: 2 } as const;
export const ResourceField = { attribute: 1 } as const;
export const ScopeProfilesField = { scope: 1, profile: 2 } as const;
export const ScopeField = { name: 1, version: 2 } as const;
export const ProfileField = { sampleType: 1, sample: 2, time: 3, duration: 4, periodType: 5, period: 6, id: 7 } as const;
export const SampleField = { stack: 1, attribute: 2, value: 4, timestamp: 5 } as const;
export const ValueTypeField = { type: 1, unit: 2 } as const;
export const DictionaryField = { mapping: 1, location: 2, function: 3, link: 4, string: 5, attribute: 6, stack: 7 } as const;
export const StackField = { location: 1 } as const;
export const LocationField = { line: 3, attribute: 4 } as const;
export const LineField = { function: 1, line: 2, column: 3 } as const;
export const FunctionField = { name: 1, systemName: 2, filename: 3, startLine: 4 } as const;
export const AttributeField = { key: 1, value: 2 } as const;
/** Of a resource's attributes the key is text, or a string's index in a field of its own; of the dictionary's it is an index. */
export const KeyValueField = { key: 1, value: 2, keyIndex: 3 } as const;
export const AnyValueField = { text: 1, number: 3, list: 5, textIndex: 8 } as const;
export const ListField = { value: 1 } as const;
/** Of the answer to a request. */
export const ResponseField = { partialSuccess: 1 } as const;
export const PartialSuccessField = { rejected: 1, message: 2 } as const;

/** Attributes, by the names that OpenTelemetry's semantic conventions give them, where they have one. */
export const attributeKeys = {
  service: "service.name",
  host: "host.name",
  system: "os.description",
  pid: "process.pid",
  executable: "process.executable.path",
  command: "process.command_args",
  runtime: "process.runtime.name",
  runtimeVersion: "process.runtime.version",
  threadId: "thread.id",
  threadName: "thread.name",
  frameType: "profile.frame.type",
  known: "lynceus.known",
  state: "lynceus.state",
} as const;
