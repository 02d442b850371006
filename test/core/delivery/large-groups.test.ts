import { beforeAll, describe, expect, test } from "vitest";
import { connectionId, GROUP, GroupSimulation, SENDER } from "../../../bench/simulation/group-simulation.ts";
import { memberBucket } from "../../../functions/core/shared/partition.ts";

// The real `commit` and `deliver` on a virtual clock: all times are the simulation's (bench/simulation/services.ts).

const crowd = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);
let ids = 0;
const text = (body: string) => {
  ids += 1;
  return [{ id: `e${ids}`, kind: "text" as const, body: { text: body } }];
};
const membership = (kind: "member.add" | "member.remove", ...users: string[]) => {
  ids += 1;
  return [{ id: `e${ids}`, kind, body: { users } }];
};

/** Returns the seqs each connection received, in order of arrival. */
function receivedSeqs(simulation: GroupSimulation): Map<string, number[]> {
  const seqs = new Map<string, number[]>();
  for (const { connection, seq } of simulation.entryArrivals()) {
    seqs.set(connection, [...(seqs.get(connection) ?? []), seq]);
  }
  return seqs;
}

describe("a group of 10 000, all of them connected", () => {
  const users = crowd(9_999);
  const simulation = new GroupSimulation({ users });
  beforeAll(async () => {
    await simulation.send(text("one"), text("two"));
    await simulation.send(text("three"));
  });

  test("every connection gets every entry once, and the sender's only its acks", () => {
    const seqs = receivedSeqs(simulation);
    expect(seqs.size).toBe(users.length);
    const wrong = users.filter((user) => seqs.get(connectionId(user))?.join() !== "2,3,4");
    expect(wrong).toEqual([]);
    const atSender = simulation.gateway.arrivals.filter(
      ({ connection }) => connection === connectionId(SENDER),
    );
    expect(atSender.map(({ frame }) => frame.type)).toEqual(["ack", "ack", "ack"]);
  });

  test("no delivery holds more than 250 members, and nothing is pushed one by one", () => {
    expect(Math.max(...simulation.pages)).toBeLessThanOrEqual(250);
    expect(new Set(simulation.deliveries.map(({ type }) => type))).toEqual(new Set(["deliver.shard"]));
    expect(simulation.deadLetters).toBe(0);
  });

  test("committing reads the head and the sender's row only, and publishes the shards", () => {
    const { calls } = simulation.commitMeter;
    expect(Object.fromEntries(calls)).toEqual({
      // Once per environment, to find that the group is large, which is then remembered.
      Query: 1,
      GetItem: 2,
      BatchGetItem: 2,
      UpdateItem: 2,
      PostToConnection: 3,
      // 50 shards for each commit; members that do not fit into a shard are published by `deliver`.
      PublishBatch: 10,
    });
  });
});

test("a bucket with more members than a delivery takes is divided into deliveries at once, and each member is reached once", async () => {
  const users = crowd(200_000)
    .filter((user) => memberBucket(user) === 7)
    .slice(0, 620);
  const simulation = new GroupSimulation({ users });
  await simulation.send(text("hello"));
  const parts = simulation.deliveries.flatMap((delivery) =>
    delivery.type === "deliver.shard" && delivery.after !== undefined ? [delivery] : [],
  );
  const [first, second] = parts;
  expect(parts).toHaveLength(2);
  expect(first?.until).toBe(second?.after);
  // The rest is read once to divide it, and once to be delivered.
  expect(simulation.pages.filter((size) => size > 0)).toEqual(expect.arrayContaining([250, 371, 250, 121]));
  const seqs = receivedSeqs(simulation);
  expect(users.filter((user) => seqs.get(connectionId(user))?.join() !== "2")).toEqual([]);
});

test("a hanging and a dead connection delay nobody: the first is retried alone, the lease of the second is removed", async () => {
  const users = crowd(999);
  const [hanging, dead] = ["user-10", "user-20"];
  const simulation = new GroupSimulation({ users });
  simulation.gateway.sockets.set(connectionId(hanging), "hanging").set(connectionId(dead), "dead");
  simulation.clock.at(8_000, () => simulation.gateway.sockets.delete(connectionId(hanging)));
  await simulation.send(text("hello"));

  const seqs = receivedSeqs(simulation);
  expect(users.filter((user) => user !== dead && seqs.get(connectionId(user))?.join() !== "2")).toEqual([]);
  const others = simulation.entryArrivals().filter(({ connection }) => connection !== connectionId(hanging));
  expect(Math.max(...others.map(({ atMs }) => atMs))).toBeLessThan(simulation.gateway.timedOutAtMs[0] ?? 0);
  expect(simulation.deliveries.filter(({ type }) => type !== "deliver.shard")).toEqual([
    expect.objectContaining({
      type: "deliver.entries",
      seqs: [2],
      targets: [expect.objectContaining({ user: hanging })],
    }),
  ]);
  expect(simulation.store.leases.get(dead)?.size).toBe(0);
  expect(simulation.store.leases.get(hanging)?.size).toBe(1);
});

test("one hanging connection in every hundred delays the others by less than a second and a half", async () => {
  const lastPush = async (hanging: number) => {
    const users = crowd(9_999);
    const simulation = new GroupSimulation({ users });
    for (let index = 0; index < hanging; index++) {
      simulation.gateway.sockets.set(connectionId(`user-${index * 99}`), "hanging");
    }
    await simulation.send(text("hello"));
    expect(simulation.entryArrivals()).toHaveLength(users.length - hanging);
    return Math.max(...simulation.entryArrivals().map(({ atMs }) => atMs));
  };
  expect((await lastPush(100)) - (await lastPush(0))).toBeLessThan(1_500);
});

test("a removed member gets nothing after the removal and an added one everything after the addition, in one batch and through shards", async () => {
  const simulation = new GroupSimulation({ users: crowd(400) });
  simulation.connect("new");
  await simulation.send(
    text("all of you"),
    membership("member.remove", "user-5"),
    text("not user-5"),
    membership("member.add", "new"),
    text("new too"),
  );
  const seqs = receivedSeqs(simulation);
  expect(seqs.get(connectionId("user-5"))).toEqual([2, 3]);
  expect(seqs.get(connectionId("new"))).toEqual([5, 6]);
  expect(seqs.get(connectionId("user-6"))).toEqual([2, 3, 4, 5, 6]);
  const atNew = simulation.gateway.arrivals.filter(({ connection }) => connection === connectionId("new"));
  expect(atNew.map(({ frame }) => frame.type)).toEqual(["joined", "entries"]);
  expect(simulation.store.entries(GROUP)).toHaveLength(6);
});

test("a shard delivered twice is pushed twice, and nobody is left out", async () => {
  const users = crowd(600);
  const simulation = new GroupSimulation({ users, deliveriesPerRecord: 2 });
  await simulation.send(text("hello"));
  const seqs = receivedSeqs(simulation);
  expect(users.filter((user) => seqs.get(connectionId(user))?.join() !== "2,2")).toEqual([]);
});

test("`commit` itself pushes to a group of a hundred, within its time budget", async () => {
  const users = crowd(99);
  const simulation = new GroupSimulation({ users });
  await simulation.send(text("hello"));
  expect(receivedSeqs(simulation).size).toBe(users.length);
  expect(simulation.deliveries).toEqual([]);
});
