import { describe, expect, it } from "vitest";
import { looksLikeDestination, parseDestination } from "./destination.ts";

const parse = (text: string, environment: Record<string, string> = {}, tenant: string | null = null) => parseDestination(text, tenant, environment);

describe("a destination", () => {
  it.each([
    ["pyroscope+http://localhost:4040", "pyroscope", "http://localhost:4040/ingest"],
    ["pyroscope+https://host/prefix/", "pyroscope", "https://host/prefix/ingest"],
    ["PYROSCOPE+HTTP://host/ingest", "pyroscope", "http://host/ingest"],
    ["otlp+http://localhost:4318", "otlp", "http://localhost:4318/v1development/profiles"],
    ["otlp+https://host/otel", "otlp", "https://host/otel/v1development/profiles"],
    ["otlp+http://host:1/v2/profiles?key=1", "otlp", "http://host:1/v2/profiles?key=1"],
    ["http://host:9/ingest", "pyroscope", "http://host:9/ingest"],
    ["http://host:9/v1development/profiles", "otlp", "http://host:9/v1development/profiles"],
    ["http://10.0.0.7:4040", "pyroscope", "http://10.0.0.7:4040/ingest"],
    ["http://[::1]:4318/", "otlp", "http://[::1]:4318/v1development/profiles"],
    ["https://profiles-prod-001.grafana.net", "pyroscope", "https://profiles-prod-001.grafana.net/ingest"],
    ["http://pyroscope.monitoring", "pyroscope", "http://pyroscope.monitoring/ingest"],
    ["http://otel-collector", "otlp", "http://otel-collector/v1development/profiles"],
  ])("%s is %s at %s", (text, protocol, endpoint) => {
    const parsed = parse(text);
    expect([parsed.protocol, parsed.endpoint.href, parsed.headers]).toEqual([protocol, endpoint, {}]);
  });

  it.each([
    ["localhost:4040", "is no URL of a server"],
    ["ftp://host", "is no URL of a server"],
    ["http://", "is no URL of a server"],
    ["http://joe:secret@", "http:// is no URL"],
    ["http://host", "it is not clear what kind of server is at host"],
    ["http://host:4317", "for gRPC"],
    ["graphite+http://host", "graphite is no kind of server"],
  ])("%s is refused: %s", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it("takes credentials from the URL or from the environment, and shows them nowhere", () => {
    const fromUrl = parse("pyroscope+http://joe:p%40ss@host:1", { LYNCEUS_PUSH_TOKEN: "token" });
    expect(fromUrl.headers).toEqual({ authorization: `Basic ${Buffer.from("joe:p@ss").toString("base64")}` });
    expect(fromUrl.title).toBe("Pyroscope at http://host:1/ingest");
    expect(`${fromUrl.title} ${fromUrl.key} ${fromUrl.endpoint.href}`).not.toMatch(/joe|p@ss|p%40ss/);
    expect(parse("pyroscope+http://host", { LYNCEUS_PUSH_TOKEN: "abc" }).headers).toEqual({ authorization: "Bearer abc" });
    expect(parse("pyroscope+http://host", { LYNCEUS_PUSH_USER: "a", LYNCEUS_PUSH_PASSWORD: "b" }).headers).toEqual({ authorization: "Basic YTpi" });
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: "X-Key=a%20b, other=c" };
    expect(parse("otlp+http://host", headers).headers).toEqual({ "x-key": "a b", other: "c" });
    expect(parse("pyroscope+http://host", headers).headers).toEqual({});
    expect(() => parse("otlp+http://host", { OTEL_EXPORTER_OTLP_HEADERS: "nonsense" })).toThrow("is not name=value");
    expect(() => parse("otlp+http://host", { LYNCEUS_PUSH_TOKEN: "a\nb" })).toThrow("LYNCEUS_PUSH_TOKEN has characters");
  });

  it("has a tenant, and a queue of its own for each", () => {
    const [one, two, same] = [parse("pyroscope+http://host", {}, "a"), parse("pyroscope+http://host", {}, "b"), parse("pyroscope+http://joe@host/", {}, "a")];
    expect(one.headers).toEqual({ "x-scope-orgid": "a" });
    expect(one.key).not.toBe(two.key);
    expect(one.key).toBe(same.key);
    expect(one.key).toMatch(/^pyroscope-host-[\da-f]{8}$/);
    expect(() => parse("pyroscope+http://host", {}, "a/b")).toThrow("--push-tenant takes letters");
  });

  it("is told from a file", () => {
    expect(["http://x", "otlp+https://x", "x.lyn", "a:b/c", "./http"].map(looksLikeDestination)).toEqual([true, true, false, false, false]);
  });
});
