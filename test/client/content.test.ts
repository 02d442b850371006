import { expect, test } from "vitest";
import { newEntry } from "../../client/src/new-entry.ts";
import { MessageLog } from "../../terminal/message-log.ts";

const entry = (seq: number) => ({
  seq,
  id: `e${seq}`,
  sender: "bob",
  kind: "text",
  body: { text: "x" },
  sentAtMs: seq,
});
const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq);

test("an application's own entry is taken as it is now, whatever becomes of the object", () => {
  const body = { votes: [1] };
  const made = newEntry("e1", { kind: "x.poll", body });
  body.votes.push(2);
  expect(made).toEqual({ id: "e1", kind: "x.poll", body: { votes: [1] } });
});

test("what arrived while its conversation was open is not shown again as older", () => {
  const log = new MessageLog();
  expect(log.newest(10)).toEqual([]);
  log.append([entry(3)]);
  log.shown([entry(3)]);
  log.append([entry(4)]);
  log.shown([entry(4)]);
  expect(log.unshown).toBe(0);
  log.prepend([entry(1), entry(2)]);
  expect(seqs(log.older(10))).toEqual([1, 2]);
  expect(log.older(10)).toEqual([]);
});
