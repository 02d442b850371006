import { expect, test } from "vitest";
import { membershipTrail } from "../../../../ops/doctor/heads/membership-trail.ts";
import { textEntry } from "../../../core/support/logs.ts";
import { parts } from "../../support/conversations.ts";

const log = [
  textEntry(1, { kind: "create", body: { members: ["bob", "carol"] } }),
  textEntry(2, { kind: "role", body: { user: "bob", role: "admin" } }),
  textEntry(3, { kind: "member.remove", body: { users: ["carol"] } }),
  textEntry(4, { kind: "member.add", body: { users: ["dave"] } }),
  textEntry(5, { kind: "member.leave", sender: "dave", body: {} }),
];

test("the trail says who is a member, in which role, and since or until which entry", () => {
  expect(Object.fromEntries(membershipTrail(parts(log), []))).toEqual({
    alice: { isOpen: true, role: "owner", seq: 1 },
    bob: { isOpen: true, role: "admin", seq: 1 },
    carol: { isOpen: false, role: "member", seq: 3 },
    dave: { isOpen: false, role: "member", seq: 5 },
  });
});

test("what the log says before missing entries tells nothing of what holds after them", () => {
  const before = parts(log.slice(0, 2));
  const after = parts(log.slice(3));
  expect([...membershipTrail([...before, ...after], [[3, 3]]).keys()]).toEqual(["dave"]);
  expect([...membershipTrail(parts(log), [[6, 9]])]).toEqual([]);
});
