import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import type { Wire } from "../support/wire.ts";
import { createGroup, write } from "./support/group.ts";
import { bothSpeak, connect, newUser, say, type Target } from "./support/target.ts";

export interface PresenceTarget extends Target {
  /** Grace period: the time after a disconnect before the user is announced as offline. */
  readonly graceSeconds: number;
  /** The functions' clock, in milliseconds. */
  now(): number;
  /** Waits until no offline check and no push is pending. */
  queuesEmpty(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** The longest grace period of any target, and what follows it. */
const AFTER_GRACE = { timeoutMs: 45_000 };
const TIMEOUT_MS = 150_000;

/** The presence frames a watcher received about a user, in order. */
export const presencePushes = (wire: Wire, user: string) =>
  wire
    .all("presence")
    .filter((frame) => frame.user === user)
    .map(({ online }) => (online ? "online" : "offline"));

/** Connects Alice, who has talked with Bob, and he with her. Bob is offline. */
export async function connectPair(target: Target) {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(target, alice);
  await bothSpeak(target, atAlice, alice, bob);
  return { alice, bob, atAlice };
}

function expiresAtMs(token: string): number {
  return (decodeJwt(token).exp ?? 0) * 1_000;
}

/** Users whose receipts a member is told. */
async function receiptsOf(wire: Wire, conversation: string): Promise<string[]> {
  const { receipts } = (await wire.request({ type: "receipts", conversation })) as {
    receipts: { user: string }[];
  };
  return receipts.map(({ user }) => user);
}

/** Promises about users' presence, as pushed and as queried. */
export function presenceSuite(target: () => PresenceTarget): void {
  test(
    "a user who connects is shown as online at once; one who leaves is shown as offline after the grace period, with the time they were last seen",
    async () => {
      const { bob, atAlice } = await connectPair(target());
      const before = await atAlice.presence([bob], { watch: true });
      expect(before).toMatchObject({ users: [{ user: bob, online: false }], refused: [] });
      const leaseEndsAtMs = Math.min(
        target().now() + 2 * HOUR_MS,
        expiresAtMs(await target().mintToken(bob)),
      );
      const atBob = await connect(target(), bob, { gateway: 1 });
      const online = await atAlice.next("presence");
      expect(online).toMatchObject({ user: bob, online: true });
      expect(online.version).toBeGreaterThan(before.users[0]?.version ?? 0);
      expect(online.expiresAtMs).toBeGreaterThanOrEqual(leaseEndsAtMs);
      expect((await atAlice.presence([bob])).users[0]).toMatchObject({
        online: true,
        expiresAtMs: online.expiresAtMs,
      });

      const closedAtMs = target().now();
      await atBob.close();
      const offline = await atAlice.next("presence", (frame) => !frame.online, AFTER_GRACE);
      expect(offline.version).toBeGreaterThan(online.version);
      expect(offline.lastSeenAtMs).toBeGreaterThanOrEqual(closedAtMs);
      expect(target().now() - closedAtMs).toBeGreaterThanOrEqual(target().graceSeconds * 1_000);
      expect((await atAlice.presence([bob])).users[0]).toEqual({
        user: bob,
        online: false,
        lastSeenAtMs: offline.lastSeenAtMs,
        version: offline.version,
      });
    },
    TIMEOUT_MS,
  );

  test(
    "a reconnect within the grace period is invisible",
    async () => {
      const { bob, atAlice } = await connectPair(target());
      await atAlice.presence([bob], { watch: true });
      const first = await connect(target(), bob);
      await atAlice.next("presence");
      await first.close();
      // A query meanwhile agrees with what watchers see.
      const second = await connect(target(), bob, { gateway: 1 });
      await target().queuesEmpty();
      expect(presencePushes(atAlice, bob)).toEqual(["online"]);
      expect((await atAlice.presence([bob])).users[0]?.online).toBe(true);
      await second.close();
      await atAlice.next("presence", ({ online }) => !online, AFTER_GRACE);
    },
    TIMEOUT_MS,
  );

  test(
    "two devices that close at once are one departure; closing one of two is none",
    async () => {
      const { bob, atAlice } = await connectPair(target());
      await atAlice.presence([bob], { watch: true });
      const devices = [await connect(target(), bob), await connect(target(), bob, { gateway: 1 })];
      const third = await connect(target(), bob);
      await atAlice.next("presence");
      await third.close();
      await target().queuesEmpty();
      expect(presencePushes(atAlice, bob)).toEqual(["online"]);
      await Promise.all(devices.map((device) => device.close()));
      await atAlice.next("presence", ({ online }) => !online, AFTER_GRACE);
      await target().queuesEmpty();
      expect(presencePushes(atAlice, bob)).toEqual(["online", "offline"]);
    },
    TIMEOUT_MS,
  );

  test(
    "a user sees no presence of strangers, existing or not, and always their own",
    async () => {
      const { alice, bob, atAlice } = await connectPair(target());
      const stranger = newUser("mallory");
      await connect(target(), stranger);
      const nobody = newUser("nobody");
      const { users, refused } = await atAlice.presence([stranger, alice, nobody, bob, alice], {
        watch: true,
      });
      expect(users.map(({ user, online }) => [user, online])).toEqual([
        [alice, true],
        [bob, false],
      ]);
      expect(refused).toEqual([stranger, nobody]);
    },
    TIMEOUT_MS,
  );

  test(
    "one message shows nothing of the other side: presence and receipts come once both have written, also to an earlier watch",
    async () => {
      const [alice, bob, nobody] = [newUser("alice"), newUser("bob"), newUser("nobody")];
      const [atAlice, atBob] = [await connect(target(), alice), await connect(target(), bob)];
      const { conversation } = await say(atAlice, bob, "hello");
      await say(atAlice, nobody, "hello");
      await atBob.next("entries");
      for (const frame of [
        { type: "delivered", seq: 1 },
        { type: "read", seq: 1 },
        { type: "typing" },
      ] as const)
        atBob.send({ ...frame, conversation });
      // Whoever exists, and whoever does not, is refused in the same way.
      const users = [bob, nobody, newUser("never")];
      expect(await atAlice.presence(users, { watch: true })).toEqual({ users: [], refused: users });
      expect(await atBob.presence([alice])).toEqual({ users: [], refused: [alice] });
      expect(await receiptsOf(atAlice, conversation)).toEqual([alice]);
      await target().queuesEmpty();
      expect([...atAlice.all("presence"), ...atAlice.all("receipt"), ...atAlice.all("typing")]).toEqual([]);

      await say(atBob, alice, "who is there?", [1, 1]);
      expect(await atAlice.next("presence")).toMatchObject({ user: bob, online: true });
      expect((await atAlice.presence([bob])).users).toMatchObject([{ user: bob, online: true }]);
      expect((await atBob.presence([alice])).users).toMatchObject([{ user: alice, online: true }]);
      // From another device: one tells of typing once in two seconds.
      (await connect(target(), bob)).send({ type: "typing", conversation });
      await atAlice.next("typing");
      // What he had read before is told now.
      expect(await atAlice.next("receipt")).toMatchObject({ user: bob, readSeq: 1 });
      atBob.send({ type: "read", conversation, seq: 2 });
      await atAlice.next("receipt", ({ readSeq }) => readSeq === 2);
      expect((await receiptsOf(atAlice, conversation)).sort()).toEqual([alice, bob].sort());
    },
    TIMEOUT_MS,
  );

  test(
    "whoever puts somebody into a group sees nothing of them until they write there; the others are shown at once",
    async () => {
      const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
      const atAlice = await connect(target(), alice);
      const [atBob, atCarol] = [await connect(target(), bob), await connect(target(), carol)];
      const conversation = await createGroup(atAlice, [bob, carol]);
      const options = { watch: true, conversation };
      expect((await atAlice.presence([bob, carol], options)).refused).toEqual([bob, carol]);
      expect((await atBob.presence([alice, carol], options)).refused).toEqual([]);
      for (const wire of [atBob, atCarol]) {
        await wire.next("joined");
        wire.send({ type: "read", conversation, seq: 1 });
      }
      await atBob.next("receipt", ({ user }) => user === carol);
      expect(await receiptsOf(atAlice, conversation)).toEqual([alice]);
      await target().queuesEmpty();
      expect([...atAlice.all("presence"), ...atAlice.all("receipt")]).toEqual([]);

      await write(atBob, conversation, "what is this?");
      expect(await atAlice.next("presence")).toMatchObject({ user: bob, online: true });
      expect(await atAlice.presence([bob, carol], { conversation })).toMatchObject({
        users: [{ user: bob, online: true }],
        refused: [carol],
      });
      // A watch ends with the membership of either.
      atBob.send({ type: "send", conversation, entries: [{ id: "leave", kind: "member.leave", body: {} }] });
      await atAlice.next("entries", ({ entries }) => entries.some(({ kind }) => kind === "member.leave"));
      await atBob.close();
      await target().queuesEmpty();
      expect(presencePushes(atAlice, bob)).toEqual(["online"]);
    },
    TIMEOUT_MS,
  );
}
