import { randomUUID } from "node:crypto";
import type { TestContext } from "vitest";
import { Wire } from "../../support/wire.ts";

/** What not every running Parley can be made to show. */
export type Ability =
  /** Its issuer makes tokens that have expired. */
  | "expired tokens"
  /** Its front closes a connection for a frame of more than 32 KB, and for a binary one. */
  | "frame limits"
  /** It publishes `message.committed`, which has to be configured. */
  | "message.committed";

/** A running Parley: all an end-to-end suite knows of it is where it is and how to get a token. */
export interface Target {
  /** WebSocket URLs that lead to the same chat; often just one. */
  readonly urls: readonly string[];
  mintToken(user: string, options?: { expiresInSeconds?: number }): Promise<string>;
  /** Why it lacks an ability: tests that need it are skipped, and say so. */
  readonly lacks: Readonly<Partial<Record<Ability, string>>>;
}

/** Skips the test with the target's reason, if it lacks what the test needs. */
export function needs(ability: Ability, { lacks }: Target, { skip }: TestContext): void {
  const reason = lacks[ability];
  if (reason !== undefined) skip(reason);
}

/** Users of these suites, wherever they are left behind, are told from others by it. */
const USER_PREFIX = "e2e-";

/** A user name nobody else in this run has. */
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
