import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import type { Wire } from "../support/wire.ts";
import { connect, newUser, say, type Target } from "./support/target.ts";

export interface PresenceTarget extends Target {
  /** How long someone who left may stay away without being said to be gone. */
  readonly graceSeconds: number;
  /** The clock of the functions, in milliseconds. */
  now(): number;
  /** Waits until nobody waits to be looked at, and nothing to be pushed. */
  settled(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** The longest grace period there is, and what follows it. */
const AFTER_GRACE = { timeoutMs: 45_000 };
const TIMEOUT_MS = 150_000;

/** What the watcher was told, in the order it came. */
export const told = (wire: Wire, user: string) =>
  wire
    .all("presence")
    .filter((frame) => frame.user === user)
    .map(({ online }) => (online ? "online" : "offline"));

/** Alice, online, and Bob, who have talked; Bob is away unless his connection is asked for. */
export async function acquainted(target: Target) {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(target, alice);
  await say(atAlice, bob, "hello");
  return { alice, bob, atAlice };
}

function expiresAtMs(token: string): number {
  return (decodeJwt(token).exp ?? 0) * 1_000;
}

/** What people see of each other's coming and going. */
export function presenceSuite(target: () => PresenceTarget): void {
  test(
    "who comes is shown at once, and who leaves after the grace period, with the time they were last seen",
    async () => {
      const { bob, atAlice } = await acquainted(target());
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
      const { bob, atAlice } = await acquainted(target());
      await atAlice.presence([bob], { watch: true });
      const first = await connect(target(), bob);
      await atAlice.next("presence");
      await first.close();
      // Whoever asks meanwhile is told what the watchers believe.
      const second = await connect(target(), bob, { gateway: 1 });
      await target().settled();
      expect(told(atAlice, bob)).toEqual(["online"]);
      expect((await atAlice.presence([bob])).users[0]?.online).toBe(true);
      await second.close();
      await atAlice.next("presence", ({ online }) => !online, AFTER_GRACE);
    },
    TIMEOUT_MS,
  );

  test(
    "two devices that close at once are one departure; one of two is none",
    async () => {
      const { bob, atAlice } = await acquainted(target());
      await atAlice.presence([bob], { watch: true });
      const devices = [await connect(target(), bob), await connect(target(), bob, { gateway: 1 })];
      const third = await connect(target(), bob);
      await atAlice.next("presence");
      await third.close();
      await target().settled();
      expect(told(atAlice, bob)).toEqual(["online"]);
      await Promise.all(devices.map((device) => device.close()));
      await atAlice.next("presence", ({ online }) => !online, AFTER_GRACE);
      await target().settled();
      expect(told(atAlice, bob)).toEqual(["online", "offline"]);
    },
    TIMEOUT_MS,
  );

  test(
    "one knows nothing of strangers, whether they exist or not; of oneself always",
    async () => {
      const { alice, bob, atAlice } = await acquainted(target());
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
