import { setTimeout as pause } from "node:timers/promises";
import type { BenchConversation, Outcomes } from "./conversations.ts";

/** Longest wait for what is still under way when the load has ended. */
const SETTLE_MS = 5_000;
const POLL_MS = 5;

/** Durations of one load, or of several with the same settings. */
export class Samples {
  readonly ackMs: number[] = [];
  /** One for each receiver of each message. */
  readonly pushMs: number[] = [];
  sent = 0;
  queued = 0;
  refused = 0;

  add(other: Samples): void {
    this.ackMs.push(...other.ackMs);
    this.pushMs.push(...other.pushMs);
    this.sent += other.sent;
    this.queued += other.queued;
    this.refused += other.refused;
  }
}

let messages = 0;

/**
 * Sends messages at a steady rate, to all conversations in turn, whether or not earlier ones have been answered. Ends when
 * each has been answered and received, or has not been for five seconds.
 */
export async function runSteadyLoad(
  conversations: readonly BenchConversation[],
  { perSecond, durationMs }: { readonly perSecond: number; readonly durationMs: number },
): Promise<Samples> {
  const collector = new Collector();
  for (const conversation of conversations) conversation.listen(collector);
  const count = Math.max(1, Math.round((perSecond * durationMs) / 1_000));
  const startedAtMs = performance.now();
  for (let index = 0; index < count; index++) {
    const dueAtMs = startedAtMs + (index * 1_000) / perSecond;
    await pause(Math.max(0, dueAtMs - performance.now()));
    const conversation = conversations[index % conversations.length];
    if (conversation !== undefined) collector.send(conversation);
  }
  const endAtMs = performance.now() + SETTLE_MS;
  while (!collector.isSettled && performance.now() < endAtMs) await pause(POLL_MS);
  return collector.samples;
}

interface SentMessage {
  readonly atMs: number;
  readonly receivers: number;
}

/** Times every outcome of the messages of one load. A repeated answer, or an entry of an earlier load, is ignored. */
class Collector implements Outcomes {
  readonly samples = new Samples();
  readonly #sent = new Map<string, SentMessage>();
  readonly #answered = new Set<string>();
  #missingPushes = 0;

  get isSettled(): boolean {
    return this.#answered.size === this.#sent.size && this.#missingPushes <= 0;
  }

  send(conversation: BenchConversation): void {
    messages += 1;
    const id = `bench-${messages}`;
    const { receivers } = conversation;
    this.#sent.set(id, { atMs: performance.now(), receivers });
    this.#missingPushes += receivers;
    this.samples.sent += 1;
    conversation.send(id);
  }

  acknowledged(ids: readonly string[]): void {
    for (const { atMs } of this.#newlyAnswered(ids)) this.samples.ackMs.push(performance.now() - atMs);
  }

  received(ids: readonly string[]): void {
    for (const { atMs } of this.#known(ids)) {
      this.samples.pushMs.push(performance.now() - atMs);
      this.#missingPushes -= 1;
    }
  }

  queued(ids: readonly string[]): void {
    this.samples.queued += this.#known(ids).length;
  }

  refused(ids: readonly string[]): void {
    for (const { receivers } of this.#newlyAnswered(ids)) {
      this.samples.refused += 1;
      this.#missingPushes -= receivers;
    }
  }

  #known(ids: readonly string[]): SentMessage[] {
    return ids.flatMap((id) => this.#sent.get(id) ?? []);
  }

  #newlyAnswered(ids: readonly string[]): SentMessage[] {
    const fresh = ids.filter((id) => this.#sent.has(id) && !this.#answered.has(id));
    for (const id of fresh) this.#answered.add(id);
    return this.#known(fresh);
  }
}
