import type { PresenceFrame, PresenceResult } from "../../../protocol/index.ts";
import type { Clock } from "../api/clock.ts";
import { type Observable, Store } from "./observable.ts";
import type { PresenceView } from "./user-presence.ts";

interface Watched {
  readonly users: readonly string[];
  readonly conversation?: string | undefined;
}

type PresenceRecord = Omit<PresenceFrame, "type">;

type PresenceRequest = {
  type: "presence";
  users: string[];
  watch: boolean;
  conversation?: string | undefined;
};

export interface PresenceHost {
  readonly clock: Clock;
  request(frame: PresenceRequest): Promise<unknown>;
  failed(error: unknown): void;
}

/** Watches the presence of users. The server keeps a watch per connection; this one survives reconnects. */
export class Presence {
  readonly view: Observable<PresenceView>;
  readonly #store: Store<PresenceView>;
  readonly #host: PresenceHost;
  readonly #known = new Map<string, PresenceRecord>();
  #watched: Watched = { users: [] };
  #last: Promise<void> = Promise.resolve();
  #waiting: PresenceRequest | undefined;
  #cancelExpiry: () => void = () => {};

  constructor(host: PresenceHost) {
    this.#host = host;
    this.#store = new Store(() => this.#snapshot());
    this.view = this.#store;
  }

  watch(watched: Watched): void {
    const before = this.#watched;
    this.#watched = watched;
    for (const user of this.#known.keys()) if (!watched.users.includes(user)) this.#known.delete(user);
    this.#store.changed();
    if (watched.users.length > 0) this.renewWatch();
    else if (before.users.length > 0)
      this.#request({ type: "presence", users: before.users.slice(0, 1), watch: false });
  }

  /** Watches again, on a connection that has no watch yet. */
  renewWatch(): void {
    const { users, conversation } = this.#watched;
    if (users.length === 0) return;
    this.#request({
      type: "presence",
      users: [...users],
      watch: true,
      conversation,
    });
  }

  /** Applies a presence record. The higher version wins; of equal ones, the one that expires later. */
  update(known: PresenceRecord): void {
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

  /** Sends requests one at a time, since frames of a connection keep no order; of those that wait, only the newest. */
  #request(frame: PresenceRequest): void {
    this.#waiting = frame;
    this.#last = this.#last.then(async () => {
      const newest = this.#waiting;
      this.#waiting = undefined;
      if (newest === undefined) return;
      try {
        const { users } = (await this.#host.request(newest)) as PresenceResult;
        for (const known of users) this.update(known);
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

  #snapshot(): PresenceView {
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
