import type { Milliseconds } from "../base/units.ts";
import { PartialSuccessField, ResponseField } from "../formats/otlp/fields.ts";
import { MessageReader } from "../formats/protobuf/message-reader.ts";
import type { Destination } from "./destination.ts";
import type { PushRequest } from "./encode-slice.ts";
import { parseRetryAfter } from "./retry.ts";

const timeout: Milliseconds = 20_000;
const maxAnswer = 65_536;

/** What became of a request. "later" is worth another try, "refused" is not. */
export type Answer =
  | { readonly kind: "accepted" }
  | { readonly kind: "later"; readonly reason: string; readonly retryAfter: Milliseconds | null }
  | { readonly kind: "refused"; readonly reason: string };

/** Sends it once. Never throws: a server that is not there is an answer. */
export async function post(destination: Destination, request: Omit<PushRequest, "time">, abort: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(`${destination.endpoint.href}${request.query}`, {
      method: "POST",
      headers: { "user-agent": "lynceus", ...request.headers, ...destination.headers },
      body: new Uint8Array(request.body),
      redirect: "manual",
      signal: AbortSignal.any([abort, AbortSignal.timeout(timeout)]),
    });
    const answer = await readSome(response);
    if (response.ok) return destination.protocol === "otlp" ? partialSuccess(answer) : { kind: "accepted" };
    const reason = describeStatus(response, answer);
    if (!mayTryAgain(destination.protocol, response.status)) return { kind: "refused", reason };
    return { kind: "later", reason, retryAfter: parseRetryAfter(response.headers.get("retry-after"), Date.now()) };
  } catch (error) {
    return { kind: "later", reason: describeFailure(error), retryAfter: null };
  }
}

/** OTLP names the four; Pyroscope's gateways answer with any error of theirs while it restarts. */
function mayTryAgain(protocol: Destination["protocol"], status: number): boolean {
  if ([429, 502, 503, 504].includes(status)) return true;
  // It moved: that may be put right, here or there, and nothing has been said against the slice itself.
  if (status >= 300 && status < 400) return true;
  return protocol === "pyroscope" && (status === 408 || status === 500);
}

function describeStatus(response: Response, answer: Uint8Array): string {
  const location = response.headers.get("location");
  if (response.status >= 300 && response.status < 400 && location !== null) return `it moved (${response.status}) to ${location.slice(0, 200)}`;
  const words = `${response.status} ${response.statusText}`.trim();
  const isText = /^(?:text|application\/json)/.test(response.headers.get("content-type") ?? "");
  const [line = ""] = isText ? new TextDecoder().decode(answer).trim().split("\n") : [];
  return line === "" ? words : `${words}: ${line.slice(0, 200)}`;
}

/** Taken, but not all of it: what the collector threw away is gone. */
function partialSuccess(answer: Uint8Array): Answer {
  try {
    for (const reader = new MessageReader(answer); reader.next();) {
      if (reader.field !== ResponseField.partialSuccess) continue;
      const told = { rejected: 0, message: "" };
      for (const partial = reader.message(); partial.next();) {
        if (partial.field === PartialSuccessField.rejected) told.rejected = partial.int();
        if (partial.field === PartialSuccessField.message) told.message = partial.text();
      }
      if (told.rejected > 0) return { kind: "refused", reason: told.message.slice(0, 200) || "rejected by the server" };
    }
  } catch {
    // A server that answers 200 with something else has taken it.
  }
  return { kind: "accepted" };
}

/** The beginning of an answer: nobody has to read the rest. */
async function readSome(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    length += piece.length;
    if (length > maxAnswer) break;
  }
  return Buffer.concat(pieces);
}

/** The system's word for it, which fetch() hides in the cause: "connection refused". */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return "it failed";
  if (error.name === "TimeoutError") return `no answer within ${timeout / 1000} s`;
  if (error.name === "AbortError") return "no answer in time";
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return failureWords.get(code) ?? (cause instanceof Error && cause.message !== "" ? cause.message : error.message);
}

const failureWords: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "the connection was cut"],
  ["UND_ERR_SOCKET", "the connection was cut"],
  ["ENOTFOUND", "there is no such host"],
  ["EAI_AGAIN", "the host's name cannot be looked up now"],
  ["EHOSTUNREACH", "the host cannot be reached"],
  ["ENETUNREACH", "the network cannot be reached"],
  ["ETIMEDOUT", "no connection in time"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection in time"],
]);
