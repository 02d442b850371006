import type { Client } from "../../client/src/index.ts";
import { type ScreenContent, whoToWatch } from "../../client/src/ui.ts";

/** Keeps watching the users whose presence is shown: of the open conversation first, then the peers of the others. */
export class PresenceWatch {
  readonly #client: Client;
  #open: ScreenContent = {};
  #watched = "";

  constructor(client: Client) {
    this.#client = client;
    client.inbox.subscribe(() => this.#update());
  }

  /** Sets the users of the open conversation; none by default. */
  open(content: ScreenContent = {}): void {
    this.#open = content;
    this.#update();
  }

  #update(): void {
    const client = this.#client;
    const { users, conversation } = whoToWatch(client.inbox.getSnapshot(), {
      ...this.#open,
      self: client.user,
    });
    const watched = JSON.stringify([conversation, users]);
    if (watched === this.#watched || client.state === "ended") return;
    this.#watched = watched;
    client.watch(users, conversation === undefined ? {} : { conversation });
  }
}
