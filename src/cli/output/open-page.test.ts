import { expect, test } from "vitest";
import { browserCommands } from "./open-page.ts";

test("BROWSER comes first, as a list and with a place for the address", () => {
  expect(browserCommands({ BROWSER: "firefox --new-window %s:lynx", DISPLAY: ":0" }, "file:///a.html")).toEqual([
    ["firefox", "--new-window", "file:///a.html"],
    ["lynx", "file:///a.html"],
  ]);
});

test("else the desktop, where there is one", () => {
  expect(browserCommands({ WAYLAND_DISPLAY: "wayland-0" }, "file:///a.html")).toEqual([["xdg-open", "file:///a.html"]]);
  expect(browserCommands({ DISPLAY: "" }, "file:///a.html")).toEqual([]);
});
