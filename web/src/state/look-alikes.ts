import type { ConversationInfo, Observable } from "../../../client/src/index.ts";
import { isDeletedAccount } from "../../../client/src/ui.ts";
import { firstDifference, looksOf, mixesScripts } from "../format/look-alike.ts";

/** Warns of user ids that are easily taken for those of people whom the user knows. */
export class LookAlikes {
  readonly #me: string;
  readonly #inbox: Observable<readonly ConversationInfo[]>;
  readonly #looks = new Map<string, readonly string[]>();
  #indexed: readonly ConversationInfo[] | undefined;
  #known = new Map<string, Set<string>>();

  /** @param inbox its peers, and the members of its small groups, are the people whom the user knows */
  constructor(me: string, inbox: Observable<readonly ConversationInfo[]>) {
    this.#me = me;
    this.#inbox = inbox;
  }

  /** Returns a sentence to show beside a user id; undefined if it is like no other. */
  warningAbout(user: string): string | undefined {
    if (isDeletedAccount(user)) return undefined;
    const other = this.#similarTo(user);
    if (other !== undefined) {
      const [here, there] = firstDifference(user, other) ?? [];
      const difference = here === undefined ? "" : `: this name has ${here}, the other ${there}`;
      return `Not the same user as ${other === this.#me ? "you, " : ""}“${other}”${difference}.`;
    }
    return mixesScripts(user)
      ? "This name mixes Latin letters with letters of another script that look like them."
      : undefined;
  }

  #similarTo(user: string): string | undefined {
    this.#index();
    for (const key of this.#keysOf(user)) {
      for (const other of this.#known.get(key) ?? []) if (other !== user) return other;
    }
    return undefined;
  }

  #index(): void {
    const inbox = this.#inbox.getSnapshot();
    if (this.#indexed === inbox) return;
    this.#indexed = inbox;
    this.#known = new Map();
    const add = (user: string) => {
      for (const key of this.#keysOf(user)) {
        const users = this.#known.get(key);
        if (users === undefined) this.#known.set(key, new Set([user]));
        else users.add(user);
      }
    };
    add(this.#me);
    for (const { peer, receipts } of inbox) {
      if (peer !== undefined) add(peer);
      for (const { user } of receipts) add(user);
    }
  }

  #keysOf(user: string): readonly string[] {
    let keys = this.#looks.get(user);
    if (keys === undefined) {
      keys = looksOf(user).map((look, index) => `${index}${look}`);
      this.#looks.set(user, keys);
    }
    return keys;
  }
}
