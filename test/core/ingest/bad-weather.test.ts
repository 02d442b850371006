import { afterEach, describe, expect, test, vi } from "vitest";
import { DirectWriter } from "../../../functions/core/commit/direct.ts";
import { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import type { SendAnswer } from "../../../functions/core/ingest/accept.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import { CommitWorld } from "../support/commit-world.ts";
import { ingestSetup } from "../support/ingest-setup.ts";
import { CONVERSATION, segmentsOf } from "../support/logs.ts";
import { groupConversation, withHead, withTail } from "../support/planning.ts";

/** In bad weather time budgets are this much shorter. */
const FASTER = 200;
const REQUEST_DEADLINE_MS = 8_000;
const NOW_MS = 1_000_000;
const ID = "the-entry";

class Failure extends Error {}

type Fault = (work: () => Promise<unknown>, signal: AbortSignal) => Promise<unknown>;

const FAULTS: Readonly<Record<string, Fault>> = {
  "fails before it does anything": () => Promise.reject(new Failure()),
  "fails after it is done": async (work) => {
    await work();
    throw new Failure();
  },
  "hangs until it is aborted": (_, signal) => aborted(signal),
  "is done, and hangs until it is aborted": async (work, signal) => {
    await work();
    return aborted(signal);
  },
};

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Failure()));
  });
}

/** Frames that Alice sends, and the calls that each takes in fair weather. */
const FRAMES = {
  text: {
    entries: [{ id: ID, kind: "text", body: { text: "hello" } }],
    calls: [
      "log.read",
      "log.readBackward",
      "log.flush",
      "log.update",
      "leases.read",
      "connections.post",
      "inbox.rows",
      "outbound.announce",
      "log.announced",
    ],
  },
  edit: {
    entries: [{ id: ID, kind: "edit", body: { of: 2, text: "hello" } }],
    calls: ["log.change"],
  },
};
const CALLS = Object.entries(FRAMES).flatMap(([frame, { calls }]) =>
  calls.map((call) => ({ frame: frame as keyof typeof FRAMES, call })),
);

/**
 * Alice's group, in which everything is due at once: a flush, and the events of an entry whose writer died. Bob and a
 * second device of Alice are connected, Carol is not.
 */
async function weather(frame: keyof typeof FRAMES, faults: ReadonlyMap<string, Fault> = new Map()) {
  const failing = new Map(faults);
  if (failing.size > 0) shortenBudgets();
  const world = new CommitWorld({
    recent: new RecentConversations(),
    events: new Set(["message.committed", "message.undelivered"]),
  });
  const group = withTail(groupConversation(5, ["bob", "carol"]), 3, () => ({ sentAtMs: NOW_MS - 10 }));
  const view = withHead(group, { flushDue: true, announcedSeq: 7, updatedAtMs: NOW_MS - 10 });
  world.put(
    CONVERSATION,
    view,
    segmentsOf([5], () => ({ sentAtMs: NOW_MS - 20 })),
  );
  for (const user of ["alice", "bob"]) await world.connect(user, `${user}-2`);
  const hit = new Set<string>();
  const around = async (name: string, work: () => Promise<unknown>, signal: AbortSignal) => {
    const fault = failing.get(name);
    if (fault !== undefined) hit.add(name);
    const result = signal.aborted ? Promise.reject(new Failure()) : (fault?.(work, signal) ?? work());
    // A post never fails: an abort makes its outcome `retry`.
    return name === "connections.post" ? result.catch((): PostOutcome => "retry") : result;
  };
  world.around = around;
  const ingest = ingestSetup({
    direct: new DirectWriter(world.deps),
    requestSignal: () => AbortSignal.timeout(REQUEST_DEADLINE_MS),
    publish: async (work, signal) => {
      await around("entries.publish", async () => work(), signal);
    },
  });
  const body = { type: "send", conversation: CONVERSATION, seen: [1, 3], entries: FRAMES[frame].entries };
  const send = () => ingest.send("alice-1", JSON.stringify(body));

  /** Ends the bad weather; the queue works off what was published. */
  const clearUp = async () => {
    failing.clear();
    vi.restoreAllMocks();
    for (const published of ingest.published.splice(0)) expect(await world.commit([published])).toEqual([]);
  };
  return { world, ingest, send, clearUp, hit };
}

function shortenBudgets(): void {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => timeout(Math.ceil(ms / FASTER)));
}

/** Seqs at which the entry is in the log. */
const seqsIn = ({ store }: CommitWorld) =>
  store.entries(CONVERSATION).flatMap(({ id, seq }) => (id === ID ? [seq] : []));

/** True if the entry was pushed to Bob and to Alice's other device, or is waiting for that in the outbound queue. */
function isPushed({ posted, outbound }: CommitWorld): boolean {
  return ["alice-2", "bob-2"].every(
    (connection) =>
      posted.some(
        (post) =>
          post.connection === connection &&
          post.frame.type === "entries" &&
          post.frame.entries.some(({ id }) => id === ID),
      ) ||
      outbound.some(
        (message) =>
          message.type === "deliver.entries" &&
          message.targets.some((target) => target.connection === connection) &&
          message.seqs.includes(9),
      ),
  );
}

function isAnnounced({ outbound }: CommitWorld): boolean {
  return outbound.some(
    (message) => message.type === "message.committed" && message.entries.some(({ id }) => id === ID),
  );
}

/** Checks what the sender was told, and returns true if its entry must be in the log for good. */
function isPromised(answer: SendAnswer | undefined, world: CommitWorld): boolean {
  if (answer?.type === "ack") {
    expect(answer.entries).toEqual([{ id: ID, seq: 9, sentAtMs: expect.any(Number) }]);
    expect(seqsIn(world)).toEqual([9]);
    expect([isPushed(world), isAnnounced(world)]).toEqual([true, true]);
    return true;
  }
  if (answer?.type === "accepted") {
    expect(answer).toEqual({ type: "accepted", conversation: CONVERSATION, ids: [ID] });
    return true;
  }
  expect(answer).toMatchObject({ type: "error", ids: [ID], error: { temporary: true } });
  return false;
}

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(["text", "edit"] as const)(
  "in fair weather a frame (%s) is acknowledged after these calls",
  async (frame) => {
    const { world, send, ingest } = await weather(frame);
    expect(isPromised(await send(), world)).toBe(true);
    expect(ingest.published).toEqual([]);
    expect(world.names).toEqual(expect.arrayContaining(FRAMES[frame].calls));
  },
);

/** Publishing to the queue may work, or fail in the same ways. */
const PUBLISHING: readonly (Fault | undefined)[] = [undefined, ...Object.values(FAULTS)];

describe.each(CALLS)("when $call of a frame ($frame)", ({ frame, call }) => {
  test.each(Object.entries(FAULTS))(
    "%s, no answer is wrong and the entry is written once",
    async (_, fault) => {
      for (const publishFault of PUBLISHING) {
        const failing = new Map([[call, fault]]);
        if (publishFault !== undefined) failing.set("entries.publish", publishFault);
        const { world, send, clearUp, hit } = await weather(frame, failing);
        const hasPromise = isPromised(await send(), world);
        expect(hit).toContain(call);

        await clearUp();
        if (hasPromise) expectOneEntry(world);
        else expect(seqsIn(world).length).toBeLessThanOrEqual(1);

        // The sender sends it again, because there was no ack or it was lost.
        expect((await send())?.type).toMatch(/^(ack|accepted)$/);
        await clearUp();
        expectOneEntry(world);
      }
    },
  );
});

function expectOneEntry(world: CommitWorld): void {
  expect([seqsIn(world), isPushed(world), isAnnounced(world)]).toEqual([[9], true, true]);
  const { lastSeq } = world.head(CONVERSATION);
  const seqs = world.store.entries(CONVERSATION).map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: lastSeq }, (_, index) => index + 1));
}
