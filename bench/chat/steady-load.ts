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
  const samples = new Samples();
  const sentAtMs = new Map<string, number>();
  const outcomes = collectInto(samples, sentAtMs);
  for (const conversation of conversations) conversation.listen(outcomes);

  let expectedPushes = 0;
  const count = Math.max(1, Math.round((perSecond * durationMs) / 1_000));
  const startedAtMs = performance.now();
  for (; samples.sent < count; samples.sent++) {
    const dueAtMs = startedAtMs + (samples.sent * 1_000) / perSecond;
    await pause(Math.max(0, dueAtMs - performance.now()));
    const conversation = conversations[samples.sent % conversations.length];
    if (conversation === undefined) break;
    messages += 1;
    const id = `bench-${messages}`;
    sentAtMs.set(id, performance.now());
    expectedPushes += conversation.receivers;
    conversation.send(id);
  }
  const isSettled = () =>
    samples.ackMs.length + samples.refused >= count &&
    samples.pushMs.length >= expectedPushes - samples.refused;
  for (const endAtMs = performance.now() + SETTLE_MS; !isSettled() && performance.now() < endAtMs; )
    await pause(POLL_MS);
  return samples;
}

/** Times every outcome of a known message. A repeated ack, or entry of an earlier load, is ignored. */
function collectInto(samples: Samples, sentAtMs: ReadonlyMap<string, number>): Outcomes {
  const answered = new Set<string>();
  const known = (ids: readonly string[]) => ids.filter((id) => sentAtMs.has(id));
  const first = (ids: readonly string[]) => known(ids).filter((id) => !answered.has(id) && answered.add(id));
  const elapsedMs = (id: string) => performance.now() - (sentAtMs.get(id) ?? 0);
  return {
    acknowledged(ids) {
      samples.ackMs.push(...first(ids).map(elapsedMs));
    },
    received(ids) {
      samples.pushMs.push(...known(ids).map(elapsedMs));
    },
    queued(ids) {
      samples.queued += known(ids).length;
    },
    refused(ids) {
      samples.refused += first(ids).length;
    },
  };
}
