import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClientFrame } from "../../protocol/index.ts";
import { METRICS, METRICS_NAMESPACE, type MetricName } from "../../wiring/metrics.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { createGroup, write } from "./support/group.ts";
import { connect, newUser } from "./support/target.ts";

// Metrics and log lines of the deployed bundles, read as CloudWatch would: its embedded metric format, and JSON
// lines.

const SECRET = "a text nobody but its readers may see";

let embedded: Embedded;
let token: string;

beforeAll(async () => {
  embedded = await startEmbedded({ logLevel: "DEBUG" });
  token = await embedded.target.mintToken("somebody");
});
afterAll(() => embedded.cloud.stop());

interface EmfLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [key: string]: unknown;
}

interface LogLine {
  readonly service: string;
  readonly message: string;
  readonly frames?: readonly string[];
  readonly [key: string]: unknown;
}

const parsed = (): object[] =>
  embedded.logs.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as object] : []));
const emfLines = () => parsed().filter((line): line is EmfLine => "_aws" in line);
const logLines = () => parsed().filter((line): line is LogLine => "message" in line && "service" in line);

/** Returns sums by name, with the value of the second dimension if there is one. */
function counted(): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const line of emfLines()) {
    for (const { Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
      const second = (Dimensions[0] ?? []).filter((name) => name !== "service").map((name) => line[name]);
      for (const { Name } of Metrics) {
        const values = [line[Name]].flat() as number[];
        const key = [Name, ...second].join(" ");
        sums[key] = (sums[key] ?? 0) + values.reduce((sum, value) => sum + value, 0);
      }
    }
  }
  return sums;
}

/** Returns the counts while `act` ran, once they satisfy `done`: lines are written when an invocation ends. */
async function countedBy(act: () => Promise<unknown>, done: (more: Record<string, number>) => boolean) {
  const before = counted();
  await act();
  return eventually("the counts", () => {
    const more = Object.fromEntries(
      Object.entries(counted())
        .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
        .filter(([, value]) => value !== 0),
    );
    return done(more) && more;
  });
}

async function pair() {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const wires = [await connect(embedded.target, alice), await connect(embedded.target, bob)] as const;
  return { alice, bob, wires };
}

const to = (user: string, id: string): ClientFrame => ({
  type: "send",
  to: { user },
  entries: [{ id, kind: "text", body: { text: SECRET } }],
});

describe("metrics", () => {
  test("a message is counted as accepted and committed once, with its latency, and as pushed to each connection", async () => {
    const opened = await countedBy(pair, (more) => (more.Connected ?? 0) >= 2);
    expect(opened).toEqual({ Connected: 2 });
    const { bob, wires } = await pair();
    const [atAlice, atBob] = wires;
    const first = await countedBy(
      async () => {
        atAlice.send(to(bob, crypto.randomUUID()));
        await atBob.next("entries");
      },
      (more) => more.Committed === 1 && more.Accepted === 1,
    );
    // The ack to Alice; to Bob the `joined` frame and the entry.
    expect(first).toEqual({ Accepted: 1, Committed: 1, CommitLatency: expect.any(Number), Pushed: 3 });
    expect(first.CommitLatency).toBeGreaterThan(0);
    expect(first.CommitLatency).toBeLessThan(60_000);
  });

  test("refusals are counted by their code, in `send`, `command` and `commit`", async () => {
    const { wires } = await pair();
    const [atAlice] = wires;
    const conversation = `g${"a".repeat(43)}`;
    const refused = await countedBy(
      async () => {
        atAlice.sendText(JSON.stringify({ type: "send", entries: [] }));
        atAlice.send({ type: "history", id: "h1", conversation });
        atAlice.send({
          type: "send",
          conversation,
          entries: [{ id: "e1", kind: "text", body: { text: "x" } }],
        });
        await atAlice.next("reject");
      },
      (more) => more["Rejected not_found"] === 2 && more["Rejected malformed"] === 1 && more.Pushed === 1,
    );
    // Only `commit` posts its answer.
    expect(refused).toEqual({ "Rejected malformed": 1, "Rejected not_found": 2, Accepted: 1, Pushed: 1 });
  });

  test("a refused token counts no connection", async () => {
    const refused = await countedBy(
      () => connect({ ...embedded.target, mintToken: async () => `${token}x` }, "bob").catch(() => undefined),
      (more) => more["ConnectRefused bad_token"] === 1,
    );
    expect(refused).toEqual({ "ConnectRefused bad_token": 1 });
  });

  test("every line is valid for CloudWatch: known names and units, numbers, and the billed dimensions", () => {
    const lines = emfLines();
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      expect(Math.abs(line._aws.Timestamp - Date.now())).toBeLessThan(10 * 60_000);
      expect(line.service).toBe("parley-local");
      for (const { Namespace, Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
        expect(Namespace).toBe(METRICS_NAMESPACE);
        for (const { Name, Unit } of Metrics) {
          const spec: { unit: string; dimension?: string } = METRICS[Name as MetricName];
          expect(Unit).toBe(spec.unit);
          expect(Dimensions).toEqual([
            ["service", ...(spec.dimension === undefined ? [] : [spec.dimension])],
          ]);
          for (const value of [line[Name]].flat()) expect(value).toEqual(expect.any(Number));
        }
      }
      expect(JSON.stringify(line).length).toBeLessThan(1_000);
    }
  });

  test("an invocation without counts writes no metrics", async () => {
    const counts = await countedBy(
      async () => {
        const { wires } = await pair();
        await wires[0].history({ conversation: `g${"a".repeat(43)}`, limit: 1 }).catch(() => undefined);
        wires[0].send({ type: "ping" });
        await wires[0].next("pong");
      },
      (more) => more["Rejected not_found"] === 1 && more.Connected === 2,
    );
    expect(counts).toEqual({ Connected: 2, "Rejected not_found": 1 });
    expect(
      emfLines().every(({ _aws }) => _aws.CloudWatchMetrics.every(({ Metrics }) => Metrics.length > 0)),
    ).toBe(true);
  });
});

describe("following a message", () => {
  /** Returns the sources and messages of the lines of a frame. */
  const trail = (frame: string) =>
    logLines()
      .filter(({ frames }) => frames?.includes(frame))
      .map(({ service, message }) => `${service.replace("parley-", "")}: ${message}`);

  /** Returns the id of the frame of a conversation's newest entry. */
  function frameOf(conversation: string): string {
    const line = logLines().findLast(
      ({ message, ...fields }) => message === "committed" && fields.conversation === conversation,
    );
    return line?.frames?.[0] ?? "none";
  }

  test("one id links the lines of a frame from `send` through `commit` to its pushes; API Gateway's log has its parts", async () => {
    const { bob, wires, alice } = await pair();
    const [atAlice, atBob] = wires;
    atAlice.send(to(bob, crypto.randomUUID()));
    const { conversation } = await atBob.next("entries");
    const frame = await eventually("its lines", () => {
      const found = frameOf(conversation);
      return trail(found).includes("send: accepted") && found;
    });
    expect(frame.startsWith(await connectionOf(embedded.cloud, alice))).toBe(true);
    await eventually(
      "the pushes",
      () => trail(frame).filter((line) => line === "commit: pushed").length >= 2,
    );
    expect(new Set(trail(frame))).toEqual(new Set(["send: accepted", "commit: committed", "commit: pushed"]));
  });

  test("in a large group the id also links the pushes of `deliver`", async () => {
    const atAlice = await connect(embedded.target, newUser("alice"));
    const members = Array.from({ length: 105 }, (_, index) => newUser(`m${index}`));
    const conversation = await createGroup(atAlice, members.slice(0, 40));
    for (const users of [members.slice(40, 80), members.slice(80)]) {
      atAlice.send({
        type: "send",
        conversation,
        entries: [{ id: crypto.randomUUID(), kind: "member.add", body: { users } }],
      });
      await atAlice.next("ack");
    }
    const atLast = await connect(embedded.target, members[104] ?? "");
    await write(atAlice, conversation, SECRET);
    await atLast.next("entries");
    await eventually("a line of deliver", () => trail(frameOf(conversation)).includes("deliver: pushed"));
  });
});

test("no log line holds a text or a token", async () => {
  expect(logLines().length).toBeGreaterThan(20);
  const all = embedded.logs.join("\n");
  expect(all).toContain("parley-commit");
  expect(all).not.toContain(SECRET);
  expect(all).not.toContain(token.split(".")[1]);
  expect(all).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}/);
});
