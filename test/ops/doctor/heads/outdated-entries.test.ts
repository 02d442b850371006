import { expect, test } from "vitest";
import { outdatedEntries } from "../../../../ops/doctor/heads/outdated-entries.ts";
import type { Entry } from "../../../../protocol/index.ts";
import { textEntry } from "../../../core/support/logs.ts";
import { parts } from "../../support/conversations.ts";

const edit = (seq: number, text?: string) =>
  textEntry(seq, { kind: "edit", body: { of: 1, ...(text !== undefined && { text }) } });
const deletion = textEntry(3, { kind: "delete", body: { of: 1 } });
const deleted = textEntry(1, { body: null, deletedAtMs: 3 });

test.each<[string, readonly Entry[]]>([
  ["an edited one", [textEntry(1, { editSeq: 2 }), edit(2, "new")]],
  ["one that was edited twice", [textEntry(1, { editSeq: 3 }), edit(2), edit(3, "newer")]],
  ["a deleted one", [deleted, edit(2), deletion]],
  ["one that is gone", [edit(2, "new")]],
  ["one with an edit that is lost", [textEntry(1, { editSeq: 9 }), edit(2)]],
  ["one with a deletion that is lost", [deleted, edit(2)]],
  ["one with a reaction", [textEntry(1), textEntry(2, { kind: "reaction", body: { of: 1, key: "x" } })]],
])("an entry that shows its last edit or deletion is right: %s", (_, log) => {
  expect(outdatedEntries(parts(log))).toEqual([]);
});

test.each<[string, readonly Entry[], object]>([
  ["an edit", [textEntry(1), edit(2, "new")], { editSeq: 2, canMend: true }],
  ["a second edit", [textEntry(1, { editSeq: 2 }), edit(2), edit(3, "newer")], { editSeq: 3, canMend: true }],
  ["an edit without text", [textEntry(1), edit(2)], { editSeq: 2, canMend: false }],
  ["a deletion", [textEntry(1), edit(2), deletion], { deleteSeq: 3, editSeq: undefined, canMend: true }],
  [
    "the text of an older edit",
    [textEntry(1, { editSeq: 3 }), edit(2, "old"), edit(3, "newer")],
    { textsOf: [2] },
  ],
  ["the text of an edit of a deleted entry", [deleted, edit(2, "secret"), deletion], { textsOf: [2] }],
])("%s that does not show is found", (_, log, expected) => {
  expect(outdatedEntries(parts(log))).toMatchObject([{ seq: 1, ...expected }]);
});
