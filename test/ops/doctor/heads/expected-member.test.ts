import { describe, expect, test } from "vitest";
import type { Member } from "../../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../../functions/ports/inbox.ts";
import { expectedMember } from "../../../../ops/doctor/heads/expected-member.ts";
import type { Trace } from "../../../../ops/doctor/heads/membership-trail.ts";

type Ranges = Member["ranges"];

interface Copies {
  member?: Ranges;
  row?: Ranges;
  trace?: Trace;
  history?: "joined" | "all";
}

function rangesOf({ member, row, trace, history = "joined" }: Copies, lastSeq = 100): Ranges | undefined {
  const copies = {
    user: "bob",
    member: member && ({ user: "bob", role: "member", ranges: member } as Member),
    row: row && ({ conversation: "c", role: "member", ranges: row } as InboxRow),
    trace,
  };
  return expectedMember(copies, { history, lastSeq })?.ranges;
}

const added = (seq: number): Trace => ({ isOpen: true, role: "member", seq });
const removed = (seq: number): Trace => ({ isOpen: false, role: "member", seq });

describe("without a word of the log", () => {
  test("the member row is right, and an inbox row alone is not believed", () => {
    expect(rangesOf({ member: [[1]], row: [[1, 5]] })).toEqual([[1]]);
    expect(rangesOf({ row: [[1]] })).toBeUndefined();
    expect(rangesOf({})).toBeUndefined();
  });

  test("no range goes beyond the log, because other entries will be there", () => {
    expect(
      rangesOf(
        {
          member: [
            [1, 4],
            [6, 9],
          ],
        },
        7,
      ),
    ).toEqual([
      [1, 4],
      [6, 7],
    ]);
    expect(
      rangesOf(
        {
          member: [
            [1, 4],
            [8, 9],
          ],
        },
        7,
      ),
    ).toEqual([[1, 4]]);
    expect(rangesOf({ member: [[9]] }, 7)).toEqual([[8]]);
  });
});

describe("the log decides", () => {
  test.each<[string, Copies, Ranges]>([
    [
      "a removal that only the inbox row knows",
      { member: [[1]], row: [[1, 5]], trace: removed(5) },
      [[1, 5]],
    ],
    ["a removal that no row knows", { member: [[1]], row: [[1]], trace: removed(5) }, [[1, 5]]],
    ["a removal before a lost return", { member: [[1, 5], [90]], trace: removed(5) }, [[1, 5]]],
    ["a removal of a member whose row is from before", { member: [[1, 2]], trace: removed(9) }, [[1, 2]]],
    [
      "a return that only the member row knows",
      { member: [[1, 5], [8]], row: [[1, 5]], trace: added(8) },
      [[1, 5], [8]],
    ],
    ["a return that no row knows", { member: [[1, 5]], row: [[1, 5]], trace: added(8) }, [[1, 5], [8]]],
    [
      "a removal and a return that only the inbox row knows",
      { member: [[1]], row: [[1, 5], [8]], trace: added(8) },
      [[1, 5], [8]],
    ],
    [
      "a return to a group with its whole history",
      { member: [[1, 5]], trace: added(8), history: "all" },
      [[1]],
    ],
    ["a return of a member whose removal no row knows", { member: [[1]], trace: added(8) }, [[8]]],
    ["a newcomer without a row", { trace: added(8) }, [[8]]],
    ["a newcomer with an inbox row", { row: [[8]], trace: added(8) }, [[8]]],
    ["a member from the beginning", { member: [[1]], trace: added(1) }, [[1]]],
    [
      "a role that tells of no entry",
      { member: [[4]], trace: { isOpen: true, role: "member", seq: undefined } },
      [[4]],
    ],
  ])("%s", (_, copies, ranges) => {
    expect(rangesOf(copies)).toEqual(ranges);
  });

  test("of a member whose joining is lost, in doubt nothing earlier is shown", () => {
    expect(rangesOf({ trace: { isOpen: true, role: "admin", seq: undefined } })).toEqual([[101]]);
  });

  test("the role is the one that the log says, blocks and mutes are the member row's", () => {
    const member: Member = { user: "bob", role: "member", ranges: [[1]], muted: true, blocked: true };
    const trace: Trace = { isOpen: true, role: "admin", seq: 1 };
    const expected = expectedMember(
      { user: "bob", member, row: undefined, trace },
      { history: "joined", lastSeq: 9 },
    );
    expect(expected).toEqual({ ...member, role: "admin" });
  });
});
