import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import type { Wire } from "../support/wire.ts";
import { connect, newUser, say, type Target } from "./support/target.ts";

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

/** Connects Alice, who has talked with Bob. Bob stays offline. */
export async function connectPair(target: Target) {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(target, alice);
  await say(atAlice, bob, "hello");
  return { alice, bob, atAlice };
}

function expiresAtMs(token: string): number {
  return (decodeJwt(token).exp ?? 0) * 1_000;
}

/** Promises about users' presence, as pushed and as queried. */
export function presenceSuite(target: () => PresenceTarget): void {
  test(
    "a user who connects is shown as online at once; one who leaves is shown as offline after the grace period, with the time they were last seen",
    async () => {
      const { bob, atAlice } = await connectPair(target());
      expect(await atAlice.presence([bob], { watch: true })).toEqual({
        users: [{ user: bob, online: false, version: 0 }],
        refused: [],
      });
      const leaseEndsAtMs = Math.min(
        target().now() + 2 * HOUR_MS,
        expiresAtMs(await target().mintToken(bob)),
      );
      const atBob = await connect(target(), bob, { gateway: 1 });
      const online = await atAlice.next("presence");
      expect(online).toMatchObject({ user: bob, online: true, version: 1 });
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
}
