import { expect } from "vitest";
import { type Entry, type HistoryPolicy, LIMITS } from "../../../protocol/index.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { GroupModel } from "./group-model.ts";
import { GroupSimulation } from "./group-simulation.ts";
import type { World } from "./world.ts";

const EVENTS = 700;
/** After this event nothing crashes. */
const CALM_AT = 600;
const FRAMES = 7;
/** Times at which entries of a retention of one or two hours expire, and a time after both. */
const TIMES_SECONDS = [3_600, 7_200, 20_000];

export interface GroupRun {
  readonly seed: number;
  readonly isLarge: boolean;
  readonly history: HistoryPolicy;
}

type Count = (what: string, times?: number) => void;

/** Runs a simulation to its end and checks everything that must hold then. Counts what has happened in it. */
export async function checkGroupRun(
  { seed, isLarge, history }: GroupRun,
  count: Count = () => undefined,
  world?: World,
): Promise<void> {
  const options = { framesPerClient: FRAMES, history, isLarge };
  const group = new GroupSimulation(new SeededRandom(seed).below, options, world);
  for (let event = 0; event < EVENTS; event++) await group.step({ crashes: event < CALM_AT });
  await group.runToCompletion();
  count("answered directly", group.answeredDirectly);

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
    if (kind === "text") expect((body as { text: string } | null)?.text ?? null).toBe(model.texts.get(seq));
    if (kind === "text") expect(reactions ?? {}).toEqual(Object.fromEntries(model.reactions.get(seq) ?? []));
  }
  for (const [user] of model.members) await checkUser(group, model, log, user, count);
  expect(group.history.wrongs).toEqual([]);
  const acked = new Set(group.clients.flatMap((client) => [...client.acked.values()]));
  for (const { user, received } of group.devices) {
    const shown = [...received.values()].sort((a, b) => a.seq - b.seq);
    const readable = log.filter(({ seq }) => model.canRead(user, seq));
    // An entry whose direct writer died, and whose sender took the refusal of another attempt for its answer, is found
    // by the next sync.
    const due = readable.filter(({ seq }) => acked.has(seq) || received.has(seq));
    expect(shown.map(({ seq, id }) => [seq, id])).toEqual(due.map(({ seq, id }) => [seq, id]));
    if (due.length < readable.length) continue;
    // A former member's history lacks the texts that were changed after they left; their device has the earlier ones.
    const texts = textsOf(shown);
    const told = textsOf(await group.readAll(user));
    expect([...texts.keys()]).toEqual([...told.keys()]);
    for (const [seq, text] of told) {
      if (model.isMember(user)) expect(text, `${seq} in ${user}'s history`).toBe(model.texts.get(seq));
      if (model.isMember(user) || text !== null) expect(texts.get(seq), `${seq} at ${user}'s`).toBe(text);
    }
    if (model.isMember(user)) expect(reactionsOf(shown)).toEqual(reactionsOf(await group.readAll(user)));
  }
  for (const code of group.refusals.keys()) count(`refused ${code}`);
  const unannounced = [...acked].filter((seq) => !group.history.announced.has(seq));
  if (group.publishesEvents) expect(unannounced).toEqual([]);
  await checkRetention(group, model, log, { deletesExpired: world === undefined && seed % 2 === 0 });
}

/** Checks what new devices see while the entries expire one after the other. */
async function checkRetention(
  group: GroupSimulation,
  model: GroupModel,
  log: readonly Entry[],
  { deletesExpired }: { deletesExpired: boolean },
): Promise<void> {
  const middleMs = log[Math.floor(log.length / 2)]?.sentAtMs ?? 0;
  const shortest = Math.min(...model.retentions.map(({ seconds }) => seconds));
  for (const seconds of model.retentions.length > 0 ? TIMES_SECONDS : []) {
    const nowMs = middleMs + seconds * 1000;
    group.waitUntil(nowMs);
    if (deletesExpired) group.deleteExpired();
    for (const [user] of model.members) {
      const newest = log.filter(({ seq }) => model.canRead(user, seq)).slice(-LIMITS.syncTail);
      const isKept = (entry: Entry, keptSeconds: number) => nowMs - entry.sentAtMs < keptSeconds * 1000;
      const shown = (await group.syncNewDevice(user))?.entries.map(({ seq }) => seq) ?? [];
      // The visible part is the end of the log.
      expect(shown).toEqual(newest.map(({ seq }) => seq).slice(newest.length - shown.length));
      for (const entry of newest) {
        if (isKept(entry, shortest)) expect(shown).toContain(entry.seq);
        if (!isKept(entry, model.retentionOf(entry.seq))) expect(shown).not.toContain(entry.seq);
      }
    }
  }
}

/** Returns the texts that a device shows, which has applied edits and deletes in the order of the log. */
function textsOf(entries: readonly Entry[]): Map<number, string | null> {
  const texts = new Map<number, string | null>();
  for (const { seq, kind, body } of entries) {
    const { text, of } = (body ?? {}) as { text?: string; of?: number };
    if (kind === "text") texts.set(seq, text ?? null);
    if (kind === "delete" && of !== undefined) texts.set(of, null);
    if (kind === "edit" && of !== undefined && text !== undefined && texts.get(of) !== null)
      texts.set(of, text);
  }
  return texts;
}

/** Returns the reactions that a device shows, which has applied reactions and deletes in the order of the log. */
function reactionsOf(entries: readonly Entry[]): Record<string, readonly string[]> {
  const shown = new Set<string>();
  for (const { seq, kind, sender, body, reactions } of entries) {
    for (const [key, users] of Object.entries(reactions ?? {})) {
      for (const user of users) shown.add(`${seq} ${key} ${user}`);
    }
    const { of, key, remove } = (body ?? {}) as { of?: number; key?: string; remove?: boolean };
    if (kind === "reaction") shown[remove === true ? "delete" : "add"](`${of} ${key} ${sender}`);
    if (kind === "delete") for (const one of shown) if (one.startsWith(`${of} `)) shown.delete(one);
  }
  return Object.groupBy([...shown].sort(), (one) => one.split(" ")[0] ?? "") as Record<string, string[]>;
}

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
async function checkUser(
  group: GroupSimulation,
  model: GroupModel,
  log: readonly Entry[],
  user: string,
  count: Count,
) {
  const ranges = model.ranges(user);
  if (ranges.length > 1) count("left and came back");
  const memberRow = group.store.members.get(group.conversation)?.get(user);
  expect(memberRow?.ranges).toEqual(model.isMember(user) ? ranges : undefined);
  const row = group.store.row({ user, conversation: group.conversation });
  expect(row?.ranges).toEqual(ranges);
  const role = model.isMember(user) ? model.members.get(user)?.role : "member";
  expect(row?.role).toBe(role);
  const { spoken = false, addedBy } = model.members.get(user) ?? {};
  expect(row?.addedBy).toBe(addedBy);
  if (model.isMember(user)) {
    expect([row?.spoken === true, memberRow?.spoken === true]).toEqual([spoken, spoken]);
    count(spoken ? "has spoken" : "was silent");
  }

  const visible = log.filter(({ seq }) => model.canRead(user, seq));
  const synced = await group.syncNewDevice(user);
  expect(synced?.entries).toEqual(
    visible.slice(-LIMITS.syncTail).map((entry) => visibleTo(model, user, entry)),
  );
  expect(synced?.lastSeq).toBe(visible.at(-1)?.seq ?? 0);
  // Entries before the one that made the user a member count as read.
  const joined = log.findLast(
    ({ kind, body }) => kind === "member.add" && (body as { users: string[] }).users.includes(user),
  );
  const readSeq = Math.max(group.read.get(user) ?? 0, (joined?.seq ?? 1) - 1);
  const unread = visible.filter(
    ({ seq, sender, kind, deletedAtMs }) =>
      seq > readSeq && sender !== user && kind === "text" && deletedAtMs === undefined,
  );
  expect(synced?.unread).toBe(unread.length);
}
