import type { Cloud } from "../../local/cloud-options.ts";
import { lastSeq, TEXT, textEntry } from "./message.ts";
import { type ReceivedFrame, Socket } from "./socket.ts";

/** Called with the ids of the messages that a frame is about. */
export interface Outcomes {
  acknowledged(ids: readonly string[]): void;
  /** A receiver got these; called once for each receiver. */
  received(ids: readonly string[]): void;
  /** `send` left these to the queue. */
  queued(ids: readonly string[]): void;
  refused(ids: readonly string[]): void;
}

/** A conversation of connected users, one of whom writes. */
export interface BenchConversation {
  readonly receivers: number;
  /** Replaces the listener. */
  listen(outcomes: Outcomes): void;
  send(id: string): void;
}

/** Opens a conversation of the floor function: it is one connection that posts to another. */
export async function openFloor(cloud: Cloud, name: string): Promise<BenchConversation> {
  const [sender, receiver] = [await Socket.open(cloud, `${name}-0`), await Socket.open(cloud, `${name}-1`)];
  const { connection } = await receiver.request({ type: "floor" }, "connection");
  return {
    receivers: 1,
    listen: (outcomes) => listenTo(sender, [receiver], outcomes),
    send: (id) => sender.send({ type: "floor", id, to: connection, text: TEXT }),
  };
}

/** Opens a direct conversation, or a group, in which the first member writes. Its first entry is acknowledged. */
export async function openChat(cloud: Cloud, name: string, members = 2): Promise<BenchConversation> {
  const users = Array.from({ length: members }, (_, index) => `${name}-${index}`);
  const [sender, ...receivers] = (await Promise.all(users.map((user) => Socket.open(cloud, user)))) as [
    Socket,
    ...Socket[],
  ];
  const [, ...others] = users;
  const first =
    members === 2
      ? { type: "send", to: { user: others[0] }, seen: 0, entries: [textEntry(`${name}-first`)] }
      : { type: "create", id: `${name}-first`, title: name, members: others };
  const ack = await sender.request(first, "ack");
  const { conversation, epoch = 1 } = ack;
  let seen = lastSeq(ack);
  return {
    receivers: receivers.length,
    listen: (outcomes) =>
      listenTo(sender, receivers, outcomes, (frame) => {
        if (frame.type === "ack") seen = Math.max(seen, lastSeq(frame));
      }),
    send: (id) => sender.send({ type: "send", conversation, seen: [epoch, seen], entries: [textEntry(id)] }),
  };
}

function listenTo(
  sender: Socket,
  receivers: readonly Socket[],
  outcomes: Outcomes,
  before: (frame: ReceivedFrame) => void = () => undefined,
): void {
  sender.listen((frame) => {
    before(frame);
    const { type, entries = [], ids = [] } = frame;
    if (type === "ack") outcomes.acknowledged(entries.map(({ id }) => id));
    else if (type === "accepted") outcomes.queued(ids);
    else if (type === "reject" || type === "error") outcomes.refused(ids);
  });
  for (const receiver of receivers) {
    receiver.listen(({ type, entries = [] }) => {
      if (type === "entries") outcomes.received(entries.map(({ id }) => id));
    });
  }
}
