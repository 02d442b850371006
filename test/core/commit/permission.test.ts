import { describe, expect, test } from "vitest";
import { authorize } from "../../../functions/core/commit/kind-rules.ts";
import { Membership } from "../../../functions/core/commit/membership.ts";
import type { Actor } from "../../../functions/core/commit/permission.ts";
import type { ConversationKind, Head, Member } from "../../../functions/ports/conversation-log.ts";
import type { PublishedEntry } from "../../../functions/ports/published-frame.ts";
import { LIMITS, type Role } from "../../../protocol/index.ts";
import { headOf } from "../../support/frames.ts";

const PEOPLE: readonly (readonly [user: string, role: Role])[] = [
  ["olga", "owner"],
  ["otto", "owner"],
  ["anna", "admin"],
  ["adam", "admin"],
  ["mia", "member"],
  ["max", "member"],
];

const GONE: Member = { user: "gone", role: "member", ranges: [[1, 3]] };

function group(over: Partial<Head> = {}, people = PEOPLE, kind: ConversationKind = "group"): Membership {
  const members = people.map(([user, role]): Member => ({ user, role, ranges: [[1]] }));
  const ownerCount = people.filter(([, role]) => role === "owner").length;
  const head = headOf({ kind, memberCount: members.length, ownerCount, ...over });
  return new Membership({ head, members: [...members, GONE], complete: true });
}

const ACTORS: Record<string, Actor> = {
  member: { user: "mia", role: "member", isSystem: false },
  admin: { user: "anna", role: "admin", isSystem: false },
  owner: { user: "olga", role: "owner", isSystem: false },
  system: { user: "a back end", role: "owner", isSystem: true },
};

type Kind = PublishedEntry["kind"];
const entry = (kind: Kind, body: unknown) => ({ id: "e", kind, body }) as PublishedEntry;

function outcome(
  one: PublishedEntry,
  actor: Actor,
  state = group(),
  blockedBy: readonly string[] = [],
  strangers: readonly string[] = [],
): unknown {
  const context = {
    actor,
    group: state,
    blockedBy: new Set(blockedBy),
    strangers: new Set(strangers),
    nowMs: 0,
  };
  const settled = authorize(one, context);
  return "refused" in settled ? settled.refused : settled.body;
}

const isAllowed = (result: unknown) => typeof result !== "string";

describe("who may do what in a group", () => {
  const table: [what: string, entry: PublishedEntry, may: string][] = [
    ["write a text", entry("text", { text: "hi" }), "member admin owner system"],
    ["say something of an application", entry("x.poll", { any: "thing" }), "member admin owner system"],
    ["rename it", entry("rename", { title: "T" }), "admin owner system"],
    ["set its retention", entry("retention", { seconds: 3_600 }), "admin owner system"],
    ["add people", entry("member.add", { users: ["new"] }), "admin owner system"],
    ["remove a member", entry("member.remove", { users: ["max"] }), "admin owner system"],
    ["remove an admin", entry("member.remove", { users: ["adam"] }), "owner system"],
    ["remove an owner", entry("member.remove", { users: ["otto"] }), "owner system"],
    ["make someone an admin", entry("role", { user: "max", role: "admin" }), "owner system"],
    ["make an owner a member", entry("role", { user: "otto", role: "member" }), "owner system"],
    ["leave", entry("member.leave", {}), "member admin owner"],
  ];
  for (const [what, one, may] of table) {
    test.each(Object.keys(ACTORS))(`${what}, as %s`, (name) => {
      const actor = ACTORS[name];
      if (actor === undefined) throw new Error(name);
      expect(isAllowed(outcome(one, actor))).toBe(may.split(" ").includes(name));
    });
  }
});

describe("a direct conversation has two sides for ever", () => {
  const direct = () => group({}, [["mia", "member"]], "direct");
  const table: [what: string, entry: PublishedEntry, allowed: boolean][] = [
    ["a text is written", entry("text", { text: "hi" }), true],
    ["either side sets the retention", entry("retention", { seconds: null }), true],
    ["it is not renamed", entry("rename", { title: "T" }), false],
    ["nobody is added", entry("member.add", { users: ["new"] }), false],
    ["nobody is removed", entry("member.remove", { users: ["max"] }), false],
    ["nobody leaves", entry("member.leave", {}), false],
    ["nobody has a role", entry("role", { user: "mia", role: "admin" }), false],
  ];
  for (const [what, one, allowed] of table) {
    test.each(["member", "system"])(`${what}, as %s`, (name) => {
      expect(outcome(one, ACTORS[name] as Actor, direct())).toEqual(allowed ? one.body : "forbidden");
    });
  }
});

const { owner, admin, system, member } = ACTORS as Record<"owner" | "admin" | "system" | "member", Actor>;
const soleOwner = () =>
  group({}, [
    ["olga", "owner"],
    ["mia", "member"],
    ["max", "member"],
  ]);
const alone = () => group({}, [["olga", "owner"]]);
const worn = () => {
  const state = group();
  const ranges = Array.from({ length: LIMITS.rangesPerMember }, (_, index): [number, number] => [
    index,
    index,
  ]);
  return new Membership({ ...state.view(), members: [{ ...GONE, ranges }] });
};

test.each<[string, unknown, PublishedEntry, Actor, (() => Membership)?, string[]?]>([
  [
    "adding names the newcomers only",
    { users: ["new"] },
    entry("member.add", { users: ["mia", "new"] }),
    admin,
  ],
  ["whoever left can be added again", { users: ["gone"] }, entry("member.add", { users: ["gone"] }), admin],
  ["adding members only is a conflict", "conflict", entry("member.add", { users: ["mia", "max"] }), admin],
  [
    "who has blocked the one who adds him is not added",
    "blocked",
    entry("member.add", { users: ["new", "other"] }),
    admin,
    group,
    ["other"],
  ],
  [
    "a group takes its last member",
    { users: ["new"] },
    entry("member.add", { users: ["new"] }),
    admin,
    () => group({ memberCount: LIMITS.membersPerGroup - 1 }),
  ],
  [
    "a full group takes nobody",
    "too_large",
    entry("member.add", { users: ["new"] }),
    admin,
    () => group({ memberCount: LIMITS.membersPerGroup }),
  ],
  [
    "who left and came back too often cannot come again",
    "conflict",
    entry("member.add", { users: ["gone"] }),
    admin,
    worn,
  ],
  [
    "removing names the members only",
    { users: ["max"] },
    entry("member.remove", { users: ["max", "gone"] }),
    admin,
  ],
  ["removing nobody is a conflict", "conflict", entry("member.remove", { users: ["gone", "nobody"] }), admin],
  ["nobody removes himself, but leaves", "conflict", entry("member.remove", { users: ["olga"] }), owner],
  [
    "removing some one may not remove removes none",
    "forbidden",
    entry("member.remove", { users: ["max", "adam"] }),
    admin,
  ],
  [
    "a back end does not take a group its last owner",
    "conflict",
    entry("member.remove", { users: ["olga"] }),
    system,
    soleOwner,
  ],
  [
    "a back end takes everybody out of a group",
    { users: ["olga", "mia", "max"] },
    entry("member.remove", { users: ["olga", "mia", "max"] }),
    system,
    soleOwner,
  ],
  ["the last owner does not leave", "conflict", entry("member.leave", {}), owner, soleOwner],
  ["the last owner leaves when he is the last of all", {}, entry("member.leave", {}), owner, alone],
  ["one of several owners leaves", {}, entry("member.leave", {}), owner],
  ["the last owner stays one", "conflict", entry("role", { user: "olga", role: "member" }), owner, soleOwner],
  ["a role one has already is a conflict", "conflict", entry("role", { user: "adam", role: "admin" }), owner],
  ["who is no member has no role", "conflict", entry("role", { user: "gone", role: "admin" }), owner],
  [
    "a group is not made with someone who has blocked its creator",
    "blocked",
    entry("create", { members: ["other"] }),
    owner,
    group,
    ["other"],
  ],
  ["what a member may not do is forbidden", "forbidden", entry("rename", { title: "T" }), member],
])("%s", (_, expected, one, actor, state = group, blockedBy = []) => {
  expect(outcome(one, actor, state(), blockedBy)).toEqual(expected);
});

test("who may add known people only is refused a stranger in the same way, blocked or not, and not somebody who is there", () => {
  const actor = { user: "anna", role: "admin", isSystem: false } as const;
  const added = (users: string[], blockedBy: string[] = []) =>
    outcome(entry("member.add", { users }), actor, group(), blockedBy, ["new", "max"]);
  expect(added(["new"])).toBe("consent_required");
  expect(added(["new"], ["new"])).toBe("consent_required");
  expect(added(["known", "new"])).toBe("consent_required");
  expect(added(["known", "max"])).toEqual({ users: ["known"] });
  const create = entry("create", { members: ["new"] });
  expect(outcome(create, actor, group(), [], ["new"])).toBe("consent_required");
  expect(outcome(create, actor, group(), ["new"], ["new"])).toBe("consent_required");
  expect(outcome(create, actor)).toEqual({ members: ["new"] });
});
