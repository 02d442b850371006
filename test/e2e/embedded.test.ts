import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatSuite } from "./chat.suite.ts";
import { conversationsSuite } from "./conversations.suite.ts";
import { groupsSuite } from "./groups.suite.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";

describe("on the embedded cloud, with frames of a connection overtaking each other", () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded({ frameJitterMs: 5 });
  });
  afterAll(() => embedded.cloud.stop());

  chatSuite(() => embedded.target);
  groupsSuite(() => embedded.target);
  conversationsSuite(() => embedded.target);

  test("no function logged an error, and no log line holds a message or a token", () => {
    const lines = embedded.logs.join("\n");
    expect(embedded.logs.filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
    for (const secret of ["hello Bob", "from my phone", "private", "eyJ"])
      expect(lines).not.toContain(secret);
  });
});
