import { beforeAll, describe, expect, test } from "vitest";
import { connectionId, GROUP, GroupSimulation, SENDER } from "../../../bench/simulation/group-simulation.ts";
import { memberBucket } from "../../../functions/core/shared/partition.ts";

// The real `commit` and `deliver` on a virtual clock: what is a time here is one of the simulation (bench/simulation/services.ts).

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

/** The seqs each connection got, in the order in which they came. */
function got(world: GroupSimulation): Map<string, number[]> {
  const seqs = new Map<string, number[]>();
  for (const { connection, seq } of world.entryArrivals()) {
    seqs.set(connection, [...(seqs.get(connection) ?? []), seq]);
  }
  return seqs;
}

describe("a group of 10 000, all of them there", () => {
  const users = crowd(9_999);
  const world = new GroupSimulation({ users });
  beforeAll(async () => {
    await world.send(text("one"), text("two"));
    await world.send(text("three"));
  });

  test("every connection gets every entry once, and the sender's only its acks", () => {
    const seqs = got(world);
    expect(seqs.size).toBe(users.length);
    const wrong = users.filter((user) => seqs.get(connectionId(user))?.join() !== "2,3,4");
    expect(wrong).toEqual([]);
    const atSender = world.gateway.arrivals.filter(({ connection }) => connection === connectionId(SENDER));
    expect(atSender.map(({ frame }) => frame.type)).toEqual(["ack", "ack", "ack"]);
  });

  test("no delivery holds more than 250 members, and nothing is pushed one by one", () => {
    expect(Math.max(...world.pages)).toBeLessThanOrEqual(250);
    expect(new Set(world.deliveries.map(({ type }) => type))).toEqual(new Set(["deliver.shard"]));
    expect(world.deadLetters).toBe(0);
  });

  test("committing reads the head and the sender's row only, and publishes the shards", () => {
    const { calls } = world.commitMeter;
    expect(Object.fromEntries(calls)).toEqual({
      // Once per environment: that the group is a large one, which is then remembered.
      Query: 1,
      GetItem: 2,
      BatchGetItem: 2,
      PutItem: 2,
      UpdateItem: 2,
      PostToConnection: 3,
      // 50 shards each, and what did not fit into one of them comes from `deliver`.
      PublishBatch: 10,
    });
  });
});

test("a hash that puts everyone into one bucket is delivered page by page, to each once", async () => {
  const users = crowd(200_000)
    .filter((user) => memberBucket(user) === 7)
    .slice(0, 620);
  const world = new GroupSimulation({ users });
  await world.send(text("hello"));
  expect(world.pages.filter((size) => size > 0)).toEqual(expect.arrayContaining([250, 250]));
  expect(Math.max(...world.pages)).toBe(250);
  const seqs = got(world);
  expect(users.filter((user) => seqs.get(connectionId(user))?.join() !== "2")).toEqual([]);
});

test("a hanging and a dead connection delay nobody: the one is tried again alone, the other's lease is removed", async () => {
  const users = crowd(999);
  const [hanging, dead] = ["user-10", "user-20"];
  const world = new GroupSimulation({ users });
  world.gateway.sockets.set(connectionId(hanging), "hanging").set(connectionId(dead), "dead");
  world.clock.at(8_000, () => world.gateway.sockets.delete(connectionId(hanging)));
  await world.send(text("hello"));

  const seqs = got(world);
  expect(users.filter((user) => user !== dead && seqs.get(connectionId(user))?.join() !== "2")).toEqual([]);
  const others = world.entryArrivals().filter(({ connection }) => connection !== connectionId(hanging));
  expect(Math.max(...others.map(({ atMs }) => atMs))).toBeLessThan(world.gateway.timedOutAtMs[0] ?? 0);
  expect(world.deliveries.filter(({ type }) => type !== "deliver.shard")).toEqual([
    expect.objectContaining({
      type: "deliver.entries",
      seqs: [2],
      target: expect.objectContaining({ user: hanging }),
    }),
  ]);
  expect(world.store.leases.get(dead)?.size).toBe(0);
  expect(world.store.leases.get(hanging)?.size).toBe(1);
});

test("one hanging connection in every hundred holds the others up by less than a second and a half", async () => {
  const lastPush = async (hanging: number) => {
    const users = crowd(9_999);
    const world = new GroupSimulation({ users });
    for (let index = 0; index < hanging; index++) {
      world.gateway.sockets.set(connectionId(`user-${index * 99}`), "hanging");
    }
    await world.send(text("hello"));
    expect(world.entryArrivals()).toHaveLength(users.length - hanging);
    return Math.max(...world.entryArrivals().map(({ atMs }) => atMs));
  };
  expect((await lastPush(100)) - (await lastPush(0))).toBeLessThan(1_500);
});

test("who is removed gets nothing after that, who is added gets it, in the same batch and through shards", async () => {
  const world = new GroupSimulation({ users: crowd(400) });
  world.connect("new");
  await world.send(
    text("all of you"),
    membership("member.remove", "user-5"),
    text("not user-5"),
    membership("member.add", "new"),
    text("new too"),
  );
  const seqs = got(world);
  expect(seqs.get(connectionId("user-5"))).toEqual([2, 3]);
  expect(seqs.get(connectionId("new"))).toEqual([5, 6]);
  expect(seqs.get(connectionId("user-6"))).toEqual([2, 3, 4, 5, 6]);
  const atNew = world.gateway.arrivals.filter(({ connection }) => connection === connectionId("new"));
  expect(atNew.map(({ frame }) => frame.type)).toEqual(["joined", "entries"]);
  expect(world.store.entries(GROUP)).toHaveLength(6);
});

test("a shard that is delivered twice is pushed twice, and nobody is left out", async () => {
  const users = crowd(600);
  const world = new GroupSimulation({ users, deliveriesPerRecord: 2 });
  await world.send(text("hello"));
  const seqs = got(world);
  expect(users.filter((user) => seqs.get(connectionId(user))?.join() !== "2,2")).toEqual([]);
});

test("a group of a hundred is pushed to by the committing function itself, within its time", async () => {
  const users = crowd(99);
  const world = new GroupSimulation({ users });
  await world.send(text("hello"));
  expect(got(world).size).toBe(users.length);
  expect(world.deliveries).toEqual([]);
});
