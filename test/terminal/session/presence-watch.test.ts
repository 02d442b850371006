import { expect, test } from "vitest";
import type { Client, ConversationInfo } from "../../../client/src/index.ts";
import { PresenceWatch } from "../../../terminal/session/presence-watch.ts";

/** A client with these direct conversations, which notes whom it was told to watch last. */
function clientWith(peers: readonly string[]) {
  const inbox = peers.map((peer) => ({ peer, blocking: false }) as ConversationInfo);
  const watched: string[] = [];
  const client = {
    user: "alice",
    state: "online",
    inbox: { getSnapshot: () => inbox, subscribe: (listener: () => void) => listener() },
    watch: (users: readonly string[]) => watched.splice(0, watched.length, ...users),
  };
  return { watched, client: client as unknown as Client };
}

test("watches the user of the open conversation, even if it is far down in the list", () => {
  const { client, watched } = clientWith(Array.from({ length: 200 }, (_, index) => `u${index}`));
  const presence = new PresenceWatch(client);
  expect(watched).not.toContain("u190");
  presence.open({ peers: ["u190"] });
  expect(watched).toContain("u190");
  expect(watched).toHaveLength(100);
  presence.open();
  expect(watched).not.toContain("u190");
});
