import type { PresenceFrame, PresenceResult } from "../../../protocol/index.ts";
import type { Clock } from "../api/clock.ts";
import { type Observable, Store } from "./observable.ts";
import type { PresenceView } from "./user-presence.ts";

interface Watched {
  readonly users: readonly string[];
  readonly conversation?: string | undefined;
}

type Known = Omit<PresenceFrame, "type">;

export interface PresenceHost {
  readonly clock: Clock;
  request(frame: {
    type: "presence";
    users: string[];
    watch: boolean;
    conversation?: string | undefined;
  }): Promise<unknown>;
  failed(error: unknown): void;
}

/** Whether users are online, for as long as somebody wants to know. A watch is of a connection; this one of a client. */
export class Presence {
  readonly view: Observable<PresenceView>;
  readonly #store: Store<PresenceView>;
  readonly #host: PresenceHost;
  readonly #known = new Map<string, Known>();
  #watched: Watched = { users: [] };
  #last: Promise<void> = Promise.resolve();
  #cancelExpiry: () => void = () => {};

  constructor(host: PresenceHost) {
    this.#host = host;
    this.#store = new Store(() => this.#shown());
    this.view = this.#store;
  }

  watch(watched: Watched): void {
    const before = this.#watched;
    this.#watched = watched;
    for (const user of this.#known.keys()) if (!watched.users.includes(user)) this.#known.delete(user);
    this.#store.changed();
    if (watched.users.length > 0) this.again();
    else if (before.users.length > 0)
      this.#ask({ type: "presence", users: before.users.slice(0, 1), watch: false });
  }

  /** On a connection that knows of no watch. */
  again(): void {
    const { users, conversation } = this.#watched;
    if (users.length === 0) return;
    this.#ask({
      type: "presence",
      users: [...users],
      watch: true,
      conversation,
    });
  }

  /** The higher version is right; of the same, what is to be believed for longer. */
  learn(known: Known): void {
    const before = this.#known.get(known.user);
    const { version, expiresAtMs = 0 } = known;
    const isOld =
      before !== undefined &&
      (version < before.version || (version === before.version && expiresAtMs < (before.expiresAtMs ?? 0)));
    if (isOld || !this.#watched.users.includes(known.user)) return;
    this.#known.set(known.user, known);
    this.#changed();
  }

  stop(): void {
    this.#cancelExpiry();
  }

  /** One at a time: frames of a connection keep no order. */
  #ask(frame: Parameters<PresenceHost["request"]>[0]): void {
    this.#last = this.#last.then(async () => {
      try {
        const { users } = (await this.#host.request(frame)) as PresenceResult;
        for (const known of users) this.learn(known);
      } catch (error) {
        this.#host.failed(error);
      }
    });
  }

  #changed(): void {
    this.#store.changed();
    this.#cancelExpiry();
    const nowMs = this.#host.clock.nowMs();
    const ends = [...this.#known.values()].flatMap(({ online, expiresAtMs = 0 }) =>
      online && expiresAtMs > nowMs ? [expiresAtMs] : [],
    );
    if (ends.length > 0) {
      this.#cancelExpiry = this.#host.clock.after(Math.min(...ends) - nowMs, () => this.#changed());
    }
  }

  #shown(): PresenceView {
    const nowMs = this.#host.clock.nowMs();
    return new Map(
      [...this.#known.values()].map(
        ({ user, online, expiresAtMs = Number.POSITIVE_INFINITY, lastSeenAtMs }) => [
          user,
          { user, online: online && expiresAtMs > nowMs, lastSeenAtMs },
        ],
      ),
    );
  }
}
