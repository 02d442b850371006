import type { Client } from "../../client/src/index.ts";

/** docs/protocol.md, "Limits": users of a presence frame. */
const MOST_WATCHED = 100;

interface OpenGroup {
  readonly conversation: string;
  readonly members: readonly string[];
}

/** Watches those whose presence is shown: members of the group that is open, and whoever there is a conversation with. */
export class PresenceWatch {
  readonly #client: Client;
  #group: OpenGroup | undefined;
  #watched = "";

  constructor(client: Client) {
    this.#client = client;
    client.inbox.subscribe(() => this.#look());
  }

  open(group: OpenGroup | undefined): void {
    this.#group = group;
    this.#look();
  }

  #look(): void {
    const client = this.#client;
    const peers = client.inbox.getSnapshot().flatMap(({ peer }) => peer ?? []);
    const users = [...new Set([...(this.#group?.members ?? []), ...peers])]
      .filter((user) => user !== client.user)
      .slice(0, MOST_WATCHED);
    const conversation = this.#group?.conversation;
    const watched = JSON.stringify([conversation, users.toSorted()]);
    if (watched === this.#watched || client.state === "ended") return;
    this.#watched = watched;
    client.watch(users, conversation === undefined ? {} : { conversation });
  }
}
