import { afterAll, beforeAll } from "vitest";
import { everythingStored } from "../faults/support/stored-texts.ts";
import { type EraseTarget, eraseSuite } from "./erase.suite.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";

let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.cloud.stop());

const target = (): EraseTarget => ({
  ...embedded.target,
  deployment: ["--local", embedded.cloud.url],
  register: async () => undefined,
  nextSecond: async () => embedded.cloud.clock.advance(1_000),
  everythingStored: async () => JSON.stringify(await everythingStored(embedded.cloud)),
});

eraseSuite(target);
