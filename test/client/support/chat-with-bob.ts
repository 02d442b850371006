import type { ClientOptions, Conversation, ConversationInfo } from "../../../client/src/index.ts";
import { type Device, openDevice } from "./device.ts";
import { ManualClock } from "./manual-clock.ts";
import { Wire } from "./wire.ts";
import { type entry, WITH_BOB } from "./with-bob.ts";

/** A client of Alice with views, and her conversation with Bob. The test is the server. */
export class ChatWithBob {
  readonly wire = new Wire();
  readonly clock = new ManualClock();
  #device: Device | undefined;

  /** Opens a client, which takes the place of the one before. */
  open(options: Partial<ClientOptions> = {}): void {
    const { clock, wire } = this;
    this.#device = openDevice(wire, "alice", {
      transport: wire.transport,
      clock,
      random: () => 0.5,
      ...options,
    });
  }

  close(): void {
    this.#device?.client.close();
  }

  get alice(): Device {
    if (this.#device === undefined) throw new Error("call open() first");
    return this.#device;
  }

  get conversation(): Conversation {
    return this.alice.client.conversation({ user: "bob" });
  }

  entries() {
    return this.conversation.view.getSnapshot().entries;
  }

  /** Seq, text and status of each entry in the view. */
  lines() {
    return this.entries().map(
      ({ seq, body, status }) => [seq, (body as { text: string } | null)?.text, status] as const,
    );
  }

  /** The first conversation of the inbox. */
  info(): ConversationInfo | undefined {
    return this.alice.client.inbox.getSnapshot()[0];
  }

  push(...entries: ReturnType<typeof entry>[]): Promise<void> {
    return this.wire.last.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries });
  }

  receipt(user: string, cursors: object): Promise<void> {
    return this.wire.last.push({ type: "receipt", conversation: WITH_BOB, user, ...cursors });
  }

  /** Acknowledges the entries of the last frame, from this seq on. */
  async ack(firstSeq: number): Promise<void> {
    const { entries: sent = [] } = this.wire.last.of("send").at(-1) ?? {};
    const entries = sent.map(({ id }, index) => ({
      id,
      seq: firstSeq + index,
      sentAtMs: this.clock.nowMs(),
    }));
    await this.wire.last.push({ type: "ack", conversation: WITH_BOB, epoch: 1, entries });
  }
}
