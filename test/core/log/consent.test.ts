import { describe, expect, test } from "vitest";
import { hasConsent, isShownTo, mayBeTold, mayComeToBeTold } from "../../../functions/core/log/consent.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";

const GROUP = `g${"a".repeat(43)}`;
const DIRECT = `d${"a".repeat(43)}`;

const inGroup = (over: Partial<InboxRow> = {}): InboxRow => ({
  conversation: GROUP,
  role: "member",
  ranges: [[1]],
  ...over,
});
const direct = (over: Partial<InboxRow> = {}): InboxRow => ({
  ...inGroup(over),
  conversation: DIRECT,
  peer: "bob",
});
const both = { spoken: true, peerSpoken: true };

describe("in a direct conversation, Alice is told of Bob", () => {
  test.each<[string, Partial<InboxRow>, boolean]>([
    ["not if nobody has spoken", {}, false],
    ["not if only she has spoken", { spoken: true }, false],
    ["not if only he has spoken", { peerSpoken: true }, false],
    ["once both have spoken", both, true],
    ["not while he blocks her", { ...both, blocked: true }, false],
    ["while she blocks him", { ...both, blocking: true }, true],
  ])("%s", (_, over, isTold) => {
    expect(hasConsent(direct(over))).toBe(isTold);
    expect(mayBeTold("alice", { direct: direct(over) })).toBe(isTold);
    // By his own row, which has the same facts from the other side.
    const { spoken, peerSpoken, blocked, blocking } = direct(over);
    const his = { spoken: peerSpoken, peerSpoken: spoken, blocked: blocking, blocking: blocked };
    expect(isShownTo("alice", direct({ ...his }))).toBe(isTold);
    // A direct conversation that is named like a group gives no more.
    const named = { direct: direct(over), own: direct(over), theirs: direct({ ...his }) };
    expect(mayBeTold("alice", named)).toBe(isTold);
  });

  test("not if there is none", () => {
    expect(mayBeTold("alice", { direct: undefined })).toBe(false);
    expect(mayComeToBeTold({ direct: undefined })).toBe(false);
  });
});

describe("in a group that she has named, Alice is told of Bob", () => {
  const former: InboxRow["ranges"] = [[1, 4]];
  test.each<[string, { own?: InboxRow; theirs?: InboxRow; direct?: InboxRow }, boolean]>([
    ["if somebody else has added him", { own: inGroup(), theirs: inGroup({ addedBy: "carol" }) }, true],
    ["if he has made the group", { own: inGroup({ addedBy: "bob" }), theirs: inGroup() }, true],
    ["not if she has added him", { own: inGroup(), theirs: inGroup({ addedBy: "alice" }) }, false],
    [
      "if she has added him and he has spoken there",
      { own: inGroup(), theirs: inGroup({ addedBy: "alice", spoken: true }) },
      true,
    ],
    [
      "not as a former member",
      { own: inGroup({ ranges: former }), theirs: inGroup({ spoken: true }) },
      false,
    ],
    [
      "not if he is a former member",
      { own: inGroup(), theirs: inGroup({ ranges: former, spoken: true }) },
      false,
    ],
    ["not if he is a stranger to it", { own: inGroup() }, false],
    [
      "not while he blocks her",
      { own: inGroup(), theirs: inGroup({ spoken: true }), direct: direct({ ...both, blocked: true }) },
      false,
    ],
    [
      "if they have hardly talked directly",
      { own: inGroup(), theirs: inGroup({ spoken: true }), direct: direct({ spoken: true }) },
      true,
    ],
  ])("%s", (_, rows, isTold) => {
    expect(mayBeTold("alice", { direct: undefined, ...rows })).toBe(isTold);
  });
});

test("a watch is kept for people who need only speak, and for nobody else", () => {
  expect(mayComeToBeTold({ direct: direct({ spoken: true }) })).toBe(true);
  const added = { direct: undefined, own: inGroup(), theirs: inGroup({ addedBy: "alice" }) };
  expect(mayComeToBeTold(added)).toBe(true);
  expect(mayComeToBeTold({ direct: direct({ silent: true, blocked: true }) })).toBe(false);
  expect(mayComeToBeTold({ direct: undefined, own: inGroup() })).toBe(false);
});
