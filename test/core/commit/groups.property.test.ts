import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../../../protocol/index.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { GroupModel } from "../support/group-model.ts";
import { GroupSimulation } from "../support/group-simulation.ts";

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 300);

/** Counts events over all runs: a property without events proves nothing. */
const happened = new Map<string, number>();
const count = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);

const arbitraryGroup = fc.record({
  seed: fc.integer(),
  isLarge: fc.boolean(),
  history: fc.constantFrom("joined" as const, "joined" as const, "all" as const),
});

test("whatever users, crashes and retries do to a group: one dense log, and everyone sees exactly the entries and the unread count they should", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryGroup, async ({ seed, isLarge, history }) => {
      const group = new GroupSimulation(new SeededRandom(seed).below, {
        framesPerClient: 7,
        history,
        isLarge,
      });
      for (let event = 0; event < 700; event++) await group.step({ crashes: event < 600 });
      await group.runToCompletion();

      const log = group.store.entries(group.conversation);
      const head = group.store.heads.get(group.conversation);
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
      expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
      expect(head?.lastSeq).toBe(log.length);
      for (const { acked } of group.clients) {
        for (const [id, seq] of acked) expect(log[seq - 1]?.id).toBe(id);
      }

      const model = new GroupModel(log, group.sent, "alice", history);
      expect(model.illegal).toEqual([]);
      expect(head).toMatchObject({
        memberCount: model.memberCount,
        ownerCount: model.ownerCount,
        title: model.title,
      });
      for (const { kind, seq, body, reactions } of log) {
        count(kind);
        if (kind === "text")
          expect((body as { text: string } | null)?.text ?? null).toBe(model.texts.get(seq));
        if (kind === "text")
          expect(reactions ?? {}).toEqual(Object.fromEntries(model.reactions.get(seq) ?? []));
      }
      for (const [user] of model.members) await checkUser(group, model, log, user);
      for (const { user, received } of group.devices) {
        const visible = log.filter(({ seq }) => model.canRead(user, seq));
        expect([...received].sort(([a], [b]) => a - b)).toEqual(visible.map(({ seq, id }) => [seq, id]));
      }
      for (const code of group.refusals.keys()) count(`refused ${code}`);
    }),
    { numRuns: RUNS },
  );
  for (const kind of ["create", "text", "member.add", "member.remove", "member.leave", "role", "rename"]) {
    expect(happened.get(kind), kind).toBeGreaterThan(0);
  }
  for (const kind of ["edit", "delete", "reaction", "refused forbidden", "refused not_a_member"]) {
    expect(happened.get(kind), kind).toBeGreaterThan(0);
  }
  for (const kind of ["refused not_found", "refused conflict", "left and came back"]) {
    expect(happened.get(kind), kind).toBeGreaterThan(0);
  }
});

/** Returns an entry as the user sees it: a former member must not see later changes. */
function visibleTo(model: GroupModel, user: string, entry: Entry): Entry {
  if (entry.kind === "edit") {
    const { of } = entry.body as { of: number };
    return model.canRead(user, of) ? entry : { ...entry, body: { of } };
  }
  if (model.isMember(user)) return entry;
  const { reactions: _, ...rest } = entry;
  const isLater = entry.editSeq !== undefined && !model.canRead(user, entry.editSeq);
  return isLater ? { ...rest, body: null } : rest;
}

/** Checks a user's rows, and what a new device of theirs syncs. */
async function checkUser(group: GroupSimulation, model: GroupModel, log: readonly Entry[], user: string) {
  const ranges = model.ranges(user);
  if (ranges.length > 1) count("left and came back");
  expect(group.store.members.get(group.conversation)?.get(user)?.ranges).toEqual(ranges);
  const row = group.store.row({ user, conversation: group.conversation });
  expect(row?.ranges).toEqual(ranges);
  const role = model.isMember(user) ? model.members.get(user)?.role : "member";
  expect(row?.role).toBe(role);

  const visible = log.filter(({ seq }) => model.canRead(user, seq));
  const synced = await group.syncNewDevice(user);
  expect(synced?.entries).toEqual(visible.slice(-25).map((entry) => visibleTo(model, user, entry)));
  expect(synced?.lastSeq).toBe(visible.at(-1)?.seq ?? 0);
  const readSeq = group.read.get(user) ?? 0;
  const unread = visible.filter(
    ({ seq, sender, kind, deletedAtMs }) =>
      seq > readSeq && sender !== user && kind === "text" && deletedAtMs === undefined,
  );
  expect(synced?.unread).toBe(unread.length);
}
