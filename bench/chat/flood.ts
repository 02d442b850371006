import { setTimeout as pause } from "node:timers/promises";
import type { Cloud } from "../../local/cloud-options.ts";
import { lastSeq, textEntry } from "./message.ts";
import { type ReceivedFrame, Socket } from "./socket.ts";

/** Part of every second in which the flooded lane is drained: two cores cannot offer ten times what they drain. */
const DRAINED_MS_PER_SECOND = 500;
const TICK_MS = 20;

export interface FloodOptions {
  readonly from: string;
  readonly to: string;
  readonly lane: number;
  readonly connections: number;
  readonly framesPerSecondEach: number;
  readonly durationMs: number;
}

export interface FloodResult {
  readonly conversation: string;
  readonly offered: number;
  readonly offeredForMs: number;
  readonly ackedMeanwhile: number;
  readonly maxDepth: number;
  /** Number of frames by their answer: `ack`, or the code of a refusal. */
  readonly answers: Readonly<Record<string, number>>;
  /** Frames that `send` answered with `accepted`: it left them to the queue. */
  readonly accepted: number;
  readonly unanswered: number;
}

/** A conversation that many connections of one user write to at a fixed rate, whatever the answers. */
export class Flood {
  readonly #cloud: Cloud;
  readonly #options: FloodOptions;
  readonly #sockets: readonly Socket[];
  readonly #conversation: string;
  readonly #epoch: number;
  readonly #answers = new Map<string, string>();
  readonly #accepted = new Set<string>();
  #seen: number;
  #maxDepth = 0;

  private constructor(cloud: Cloud, options: FloodOptions, sockets: readonly Socket[], first: ReceivedFrame) {
    this.#cloud = cloud;
    this.#options = options;
    this.#sockets = sockets;
    this.#conversation = first.conversation ?? "";
    this.#epoch = first.epoch ?? 1;
    this.#seen = lastSeq(first);
    for (const socket of sockets) socket.listen((frame) => this.#receive(frame));
  }

  /** Opens the connections of both users, and writes the first message. */
  static async open(cloud: Cloud, options: FloodOptions): Promise<Flood> {
    const { from, to, connections } = options;
    const sockets = await Promise.all(Array.from({ length: connections }, () => Socket.open(cloud, from)));
    await Socket.open(cloud, to);
    const [socket] = sockets as [Socket];
    const first = { type: "send", to: { user: to }, seen: 0, entries: [textEntry("flood-first")] };
    return new Flood(cloud, options, sockets, await socket.request(first, "ack"));
  }

  /** Writes at the rate while `commit` drains the lane only part of the time, then waits for the answers. */
  async run(): Promise<FloodResult> {
    const { lane, durationMs } = this.#options;
    const endThrottle = throttle(this.#cloud, lane);
    const startedAtMs = performance.now();
    const offered = await this.#offer(startedAtMs);
    const offeredForMs = performance.now() - startedAtMs;
    const ackedMeanwhile = this.#tally().ack ?? 0;
    endThrottle();
    while (this.#answers.size < offered && performance.now() - startedAtMs < 10 * durationMs)
      await this.#tick();
    return {
      conversation: this.#conversation,
      offered,
      offeredForMs,
      ackedMeanwhile,
      maxDepth: this.#maxDepth,
      answers: this.#tally(),
      accepted: this.#accepted.size,
      unanswered: offered - this.#answers.size,
    };
  }

  /** Returns the number of frames sent. */
  async #offer(startedAtMs: number): Promise<number> {
    const { framesPerSecondEach, durationMs } = this.#options;
    let sentEach = 0;
    while (performance.now() - startedAtMs < durationMs) {
      const due = ((performance.now() - startedAtMs) / 1_000) * framesPerSecondEach;
      for (; sentEach < due; sentEach++) {
        for (const [index, socket] of this.#sockets.entries())
          this.#send(socket, `flood-${index}-${sentEach}`);
      }
      await this.#tick();
    }
    return sentEach * this.#sockets.length;
  }

  #send(socket: Socket, id: string): void {
    const seen = [this.#epoch, this.#seen];
    socket.send({ type: "send", conversation: this.#conversation, seen, entries: [textEntry(id)] });
  }

  #receive(frame: ReceivedFrame): void {
    const { type, entries = [], ids = [], error } = frame;
    if (type === "accepted") for (const id of ids) this.#accepted.add(id);
    if (type === "ack") {
      this.#seen = Math.max(this.#seen, lastSeq(frame));
      for (const { id } of entries) this.#answers.set(id, "ack");
    }
    if (error !== undefined) for (const id of ids) this.#answers.set(id, error.code);
  }

  async #tick(): Promise<void> {
    const { visible, inFlight } = this.#cloud.queues.depth("entries");
    this.#maxDepth = Math.max(this.#maxDepth, visible + inFlight);
    await pause(TICK_MS);
  }

  #tally(): Record<string, number> {
    const tally: Record<string, number> = {};
    for (const answer of this.#answers.values()) tally[answer] = (tally[answer] ?? 0) + 1;
    return tally;
  }
}

/** Lets `commit` drain the lane only part of the time. Returns a function that ends the throttling. */
function throttle(cloud: Cloud, lane: number): () => void {
  let timer: NodeJS.Timeout;
  const drain = () => {
    cloud.functions.resume("commit", lane);
    timer = setTimeout(rest, DRAINED_MS_PER_SECOND);
  };
  const rest = () => {
    cloud.functions.pause("commit", lane);
    timer = setTimeout(drain, 1_000 - DRAINED_MS_PER_SECOND);
  };
  rest();
  return () => {
    clearTimeout(timer);
    cloud.functions.resume("commit", lane);
  };
}
