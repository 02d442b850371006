import { expect, test } from "vitest";
import { applyEntry } from "../../../functions/core/commit/kind-rules.ts";
import { Membership } from "../../../functions/core/commit/membership.ts";
import { initialMembers, newConversation } from "../../../functions/core/commit/new-conversation.ts";
import type { HistoryPolicy, Role } from "../../../protocol/index.ts";
import { textEntry } from "../support/logs.ts";

const NOW_MS = 10_000_000;

/** A group of Olga, its owner, and Mia; its creation is entry 1. */
function group(history: HistoryPolicy = "joined") {
  const state = new Membership(
    newConversation({
      kind: "group",
      history,
      members: initialMembers(["olga", "mia"], "olga"),
      epoch: 1,
      nowMs: 0,
      retentionSeconds: undefined,
    }),
  );
  const apply = (seq: number, kind: string, body: unknown, sender = "olga") =>
    applyEntry(state, textEntry(seq, { kind, body, sender }), NOW_MS);
  return { state, apply };
}

const counts = ({ head: { memberCount, ownerCount } }: Membership) => [memberCount, ownerCount];

test("a user who is added reads from the addition on", () => {
  const { state, apply } = group();
  expect(apply(5, "member.add", { users: ["max", "moe"] })).toEqual(["max", "moe"]);
  expect(state.member("max")).toEqual({ user: "max", role: "member", ranges: [[5]] });
  expect(counts(state)).toEqual([4, 1]);
});

test("where history is open, a user who is added reads everything", () => {
  const { state, apply } = group("all");
  apply(5, "member.add", { users: ["max"] });
  expect(state.member("max")?.ranges).toEqual([[1]]);
});

test("a user who is removed reads up to the removal, and is no longer a member", () => {
  const { state, apply } = group();
  expect(apply(5, "member.remove", { users: ["mia"] })).toEqual(["mia"]);
  expect(state.row("mia")?.ranges).toEqual([[1, 5]]);
  expect(state.member("mia")).toBeUndefined();
  expect(counts(state)).toEqual([1, 1]);
});

test("a user who leaves and is added again does not read the entries in between", () => {
  const { state, apply } = group();
  apply(5, "member.leave", {}, "mia");
  apply(9, "member.add", { users: ["mia"] });
  apply(12, "member.remove", { users: ["mia"] });
  apply(20, "member.add", { users: ["mia"] });
  expect(state.member("mia")?.ranges).toEqual([[1, 5], [9, 12], [20]]);
  expect(counts(state)).toEqual([2, 1]);
});

test("where history is open, a user who comes back reads everything, and stops reading on leaving again", () => {
  const { state, apply } = group("all");
  apply(5, "member.leave", {}, "mia");
  apply(9, "member.add", { users: ["mia"] });
  expect(state.member("mia")?.ranges).toEqual([[1]]);
  apply(12, "member.leave", {}, "mia");
  expect(state.row("mia")?.ranges).toEqual([[1, 12]]);
});

test("an admin who leaves comes back as a member", () => {
  const { state, apply } = group();
  apply(2, "role", { user: "mia", role: "admin" });
  apply(3, "member.leave", {}, "mia");
  apply(4, "member.add", { users: ["mia"] });
  expect(state.member("mia")?.role).toBe("member");
});

test.each<[Role, number]>([
  ["owner", 2],
  ["admin", 1],
])("making a member %s leaves %i owners", (role, owners) => {
  const { state, apply } = group();
  expect(apply(2, "role", { user: "mia", role })).toEqual(["mia"]);
  expect(state.member("mia")?.role).toBe(role);
  expect(counts(state)).toEqual([2, owners]);
});

test("owners who step down or leave are counted", () => {
  const { state, apply } = group();
  apply(2, "role", { user: "mia", role: "owner" });
  apply(3, "role", { user: "olga", role: "member" });
  expect(counts(state)).toEqual([2, 1]);
  apply(4, "role", { user: "olga", role: "owner" });
  apply(5, "member.leave", {}, "mia");
  expect(counts(state)).toEqual([1, 1]);
});

test("every change of members raises their version, and nothing else does", () => {
  const { state, apply } = group();
  const raises = (seq: number, kind: string, body: unknown) => {
    const before = state.head.membersVersion;
    apply(seq, kind, body);
    return state.head.membersVersion > before;
  };
  expect(raises(2, "member.add", { users: ["max"] })).toBe(true);
  expect(raises(3, "role", { user: "max", role: "admin" })).toBe(true);
  expect(raises(4, "member.remove", { users: ["max"] })).toBe(true);
  expect(raises(5, "rename", { title: "T" })).toBe(false);
  expect(raises(6, "text", { text: "hi" })).toBe(false);
});

test("a new title and a new retention change the head, and no rows", () => {
  const { state, apply } = group();
  expect(apply(2, "rename", { title: "T" })).toEqual([]);
  expect(apply(3, "retention", { seconds: 3_600 })).toEqual([]);
  expect(state.head).toMatchObject({ title: "T", retentionSeconds: 3_600 });
  apply(4, "retention", { seconds: null });
  expect(state.head).not.toHaveProperty("retentionSeconds");
  expect(state.head.keptFromMs).toBe(NOW_MS - 3_600_000 + 1);
});

test.each(["text", "x.poll", "edit", "reaction", "create"])(
  "an entry of kind %s changes the log only",
  (kind) => {
    const { state, apply } = group();
    const before = state.view();
    expect(apply(2, kind, { text: "hi" })).toEqual([]);
    expect(state.view()).toEqual(before);
  },
);

test("a block is set and lifted, and leaves the rest of the row alone", () => {
  const { state } = group();
  const before = state.row("mia");
  state.setBlocked("mia", true);
  expect(state.row("mia")).toEqual({ ...before, blocked: true });
  state.setBlocked("mia", false);
  expect(state.row("mia")).toEqual(before);
  state.setBlocked("nobody", true);
  expect(state.row("nobody")).toBeUndefined();
});

test("a member's settings survive leaving and coming back", () => {
  const { state, apply } = group();
  const members = state.view().members.map((row) => ({ ...row, muted: true }));
  const muted = new Membership({ ...state.view(), members });
  applyEntry(muted, textEntry(2, { kind: "member.leave", body: {}, sender: "mia" }), NOW_MS);
  applyEntry(muted, textEntry(3, { kind: "member.add", body: { users: ["mia"] } }), NOW_MS);
  expect(muted.member("mia")?.muted).toBe(true);
  expect(apply(2, "text", {})).toEqual([]);
});
