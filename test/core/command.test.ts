import { expect, test } from "vitest";
import { COMMANDS } from "../../protocol/index.ts";
import { ROUTES, type RouteSpec } from "../../wiring/manifest.ts";

const routes: Readonly<Record<string, RouteSpec>> = ROUTES;

test.for(Object.keys(COMMANDS))("the command %s has a route that sends its reply back", (type) => {
  expect(routes[type]).toEqual({ function: "command", response: true });
});
