import { randomUUID } from "node:crypto";
import type { TestContext } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { Wire } from "../../support/wire.ts";

/** Abilities that not every deployment of Parley can show. */
export type Ability =
  /** The issuer can mint expired tokens. */
  | "expired tokens"
  /** The endpoint closes a connection for a frame of more than 32 KB, and for a binary one. */
  | "frame limits"
  /** It publishes `message.committed`, which has to be configured. */
  | "message.committed";

/** A running Parley, as an end-to-end suite knows it: where it is and how to get a token. */
export interface Target {
  /** WebSocket URLs that lead to the same chat; often just one. */
  readonly urls: readonly string[];
  mintToken(user: string, options?: { expiresInSeconds?: number }): Promise<string>;
  /** Reasons for missing abilities: tests that need one are skipped with its reason. */
  readonly lacks: Readonly<Partial<Record<Ability, string>>>;
}

/** Skips the test, with the target's reason, if the target lacks the ability. */
export function requireAbility(ability: Ability, { lacks }: Target, { skip }: TestContext): void {
  const reason = lacks[ability];
  if (reason !== undefined) skip(reason);
}

/** Marks the users of these suites, also in the tables where they are left. */
const USER_PREFIX = "e2e-";

/** Returns a user name that is unique in this run. */
export function newUser(name: string): string {
  return `${USER_PREFIX}${name}-${randomUUID().slice(0, 8)}`;
}

export async function connect(
  target: Target,
  user: string,
  options: { gateway?: number; device?: string } = {},
): Promise<Wire> {
  const { gateway = 0, device } = options;
  const url = target.urls[gateway % target.urls.length];
  if (url === undefined) throw new Error("the target has no URL");
  return Wire.open({ url, token: await target.mintToken(user), ...(device && { device }) });
}

/**
 * Lets both sides of a direct conversation speak, so that they may be told of each other. The peer is connected for as long
 * as that takes, and then shown as offline.
 */
export async function bothSpeak(target: Target, wire: Wire, user: string, peer: string) {
  const atPeer = await connect(target, peer);
  const first = await say(wire, peer, "hello");
  await atPeer.next("entries");
  await say(atPeer, user, "hello to you", [1, 1]);
  await atPeer.close();
  await eventually(
    "the peer to be offline",
    async () => (await wire.presence([peer])).users.some(({ online }) => !online),
    { timeoutMs: 45_000, everyMs: 200 },
  );
  return first;
}

let entries = 0;

export function text(body: string): { id: string; kind: "text"; body: { text: string } } {
  entries += 1;
  return { id: `t${entries}-${randomUUID().slice(0, 8)}`, kind: "text", body: { text: body } };
}

/** Sends one text and waits for its ack. */
export async function say(wire: Wire, to: string, body: string, seen?: [number, number] | 0) {
  const entry = text(body);
  wire.send({ type: "send", to: { user: to }, entries: [entry], ...(seen !== undefined && { seen }) });
  const ack = await wire.next("ack", (frame) => frame.entries.some(({ id }) => id === entry.id));
  const place = ack.entries.find(({ id }) => id === entry.id);
  return { ...ack, id: entry.id, seq: place?.seq ?? 0 };
}
