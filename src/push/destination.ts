import { createHash } from "node:crypto";
import { LynceusError } from "../base/errors.ts";
import { otlpPath } from "../formats/otlp/fields.ts";

/** A server that takes profiles, and how. */
export interface Destination {
  readonly protocol: "pyroscope" | "otlp";
  /** Where to post: without credentials. */
  readonly endpoint: URL;
  /** Credentials and tenant. Kept out of everything that is shown or written. */
  readonly headers: Readonly<Record<string, string>>;
  /** For people: "Pyroscope at http://host:4040". */
  readonly title: string;
  /** A name for a folder: the same for the same server, path and tenant. */
  readonly key: string;
}

/** Where secrets come from, so that they need not stand in a command line, which everybody on the machine can read. */
export const environmentNames = {
  token: "LYNCEUS_PUSH_TOKEN",
  user: "LYNCEUS_PUSH_USER",
  password: "LYNCEUS_PUSH_PASSWORD",
  /** OpenTelemetry's own, for collectors: "name=value,name=value", percent-encoded. */
  otlpHeaders: "OTEL_EXPORTER_OTLP_HEADERS",
} as const;

const examples = "such as: pyroscope+http://localhost:4040, or otlp+http://localhost:4318";
const pyroscopePath = "/ingest";
const titles = { pyroscope: "Pyroscope", otlp: "OpenTelemetry" } as const;

/**
 * "pyroscope+http://host:4040", "otlp+https://host/prefix"; without a word in front what the path, the port or the host's name
 * tells. Credentials may stand in it. Throws `bad-arguments`.
 */
export function parseDestination(text: string, tenant: string | null, environment: Readonly<Record<string, string | undefined>>): Destination {
  const [, word, rest = ""] = /^(?:([a-z]+)\+)?(https?:\/\/.*)$/is.exec(text.trim()) ?? [];
  const url = URL.canParse(rest) ? new URL(rest) : null;
  if (url === null || url.hostname === "") throw new LynceusError("bad-arguments", `${withoutSecrets(text)} is no URL of a server`, { hint: examples });
  const protocol = protocolOf(word?.toLowerCase(), url);
  const headers = { ...credentials(url, protocol, environment), ...(tenant === null ? {} : { "x-scope-orgid": checkTenant(tenant) }) };
  const endpoint = endpointOf(url, protocol);
  const shown = endpoint.href.slice(0, endpoint.href.length - (endpoint.pathname === "/" ? 1 : 0));
  const hash = createHash("sha256")
    .update(`${protocol} ${endpoint.href} ${tenant ?? ""}`)
    .digest("hex")
    .slice(0, 8);
  return {
    protocol,
    endpoint,
    headers,
    title: `${titles[protocol]} at ${shown}`,
    key: `${protocol}-${endpoint.host.replaceAll(/[^\w.-]/g, "-").slice(0, 60)}-${hash}`,
  };
}

/** Whether it was meant as one, for a command that takes files as well. */
export function looksLikeDestination(text: string): boolean {
  return /^[a-z+]+:\/\//i.test(text);
}

function protocolOf(word: string | undefined, url: URL): Destination["protocol"] {
  if (word === "pyroscope" || word === "otlp") return word;
  if (word !== undefined) throw new LynceusError("bad-arguments", `${word} is no kind of server that profiles can be pushed to`, { hint: examples });
  const { pathname, port, hostname } = url;
  if (pathname.endsWith(pyroscopePath)) return "pyroscope";
  if (pathname.endsWith("/profiles")) return "otlp";
  if (port === "4317") {
    throw new LynceusError("bad-arguments", "port 4317 is a collector's for gRPC, and profiles are pushed over HTTP", {
      hint: `use its port for HTTP, usually 4318: otlp+http://${hostname}:4318`,
    });
  }
  if (port === "4040" || /pyroscope|^profiles-prod-\d+\.grafana\.net$/.test(hostname)) return "pyroscope";
  if (port === "4318" || /otel|opentelemetry|otlp/.test(hostname)) return "otlp";
  throw new LynceusError("bad-arguments", `it is not clear what kind of server is at ${url.host}`, {
    hint: `put it in front: pyroscope+${url.protocol}//${url.host} or otlp+${url.protocol}//${url.host}`,
  });
}

function endpointOf(url: URL, protocol: Destination["protocol"]): URL {
  const endpoint = new URL(url);
  endpoint.username = "";
  endpoint.password = "";
  endpoint.hash = "";
  const path = url.pathname.replace(/\/+$/, "");
  const wanted = protocol === "pyroscope" ? pyroscopePath : otlpPath;
  const isWhole = protocol === "pyroscope" ? path.endsWith(pyroscopePath) : path.endsWith("/profiles");
  endpoint.pathname = isWhole ? path : `${path}${wanted}`;
  return endpoint;
}

function credentials(url: URL, protocol: Destination["protocol"], environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const headers: Record<string, string> = {};
  if (protocol === "otlp") Object.assign(headers, otlpHeaders(environment[environmentNames.otlpHeaders] ?? ""));
  const token = environment[environmentNames.token] ?? "";
  const user = decode(url.username) || (environment[environmentNames.user] ?? "");
  const password = decode(url.password) || (environment[environmentNames.password] ?? "");
  if (user !== "" || password !== "") headers["authorization"] = `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
  else if (token !== "") headers["authorization"] = `Bearer ${headerValue(token, environmentNames.token)}`;
  return headers;
}

function otlpHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",").filter((part) => part.trim() !== "")) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, Math.max(at, 0)).trim().toLowerCase();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new LynceusError("bad-arguments", `${environmentNames.otlpHeaders} is not name=value,name=value`);
    headers[name] = headerValue(decode(pair.slice(at + 1).trim()), environmentNames.otlpHeaders);
  }
  return headers;
}

function headerValue(value: string, name: string): string {
  if (!/^[\x20-\x7e]*$/.test(value)) throw new LynceusError("bad-arguments", `${name} has characters that a header cannot hold`);
  return value;
}

function checkTenant(tenant: string): string {
  // The characters that Pyroscope allows.
  if (!/^[\w!.*'()-]{1,150}$/.test(tenant)) throw new LynceusError("bad-arguments", "--push-tenant takes letters, digits and ! - _ . * ' ( )");
  return tenant;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A password in a URL that cannot be used is still one. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//").slice(0, 200);
}
