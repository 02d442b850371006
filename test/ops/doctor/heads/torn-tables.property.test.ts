import fc from "fast-check";
import { expect, test } from "vitest";
import { type AppendDeps, appendFrames } from "../../../../functions/core/commit/append.ts";
import { isOpen } from "../../../../functions/core/log/readable-ranges.ts";
import type { PublishedFrame } from "../../../../functions/ports/published-frame.ts";
import { diagnose } from "../../../../ops/doctor/heads/diagnose.ts";
import { examine, type SettledFinding } from "../../../../ops/doctor/heads/examine.ts";
import type { Entry } from "../../../../protocol/index.ts";
import { CommitSimulation } from "../../../core/support/commit-simulation.ts";
import { GroupSimulation } from "../../../core/support/group-simulation.ts";
import { ALICE_BOB } from "../../../support/frames.ts";
import {
  MemoryInbox,
  MemoryLog,
  type MemoryStore,
  noMetrics,
  silent,
} from "../../../support/memory-ports.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import { MemoryHeadsStore } from "../../support/memory-heads-store.ts";
import { ItemHistory } from "../../support/torn-table.ts";

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 40);
const TEARS = 25;
const NOW_MS = 10 ** 9;
const signal = new AbortController().signal;

/** Counts findings over all runs: a property without events proves nothing. */
const happened = new Map<string, number>();
const count = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);

interface Run {
  readonly store: MemoryStore;
  step(options: { crashes: boolean }): Promise<void>;
}

test("whatever single items of a group go back in time, the doctor finds it, and the mended group goes on", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.constantFrom("joined" as const, "all" as const),
      fc.integer({ min: 1, max: 3 }),
      async (seed, history, most) => {
        const random = new SeededRandom(seed);
        // With a retention, a gap at the beginning of the log is no fault.
        const options = { framesPerClient: 12, history, isLarge: false, setsRetention: false };
        const group = new GroupSimulation(random.below, options);
        await checkTears(group, group.conversation, random, most);
      },
    ),
    { numRuns: RUNS },
  );
  for (const kind of ["head-missing", "head-behind", "hole", "counts", "member-row", "inbox-row"]) {
    expect(happened.get(kind), kind).toBeGreaterThan(0);
  }
});

test("whatever single items of a direct conversation go back in time, the doctor finds it, and the mended one goes on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 3 }), async (seed, most) => {
      const random = new SeededRandom(seed);
      await checkTears(new CommitSimulation(random.below, 12), ALICE_BOB, random, most);
    }),
    { numRuns: RUNS },
  );
});

async function checkTears(run: Run, conversation: string, random: SeededRandom, most: number): Promise<void> {
  const history = new ItemHistory(run.store, conversation);
  for (let event = 0; event < 500; event++) {
    await run.step({ crashes: true });
    history.record();
  }
  if (run.store.heads.get(conversation) === undefined) return;
  expect(diagnose(await new MemoryHeadsStore(run.store).read(conversation), NOW_MS).findings).toEqual([]);
  for (let tear = 0; tear < TEARS; tear++) {
    const tears = new Map(
      Array.from({ length: 1 + random.below(most) }, () => {
        const kind = random.oneOf(["HEAD", "SEG", "MEMBER", "INBOX"]) ?? "HEAD";
        const key = random.oneOf(history.keys(kind)) ?? "HEAD";
        return [key, random.oneOf(history.versions(key))] as const;
      }),
    );
    const torn = history.torn(tears);
    const entries = entriesOf(torn, conversation);
    const heads = new MemoryHeadsStore(torn);
    const findings = await examine(heads, conversation, { mends: true, nowMs: NOW_MS, users: [] }, signal);
    for (const { kind, outcome } of findings) {
      count(kind);
      expect(outcome, JSON.stringify(findings)).not.toBe("open");
    }
    if (torn.heads.get(conversation) === undefined) {
      expect(findings.map(({ kind, outcome }) => [kind, outcome])).toEqual([["head-missing", "left"]]);
      continue;
    }
    checkLog(torn, conversation, findings);
    for (const [seq, entry] of entries) {
      expect(torn.entries(conversation).find((one) => one.seq === seq)?.id, `entry ${seq}`).toBe(entry.id);
    }
    checkRows(torn, conversation, findings);
    await chatOn(torn, conversation);
    checkLog(torn, conversation, findings);
  }
}

/** Entries that a torn table still has, except those of a flush that did not finish. */
function entriesOf(store: MemoryStore, conversation: string): Map<number, Entry> {
  const head = store.heads.get(conversation);
  const segments = store
    .segmentsBetween(conversation, 1, Number.MAX_SAFE_INTEGER)
    .filter(({ headVersion, entries: [first] }) =>
      head === undefined ? true : headVersion > head.version || (first?.seq ?? 0) < head.tailFirst,
    );
  const all = [...segments.flatMap(({ entries }) => entries), ...(head?.tail ?? [])];
  return new Map(all.map((entry) => [entry.seq, entry]));
}

/** The log has no gap but the marked ones, no entry twice, and no segment that goes beyond it. */
function checkLog(store: MemoryStore, conversation: string, findings: readonly SettledFinding[]): void {
  const head = store.heads.get(conversation);
  const log = store.entries(conversation);
  const missing = head?.missing ?? [];
  const expected = Array.from({ length: head?.lastSeq ?? 0 }, (_, index) => index + 1).filter(
    (seq) => !missing.some(([from, to]) => seq >= from && seq <= to),
  );
  expect(log.map(({ seq }) => seq)).toEqual(expected);
  expect(new Set(log.map(({ sender, id }) => `${sender} ${id}`)).size).toBe(log.length);
  expect(missing.length > 0).toBe(findings.some(({ outcome }) => outcome === "marked"));
  for (const { seq, kind, body } of log) {
    if (kind !== "delete") continue;
    const target = log.find((entry) => entry.seq === (body as { of: number }).of);
    if (target !== undefined) expect(target.body, `entry ${seq} deletes`).toBeNull();
  }
}

function checkRows(store: MemoryStore, conversation: string, findings: readonly SettledFinding[]): void {
  const head = store.heads.get(conversation);
  const members = store.membersOf(conversation);
  const current = members.filter(({ ranges }) => isOpen(ranges));
  expect(head).toMatchObject({
    memberCount: current.length,
    ownerCount: current.filter(({ role }) => role === "owner").length,
  });
  const isLeft = findings.some(({ outcome }) => outcome === "left");
  for (const { user, role, ranges, blocked } of members) {
    const row = store.row({ user, conversation });
    expect({ ...row, blocked: row?.blocked === true }, user).toMatchObject({
      role,
      ranges,
      blocked: blocked === true,
    });
  }
  for (const [user, rows] of store.inbox) {
    const row = rows.get(conversation);
    if (row === undefined || isLeft || !isOpen(row.ranges)) continue;
    expect(members.map((member) => member.user)).toContain(user);
  }
}

let frames = 0;

/** Two members, or a back end, append more than one segment. */
async function chatOn(store: MemoryStore, conversation: string): Promise<void> {
  const deps: AppendDeps = {
    log: new MemoryLog(store),
    inbox: new MemoryInbox(store),
    epochFloor: 2,
    retentionSeconds: undefined,
    headBytes: 1024,
    metrics: noMetrics,
    logger: silent,
    now: () => NOW_MS,
  };
  for (let turn = 0; turn < 12; turn++) {
    frames += 1;
    const frame: PublishedFrame = {
      frame: `after ${frames}`,
      sender: { user: "back end", connection: "none" },
      system: true,
      conversation,
      entries: [{ id: `after ${frames}`, kind: "text", body: { text: "goes on" } }],
      receivedAtMs: NOW_MS,
    };
    const result = await appendFrames(
      deps,
      conversation,
      [frame],
      { source: "direct", maxAttempts: 1 },
      signal,
    );
    expect(result?.decisions.map(({ origin }) => origin)).toEqual(["appended"]);
  }
}
