import fc from "fast-check";
import { expect, test } from "vitest";
import { UnreadableReplyError } from "../../../client/src/api/errors.ts";
import { readFrame, readHistory, readSync } from "../../../client/src/connection/decode.ts";
import { encodeFrame } from "../../../protocol/index.ts";
import { serverFrame } from "../../support/arbitrary-frames.ts";

test("every frame of the protocol is read unchanged, including fields of a newer server", () => {
  fc.assert(
    fc.property(serverFrame, (frame) => {
      const text = encodeFrame(Object.assign({ added: [1] }, frame));
      expect(readFrame(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("anything else is ignored without throwing", () => {
  const spoilt = fc.tuple(serverFrame, fc.nat(), fc.json()).map(([frame, at, json]) => {
    const copy = JSON.parse(encodeFrame(frame));
    const keys = Object.keys(copy);
    copy[keys[at % keys.length] ?? "type"] = JSON.parse(json);
    return JSON.stringify(copy);
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), spoilt), (text) => {
      const frame = readFrame(text);
      // A frame that is read has the fields that the client uses.
      if (frame?.type === "entries" || frame?.type === "ack") {
        for (const { seq, id } of frame.entries)
          expect([typeof seq, typeof id]).toEqual(["number", "string"]);
      }
      if (frame?.type === "error" || frame?.type === "reject") expect(typeof frame.error.code).toBe("string");
    }),
    { numRuns: 3_000, examples: [['{"type": {"toString": 0}}']] },
  );
});

test("a frame of a newer server is ignored", () => {
  const text = '{"type": "accepted_by_all", "conversation": "c", "ids": ["e1"]}';
  expect(readFrame(text)).toBeUndefined();
});

test("API Gateway's own message is a temporary error", () => {
  const text = '{"message": "Internal server error", "connectionId": "c", "requestId": "r"}';
  expect(readFrame(text)).toMatchObject({ type: "error", error: { temporary: true } });
  expect(readFrame('{"message": "something else"}')).toBeUndefined();
});

test("an invalid result throws an UnreadableReplyError", () => {
  fc.assert(
    fc.property(fc.anything(), (result) => {
      for (const read of [readHistory, readSync]) {
        try {
          read(result);
        } catch (error) {
          if (!(error instanceof UnreadableReplyError)) throw error;
        }
      }
    }),
  );
  expect(() => readSync({ conversations: [{ conversation: "d" }] })).toThrow(UnreadableReplyError);
  const history = { epoch: 1, lastSeq: 1, first: 1, more: false };
  expect(() => readHistory({ ...history, entries: [{ id: "no seq" }] })).toThrow(UnreadableReplyError);
  expect(readHistory({ ...history, entries: [] })).toEqual({ ...history, entries: [] });
});
