/**
 * Measures how a runaway conversation affects another conversation in another lane: `npm run bench:burst`. All three
 * phases are in one run, so that their ratios are meaningful even on a slow or busy machine. The other conversation
 * chats all the time.
 */
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { directConversationId } from "../functions/core/log/conversation-id.ts";
import { laneOf } from "../functions/core/shared/partition.ts";
import { startCloud } from "../local/cloud.ts";
import type { Cloud } from "../local/cloud-options.ts";
import { type ClientFrame, decodeServerFrame, type ServerFrame, SUBPROTOCOL } from "../protocol/index.ts";
import { bundleFunctions } from "../wiring/bundle.ts";

const LANES = 4;
const ADMISSION_DEPTH = 200;
const CONNECTIONS = 12;
const FRAMES_PER_SECOND_EACH = 5;
/** Part of every second in which the runaway's lane is drained: two cores cannot offer ten times what they drain. */
const DRAINED_MS_PER_SECOND = 500;
const QUIET_MS = 10_000;
const BURST_MS = 60_000;
const SAMPLE_MS = 10_000;
const PEER = { runaway: "victim", carol: "dave" } as const;

/** A connection that keeps no frames, because memory is measured in this process. */
class Socket {
  readonly #socket: WebSocket;
  #listener: (frame: ServerFrame) => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#listener(decodeServerFrame(String(data))));
  }

  static async open(cloud: Cloud, user: string): Promise<Socket> {
    const response = await fetch(`${cloud.url}/token`, { method: "POST", body: JSON.stringify({ user }) });
    const { token, url } = (await response.json()) as { token: string; url: string };
    const socket = new WebSocket(url, [SUBPROTOCOL, token]);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new Socket(socket);
  }

  listen(listener: (frame: ServerFrame) => void): void {
    this.#listener = listener;
  }

  send(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

function sendText(socket: Socket, user: string, id: string): void {
  socket.send({
    type: "send",
    to: { user },
    entries: [{ id, kind: "text", body: { text: "x".repeat(200) } }],
  });
}

/** Sends one frame after another for a duration. Returns the milliseconds from each frame to its ack and to its push. */
async function measureChat(sender: Socket, receiver: Socket, durationMs: number) {
  const acks: number[] = [];
  const pushes: number[] = [];
  let refused = 0;
  const endAtMs = performance.now() + durationMs;
  while (performance.now() < endAtMs) {
    const startedAtMs = performance.now();
    const elapsedMs = () => performance.now() - startedAtMs;
    const acked = new Promise<boolean>((resolve) =>
      sender.listen((frame) => {
        if (frame.type === "ack") resolve(acks.push(elapsedMs()) > 0);
        else if (frame.type === "error" || frame.type === "reject") resolve(false);
      }),
    );
    const pushed = new Promise<void>((resolve) =>
      receiver.listen((frame) => {
        if (frame.type !== "entries") return;
        pushes.push(elapsedMs());
        resolve();
      }),
    );
    sendText(sender, PEER.carol, `c${startedAtMs}`);
    if (await acked) await pushed;
    else refused += 1;
    // Stays well below the rate limit of a connection.
    await pause(100);
  }
  return { acks, pushes, refused };
}

/** Lets every connection send at its rate, regardless of the responses. */
async function runBurst(cloud: Cloud, sockets: readonly Socket[], lane: number, durationMs: number) {
  const endThrottle = throttle(cloud, lane);
  const responses = new Map<string, number>();
  const counts = { offered: 0, maxDepth: 0 };
  const memory: Record<string, ReturnType<typeof memoryMb>> = {};
  for (const socket of sockets) {
    socket.listen((frame) => {
      if (frame.type === "entries" || frame.type === "joined") return;
      const outcome = "error" in frame ? (frame.error?.code ?? "") : frame.type;
      responses.set(outcome, (responses.get(outcome) ?? 0) + 1);
    });
  }
  const startedAtMs = performance.now();
  const total = () => [...responses.values()].reduce((sum, count) => sum + count, 0);
  for (let sent = 0; performance.now() - startedAtMs < durationMs; ) {
    const due = ((performance.now() - startedAtMs) / 1000) * FRAMES_PER_SECOND_EACH;
    for (; sent < due; sent++) {
      for (const [index, socket] of sockets.entries()) sendText(socket, PEER.runaway, `r${index}-${sent}`);
      counts.offered += sockets.length;
    }
    counts.maxDepth = Math.max(counts.maxDepth, queueDepth(cloud));
    const samples = Object.keys(memory).length;
    const elapsedMs = performance.now() - startedAtMs;
    if (elapsedMs > (samples + 1) * SAMPLE_MS)
      memory[`burst, ${Math.round(elapsedMs / 1_000)} s`] = memoryMb();
    await pause(20);
  }
  const offeredForMs = performance.now() - startedAtMs;
  const ackedMeanwhile = responses.get("ack") ?? 0;
  endThrottle();
  while (total() < counts.offered) {
    if (performance.now() - startedAtMs > 10 * durationMs) break;
    counts.maxDepth = Math.max(counts.maxDepth, queueDepth(cloud));
    await pause(20);
  }
  const result = { ...counts, offeredForMs, ackedMeanwhile, responses: Object.fromEntries(responses) };
  return { memory, result: { ...result, unanswered: counts.offered - total() } };
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

function queueDepth(cloud: Cloud): number {
  const { visible, inFlight } = cloud.queues.depth("entries");
  return visible + inFlight;
}

function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

function memoryMb() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMb: Math.round(heapUsed / 2 ** 20), rssMb: Math.round(rss / 2 ** 20) };
}

function latencies({ acks, pushes, refused }: Awaited<ReturnType<typeof measureChat>>) {
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    messages: acks.length,
    refused,
    ackP50Ms: round(percentile(acks, 0.5)),
    ackP95Ms: round(percentile(acks, 0.95)),
    pushP50Ms: round(percentile(pushes, 0.5)),
    pushP95Ms: round(percentile(pushes, 0.95)),
  };
}

/** Returns a user whose conversation with the peer is in a lane other than `lane`. */
function userInOtherLane(lane: number): string {
  for (let number = 0; ; number++) {
    const user = `runaway-${number}`;
    if (laneOf(directConversationId(user, PEER.runaway), LANES) !== lane) return user;
  }
}

bundleFunctions();
const cloud = await startCloud({
  lanes: LANES,
  admissionDepth: ADMISSION_DEPTH,
  onLog: () => undefined,
  log: () => undefined,
});
try {
  const runaway = userInOtherLane(laneOf(directConversationId("carol", PEER.carol), LANES));
  const [atCarol, atDave] = [await Socket.open(cloud, "carol"), await Socket.open(cloud, PEER.carol)];
  const flood = await Promise.all(Array.from({ length: CONNECTIONS }, () => Socket.open(cloud, runaway)));
  await Socket.open(cloud, PEER.runaway);

  // Warms up the workers.
  await measureChat(atCarol, atDave, 2_000);
  const before = latencies(await measureChat(atCarol, atDave, QUIET_MS));
  const memoryBefore = memoryMb();
  const [{ memory, result: flooded }, during] = await Promise.all([
    runBurst(cloud, flood, laneOf(directConversationId(runaway, PEER.runaway), LANES), BURST_MS),
    measureChat(atCarol, atDave, BURST_MS).then(latencies),
  ]);
  const after = latencies(await measureChat(atCarol, atDave, QUIET_MS));
  const memoryAfter = memoryMb();

  console.log("The other conversation before, during and after the burst");
  console.table({ before, during, after });
  console.log(
    `  during / before: ack p50 ${(during.ackP50Ms / before.ackP50Ms).toFixed(2)}, push p50 ${(during.pushP50Ms / before.pushP50Ms).toFixed(2)}`,
  );
  console.log("The runaway conversation");
  console.log(flooded);
  console.log(
    `  offered / acknowledged during the burst: ${(flooded.offered / flooded.ackedMeanwhile).toFixed(1)}`,
  );
  console.log("Memory of the process, including workers and emulators");
  console.table({ before: memoryBefore, ...memory, after: memoryAfter });
} finally {
  await cloud.stop();
}
process.exit(0);
