import type { AckFrame } from "../../../protocol/index.ts";
import type { Entry, NewEntry, Recipient } from "../api/entry.ts";
import { getOrAdd } from "../util/get-or-add.ts";
import { recipientKey } from "../util/recipient-key.ts";
import type { ComposedFrame, FrameTarget, Seen } from "./composed-frame.ts";
import type { QueueRecord } from "./queue-record.ts";
import { SendQueue } from "./send-queue.ts";

/**
 * Everything that waits to be acknowledged, a lane per conversation. The id of a direct conversation is the
 * server's to tell: until then its lane goes by the peer. A group that is to be created has a lane of its own.
 */
export class Outbox {
  readonly #lanes = new Map<string, SendQueue>();
  readonly #byEntry = new Map<string, SendQueue>();
  readonly #changed: (lane: SendQueue, into?: SendQueue) => void;

  /** @param changed what a lane holds is not what it held before; another may hold it now */
  constructor(changed: (lane: SendQueue, into?: SendQueue) => void = () => {}) {
    this.#changed = changed;
  }

  lanes(): SendQueue[] {
    return [...this.#lanes.values()];
  }

  laneOf(entryId: string): SendQueue | undefined {
    return this.#byEntry.get(entryId);
  }

  /** @param since the position this device holds in the conversation: the log has the entry nowhere before */
  add(recipient: Recipient, entry: NewEntry, since: Seen): SendQueue {
    return this.#add(targetOf(recipient), entry, since);
  }

  /** @param entry the `create` entry the group is to begin with */
  create(entry: NewEntry): SendQueue {
    return this.#add({ create: true }, entry, 0);
  }

  /** Takes out an entry that has its answer; undefined if it had one before, or is not of this device. */
  settle(entryId: string): NewEntry | undefined {
    const lane = this.#byEntry.get(entryId);
    const entry = lane?.settle(entryId);
    this.#byEntry.delete(entryId);
    if (lane !== undefined) {
      if ("create" in lane.target) this.#lanes.delete(entryId);
      this.#changed(lane);
    }
    return entry;
  }

  /** The frame to be sent, or sent again. */
  head(lane: SendQueue, seen: () => Seen): ComposedFrame | undefined {
    let composed = false;
    const frame = lane.head(() => {
      composed = true;
      return seen();
    });
    if (composed) this.#changed(lane);
    return frame;
  }

  /** The frame at the head of the lane will never be sent again. */
  withdraw(lane: SendQueue): void {
    lane.withdraw();
    this.#changed(lane);
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
      return entry === undefined ? [] : [{ ...entry, seq, sender, sentAtMs }];
    });
  }

  /**
   * The direct conversation with `peer` has this id; from here on recipients name it so. If there were two lanes,
   * one is absorbed by the other.
   */
  learn(peer: string, conversation: string): { absorbed: SendQueue; survivor: SendQueue } | undefined {
    const byPeer = keyOf({ to: { user: peer } });
    const lane = this.#lanes.get(byPeer);
    if (lane === undefined) return undefined;
    this.#lanes.delete(byPeer);
    const known = getOrAdd(this.#lanes, conversation, () => lane);
    if (known === lane) {
      lane.target = { conversation };
      this.#changed(lane);
      return undefined;
    }
    for (const { id } of lane.pending()) this.#byEntry.set(id, known);
    known.absorb(lane);
    this.#changed(known);
    this.#changed(lane, known);
    return { absorbed: lane, survivor: known };
  }

  /** What an earlier client left, but for entries that are here already: it may have left them twice. */
  restore(target: FrameTarget, { frames, queue, since }: QueueRecord): SendQueue | undefined {
    const isNew = ({ id }: NewEntry) => !this.#byEntry.has(id);
    const record = {
      target,
      frames: frames
        .map((frame) => ({ ...frame, open: frame.open.filter(isNew) }))
        .filter(({ open }) => open.length > 0),
      queue: queue.filter(isNew),
      since,
    };
    const entries = [...record.frames.flatMap(({ open }) => open), ...record.queue];
    const [first] = entries;
    if (first === undefined) return undefined;
    const lane = this.#ensure(target, first);
    lane.restore(record);
    for (const { id } of entries) this.#byEntry.set(id, lane);
    this.#changed(lane);
    return lane;
  }

  pending(recipient: Recipient): NewEntry[] {
    return this.#lanes.get(keyOf(targetOf(recipient)))?.pending() ?? [];
  }

  #add(target: FrameTarget, entry: NewEntry, since: Seen): SendQueue {
    const lane = this.#ensure(target, entry);
    lane.add(entry, since);
    this.#byEntry.set(entry.id, lane);
    this.#changed(lane);
    return lane;
  }

  #ensure(target: FrameTarget, { id }: NewEntry): SendQueue {
    return getOrAdd(this.#lanes, keyOf(target, id), () => new SendQueue(target));
  }
}

function targetOf(recipient: Recipient): FrameTarget {
  return typeof recipient === "string" ? { conversation: recipient } : { to: recipient };
}

/** @param creation the entry a group is to begin with, which has no other name yet */
function keyOf(target: FrameTarget, creation = ""): string {
  if ("conversation" in target) return target.conversation;
  return "to" in target ? recipientKey(target.to) : creation;
}
