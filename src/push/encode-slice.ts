import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { assertNever } from "../base/assert-never.ts";
import { attributeKeys } from "../formats/otlp/fields.ts";
import { encodeOtlp } from "../formats/otlp/write-otlp.ts";
import { encodePprof } from "../formats/pprof/write-pprof.ts";
import type { TimeProfile } from "../formats/time-profile.ts";
import type { Destination } from "./destination.ts";
import { type PushNames, pyroscopeName } from "./labels.ts";

/** A slice as it is sent; nothing in it is secret. */
export interface PushRequest {
  /** Unix time of the slice in milliseconds: the order of sending. */
  readonly time: number;
  /** What follows the endpoint's path, with its "?"; may be empty. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function encodeSlice(profile: TimeProfile, protocol: Destination["protocol"], names: PushNames): PushRequest {
  const time = Number(profile.startedAt / 1_000_000n);
  switch (protocol) {
    case "pyroscope": {
      const query = new URLSearchParams({
        name: pyroscopeName(names),
        from: String(profile.startedAt),
        until: String(profile.startedAt + BigInt(profile.duration)),
        format: "pprof",
        sampleRate: String(profile.meta.interval > 0 ? Math.max(1, Math.round(1e9 / profile.meta.interval)) : 100),
        spyName: "lynceus",
      });
      const body = gzipSync(Buffer.concat([...encodePprof(profile, "server")]));
      return { time, query: `?${query.toString()}`, headers: { "content-type": "application/octet-stream" }, body };
    }
    case "otlp": {
      const attributes = { [attributeKeys.service]: names.service, ...names.labels };
      const body = gzipSync(encodeOtlp(profile, { attributes, hasCommandLines: false, makeId: () => randomBytes(16) }));
      return { time, query: "", headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip" }, body };
    }
    default:
      return assertNever(protocol);
  }
}
