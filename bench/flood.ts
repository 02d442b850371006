/**
 * Measures what one hostile connection does to others: `npm run bench:flood`. It sends 100 frames a second, of each type
 * alone and of all in turn, while bystanders chat. Each row has its own quiet time before, so that ratios are meaningful
 * even on a slow or busy machine. Rows are shown as they come, and as a table at the end.
 */
import { setTimeout as pause } from "node:timers/promises";
import { directConversationId } from "../functions/core/log/conversation-id.ts";
import { startCloud } from "../local/cloud.ts";
import type { Cloud } from "../local/cloud-options.ts";
import { bundleFunctions } from "../wiring/bundle.ts";
import { type BenchConversation, openChat } from "./chat/conversations.ts";
import { type Fate, HostileConnection } from "./chat/hostile-connection.ts";
import { textEntry } from "./chat/message.ts";
import { formatRatio, percentile } from "./chat/percentiles.ts";
import { runSteadyLoad } from "./chat/steady-load.ts";
import { printTable } from "./table.ts";

const BYSTANDERS_PER_SECOND = 10;
const QUIET_MS = 5_000;
/** From then on others should hardly notice. */
const AFTER_REFUSAL_MS = 5_000;
const MEASURED_MS = 5_000;
/** A flood that is not refused or closed by then never is, for this bench. */
const LONGEST_MS = 30_000;
const POLL_MS = 50;

const STRANGERS = directConversationId("some", "strangers");
const users = Array.from({ length: 100 }, (_, index) => `user ${index}`);

/** Frames of each kind of flood. What is sent is new in no way: a flood gains nothing by it. */
const FLOODS: Readonly<Record<string, object | string>> = {
  ping: { type: "ping" },
  send: { type: "send", to: { user: "victim" }, entries: [textEntry("flood")] },
  create: { type: "create", id: "flood", members: [] },
  "block, unblock": { type: "block", id: "r", user: "victim" },
  "read, delivered": { type: "read", conversation: STRANGERS, seq: 1 },
  typing: { type: "typing", conversation: STRANGERS },
  "mute, keep": { type: "mute", id: "r", conversation: STRANGERS, muted: true },
  history: { type: "history", id: "r", conversation: STRANGERS },
  members: { type: "members", id: "r", conversation: STRANGERS },
  receipts: { type: "receipts", id: "r", conversation: STRANGERS },
  sync: { type: "sync", id: "r", cursors: {} },
  presence: { type: "presence", id: "r", users },
  watch: { type: "presence", id: "r", users, watch: true },
  "unknown type": { type: "no-such-type", id: "r" },
  malformed: "not JSON",
};

async function p50(bystanders: readonly BenchConversation[], durationMs: number): Promise<number> {
  const { ackMs } = await runSteadyLoad(bystanders, { perSecond: BYSTANDERS_PER_SECOND, durationMs });
  return percentile(ackMs, 0.5);
}

async function waitUntil(isMet: () => boolean): Promise<void> {
  const endAtMs = performance.now() + LONGEST_MS;
  while (!isMet() && performance.now() < endAtMs) await pause(POLL_MS);
}

/** Measures the bystanders before a flood, until it is refused, and from five seconds after the first refusal on. */
async function measure(
  cloud: Cloud,
  bystanders: readonly BenchConversation[],
  name: string,
  frames: readonly (object | string)[],
) {
  const before = await p50(bystanders, QUIET_MS);
  const hostile = await HostileConnection.open(cloud, `hostile ${name}`, frames);
  try {
    const during = await p50(bystanders, AFTER_REFUSAL_MS);
    await waitUntil(() => hostile.fate.firstRefusalSeconds !== undefined);
    await pause(AFTER_REFUSAL_MS);
    const after = await p50(bystanders, MEASURED_MS);
    await waitUntil(() => hostile.fate.closedSeconds !== undefined);
    const row = rowOf(name, hostile.fate, { during: during / before, after: after / before });
    console.error(Object.values(row).join("  "));
    return row;
  } finally {
    hostile.stop();
  }
}

function rowOf(name: string, fate: Fate, { during, after }: { during: number; after: number }) {
  const { sent, firstRefusalSeconds, closedSeconds } = fate;
  return {
    "100 frames a second of": name,
    "first refusal, s": firstRefusalSeconds?.toFixed(1) ?? "never",
    "closed, s": closedSeconds?.toFixed(1) ?? "never",
    frames: sent,
    "bystander p50, first 5 s": formatRatio(during, 1),
    "5 s after the first refusal": formatRatio(after, 1),
  };
}

bundleFunctions();
const cloud = await startCloud({ log: () => undefined, onLog: () => undefined });
try {
  const bystanders = [await openChat(cloud, "bystander"), await openChat(cloud, "another")];
  await p50(bystanders, QUIET_MS);
  const rows = [];
  for (const [name, frame] of Object.entries(FLOODS)) {
    rows.push(await measure(cloud, bystanders, name, [frame]));
  }
  rows.push(await measure(cloud, bystanders, "all in turn", Object.values(FLOODS)));
  printTable(rows);
} finally {
  await cloud.stop();
}
process.exit(0);
