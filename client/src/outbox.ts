import type { AckFrame, Entry, NewEntry } from "../../protocol/index.ts";
import { Lane } from "./lane.ts";

/** A conversation by its id, or the direct conversation with a user. */
export type Recipient = string | { readonly user: string };

/**
 * Everything that waits to be acknowledged, a lane per conversation. The id of a direct conversation is the
 * server's to tell: until then its lane goes by the peer.
 */
export class Outbox {
  readonly #byConversation = new Map<string, Lane>();
  readonly #byPeer = new Map<string, Lane>();
  readonly #byEntry = new Map<string, Lane>();

  lanes(): Lane[] {
    return [...this.#byConversation.values(), ...this.#byPeer.values()];
  }

  laneOf(entryId: string): Lane | undefined {
    return this.#byEntry.get(entryId);
  }

  add(recipient: Recipient, entry: NewEntry): Lane {
    const lane = this.#ensure(recipient);
    lane.add(entry);
    this.#byEntry.set(entry.id, lane);
    return lane;
  }

  /** Takes out an entry that has its answer; undefined if it had one before, or is not of this device. */
  settle(entryId: string): NewEntry | undefined {
    const entry = this.#byEntry.get(entryId)?.settle(entryId);
    this.#byEntry.delete(entryId);
    return entry;
  }

  /** The user whom the acknowledged frame named, if its conversation was not known before. */
  peerOf(ack: AckFrame): string | undefined {
    for (const { id } of ack.entries) {
      const target = this.#byEntry.get(id)?.target;
      if (target !== undefined && "to" in target) return target.to.user;
    }
    return undefined;
  }

  /** The entries of an ack as they stand in the log now, of those that still waited for it. */
  acknowledged(ack: AckFrame, sender: string): Entry[] {
    return ack.entries.flatMap(({ id, seq, sentAtMs }) => {
      const entry = this.settle(id);
      return entry === undefined ? [] : [{ seq, id, sender, kind: entry.kind, body: entry.body, sentAtMs }];
    });
  }

  /**
   * The direct conversation with `peer` has this id; from here on recipients name it so. If there were two lanes,
   * one is absorbed by the other.
   */
  learn(peer: string, conversation: string): { absorbed: Lane; survivor: Lane } | undefined {
    const lane = this.#byPeer.get(peer);
    if (lane === undefined) return undefined;
    this.#byPeer.delete(peer);
    const known = this.#byConversation.get(conversation);
    if (known === undefined) {
      lane.target = { conversation };
      this.#byConversation.set(conversation, lane);
      return undefined;
    }
    for (const { id } of lane.pending()) this.#byEntry.set(id, known);
    known.absorb(lane);
    return { absorbed: lane, survivor: known };
  }

  pending(recipient: Recipient): NewEntry[] {
    return this.#find(recipient)?.pending() ?? [];
  }

  #find(recipient: Recipient): Lane | undefined {
    return typeof recipient === "string"
      ? this.#byConversation.get(recipient)
      : this.#byPeer.get(recipient.user);
  }

  #ensure(recipient: Recipient): Lane {
    const found = this.#find(recipient);
    if (found !== undefined) return found;
    if (typeof recipient === "string") {
      const lane = new Lane({ conversation: recipient });
      this.#byConversation.set(recipient, lane);
      return lane;
    }
    const lane = new Lane({ to: { user: recipient.user } });
    this.#byPeer.set(recipient.user, lane);
    return lane;
  }
}
