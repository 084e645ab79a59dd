import { describe, expect, it } from "vitest";
import { parseLabel, pyroscopeName, serviceName } from "./labels.ts";

describe("labels", () => {
  it("are a name and a value", () => {
    expect(parseLabel("env=prod")).toEqual(["env", "prod"]);
    expect(parseLabel("k8s.pod=a=b c")).toEqual(["k8s.pod", "a=b c"]);
    for (const text of ["", "env", "env=", "=prod", "1a=b", "a b=c", "__name__=x", "ä=b"])
      expect(() => parseLabel(text)).toThrow("--push-label takes name=value");
    for (const value of ["a,b", "{a", "a}", "a\nb"]) expect(() => parseLabel(`x=${value}`)).toThrow("the value of the label x has one of");
  });

  it("are written as Pyroscope reads them; the user's go before what is known", () => {
    expect(pyroscopeName({ service: "my app", host: "web{1}", pid: 812, labels: { env: "prod", host: "other" } })).toBe("my_app{host=other,pid=812,env=prod}");
    expect(pyroscopeName({ service: "shop", host: "a,b", pid: 0, labels: {} })).toBe("shop{host=a_b}");
    expect(["http.server", "a@b+c", "", "日本", "x/y-z"].map(serviceName)).toEqual(["http.server", "a_b_c", "python", "python", "x/y-z"]);
  });
});
