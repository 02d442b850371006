import type { AckFrame } from "../../../protocol/index.ts";
import type { Entry, NewEntry, Recipient } from "../api/entry.ts";
import { recipientKey } from "../api/recipient-key.ts";
import { getOrAdd } from "../util/get-or-add.ts";
import type { ComposedFrame, FrameTarget, Seen } from "./composed-frame.ts";
import type { QueueRecord } from "./queue-record.ts";
import { SendQueue } from "./send-queue.ts";

/**
 * All entries that are not acknowledged yet, in one queue per conversation. The server assigns the id of a direct
 * conversation; until it is known, the queue is keyed by the peer. A group to be created has a queue of its own.
 */
export class Outbox {
  readonly #queues = new Map<string, SendQueue>();
  readonly #queueByEntry = new Map<string, SendQueue>();
  readonly #changed: (queue: SendQueue, into?: SendQueue) => void;

  /** @param changed called when the content of a queue has changed; `into` is the queue that has absorbed it, if any */
  constructor(changed: (queue: SendQueue, into?: SendQueue) => void = () => {}) {
    this.#changed = changed;
  }

  queues(): SendQueue[] {
    return [...this.#queues.values()];
  }

  /** Returns the queue that holds an entry. */
  findQueue(entryId: string): SendQueue | undefined {
    return this.#queueByEntry.get(entryId);
  }

  /** @param since position this device holds in the conversation: the entry is not in the log before it */
  add(recipient: Recipient, entry: NewEntry, since: Seen): SendQueue {
    return this.#add(toTarget(recipient), entry, since);
  }

  /** @param entry the `create` entry that begins the group */
  create(entry: NewEntry): SendQueue {
    return this.#add({ create: true }, entry, 0);
  }

  /** Removes and returns an entry that was answered; undefined if it was answered before, or is not of this device. */
  remove(entryId: string): NewEntry | undefined {
    const queue = this.#queueByEntry.get(entryId);
    const entry = queue?.remove(entryId);
    this.#queueByEntry.delete(entryId);
    if (queue !== undefined) {
      if ("create" in queue.target) this.#queues.delete(entryId);
      this.#changed(queue);
    }
    return entry;
  }

  /** Returns the frame to send or resend. */
  head(queue: SendQueue, seen: () => Seen): ComposedFrame | undefined {
    let composed = false;
    const frame = queue.head(() => {
      composed = true;
      return seen();
    });
    if (composed) this.#changed(queue);
    return frame;
  }

  /** Takes back the frame at the head of the queue; it must never be sent again. */
  withdraw(queue: SendQueue): void {
    queue.withdraw();
    this.#changed(queue);
  }

  /** Returns the user an acknowledged frame was addressed to, if the conversation was not known at that time. */
  addressedPeer(ack: AckFrame): string | undefined {
    for (const { id } of ack.entries) {
      const target = this.#queueByEntry.get(id)?.target;
      if (target !== undefined && "to" in target) return target.to.user;
    }
    return undefined;
  }

  /** Removes the entries of an ack, and returns those that were still held, as they are in the log. */
  removeAcknowledged(ack: AckFrame, sender: string): Entry[] {
    return ack.entries.flatMap(({ id, seq, sentAtMs }) => {
      const entry = this.remove(id);
      return entry === undefined ? [] : [{ ...entry, seq, sender, sentAtMs }];
    });
  }

  /**
   * Notes the id of the direct conversation with `peer`. If that conversation has a queue already, it absorbs the one
   * keyed by the peer.
   */
  linkPeer(peer: string, conversation: string): { absorbed: SendQueue; survivor: SendQueue } | undefined {
    const byPeer = queueKey({ to: { user: peer } });
    const queue = this.#queues.get(byPeer);
    if (queue === undefined) return undefined;
    this.#queues.delete(byPeer);
    const known = getOrAdd(this.#queues, conversation, () => queue);
    if (known === queue) {
      queue.target = { conversation };
      this.#changed(queue);
      return undefined;
    }
    for (const { id } of queue.pending()) this.#queueByEntry.set(id, known);
    known.absorb(queue);
    this.#changed(known);
    this.#changed(queue, known);
    return { absorbed: queue, survivor: known };
  }

  /** Adds the queue of an earlier client, without entries held here already: a record may have been left twice. */
  restore(target: FrameTarget, left: QueueRecord): SendQueue | undefined {
    const isNew = ({ id }: NewEntry) => !this.#queueByEntry.has(id);
    const record = {
      target,
      frames: left.frames
        .map((frame) => ({ ...frame, open: frame.open.filter(isNew) }))
        .filter(({ open }) => open.length > 0),
      queue: left.queue.filter(isNew),
      since: left.since,
    };
    const entries = [...record.frames.flatMap(({ open }) => open), ...record.queue];
    const [first] = entries;
    if (first === undefined) return undefined;
    const queue = this.#ensure(target, first);
    queue.restore(record);
    for (const { id } of entries) this.#queueByEntry.set(id, queue);
    this.#changed(queue);
    return queue;
  }

  pending(recipient: Recipient): NewEntry[] {
    return this.#queues.get(queueKey(toTarget(recipient)))?.pending() ?? [];
  }

  #add(target: FrameTarget, entry: NewEntry, since: Seen): SendQueue {
    const queue = this.#ensure(target, entry);
    queue.add(entry, since);
    this.#queueByEntry.set(entry.id, queue);
    this.#changed(queue);
    return queue;
  }

  #ensure(target: FrameTarget, { id }: NewEntry): SendQueue {
    return getOrAdd(this.#queues, queueKey(target, id), () => new SendQueue(target));
  }
}

function toTarget(recipient: Recipient): FrameTarget {
  return typeof recipient === "string" ? { conversation: recipient } : { to: recipient };
}

/** @param creation id of the entry that creates a group, which has no other id yet */
function queueKey(target: FrameTarget, creation = ""): string {
  if ("conversation" in target) return target.conversation;
  return "to" in target ? recipientKey(target.to) : creation;
}
