import { expect, test } from "vitest";
import { type AppendDeps, appendFrames } from "../../../functions/core/commit/append.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import type { Step } from "../../support/interleaving.ts";
import { MemoryInbox, MemoryLog, MemoryStore, noMetrics, silent } from "../../support/memory-ports.ts";

const signal = new AbortController().signal;

/** A conversation of Alice and Bob with one message. `step` can hold up the calls of the next writer. */
async function begun() {
  const store = new MemoryStore();
  const decide = (frames: readonly PublishedFrame[], step?: Step) => {
    const deps: AppendDeps = {
      log: new MemoryLog(store, step),
      inbox: new MemoryInbox(store),
      now: () => 1_000_000,
      epochFloor: 1,
      retentionSeconds: undefined,
      logger: silent,
      metrics: noMetrics,
    };
    return appendFrames(deps, ALICE_BOB, frames, signal);
  };
  await decide([published()]);
  return { store, decide };
}

test("a conversation whose worker died right after writing a message and a reaction to it goes on", async () => {
  const { store, decide } = await begun();
  const [text] = published().entries;
  if (text === undefined) throw new Error("a frame has entries");
  const reaction = { id: "r", kind: "reaction" as const, body: { of: 2, key: "👍" } };
  // What follows the decision, the head among it, never happens.
  await decide([published({ entries: [text, reaction] })]);

  let calls = 0;
  const patience: Step = async () => {
    calls += 1;
    if (calls > 100) throw new Error("it reads the log again and again");
  };
  const { decisions } = await decide([published()], patience);
  expect(decisions[0]?.outcomes).toEqual([{ seq: 4 }]);
  expect(store.entries(ALICE_BOB).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

const control = (type: "block" | "unblock", frame: string) =>
  published({ frame, entries: [], control: { id: frame, type } });

test("a block that a slow worker writes late does not undo the unblock that came after it", async () => {
  const { store, decide } = await begun();
  const block = control("block", "f-block");
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reached = () => {};
  const writing = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const slow = decide([block], async (call) => {
    if (call !== "change") return;
    reached();
    await held;
  });
  await writing;
  await decide([block]);
  await decide([control("unblock", "f-unblock")]);
  release();
  await slow;
  expect(store.members.get(ALICE_BOB)?.get("bob")?.blocked).toBeUndefined();
});
