import type { Client } from "../../client/src/index.ts";
import { whoToWatch } from "../../client/src/ui.ts";

interface OpenGroup {
  readonly conversation: string;
  readonly members: readonly string[];
}

/** Keeps watching the users whose presence is shown: members of the open group, and peers of direct conversations. */
export class PresenceWatch {
  readonly #client: Client;
  #group: OpenGroup | undefined;
  #watched = "";

  constructor(client: Client) {
    this.#client = client;
    client.inbox.subscribe(() => this.#update());
  }

  open(group: OpenGroup | undefined): void {
    this.#group = group;
    this.#update();
  }

  #update(): void {
    const client = this.#client;
    const { users, conversation } = whoToWatch(client.inbox.getSnapshot(), this.#group, client.user);
    const watched = JSON.stringify([conversation, users]);
    if (watched === this.#watched || client.state === "ended") return;
    this.#watched = watched;
    client.watch(users, conversation === undefined ? {} : { conversation });
  }
}
