import { LIMITS } from "../../../protocol/index.ts";

const HOUR_MS = 60 * 60 * 1000;
const MS_PER_INVITATION = HOUR_MS / LIMITS.invitationsPerHour;
const BURST_MS = LIMITS.invitationBurst * MS_PER_INVITATION;
/** Purposes that are remembered: more than a client has under way. */
const MAX_KEYS = 20;

/**
 * Invitations that a user has taken. `untilMs` is when all of them will have come back: two numbers of a token bucket in
 * one, so that a user who has taken none lately is written without being read.
 */
export interface InvitationState {
  readonly untilMs: number;
  /** Purposes they were taken for last. */
  readonly keys: readonly string[];
}

/** State of a user who has none outstanding, after these were taken. A count beyond the burst takes the burst. */
export function firstTaken(key: string, count: number, nowMs: number): InvitationState {
  return { untilMs: nowMs + Math.min(count * MS_PER_INVITATION, BURST_MS), keys: [key] };
}

/** Returns the state after invitations were taken; the same one if they were before; or the wait until there are enough. */
export function taken(
  before: InvitationState,
  { key, count }: { readonly key: string; readonly count: number },
  nowMs: number,
): InvitationState | { readonly waitMs: number } {
  if (before.keys.includes(key)) return before;
  const { untilMs } = firstTaken(key, count, Math.max(nowMs, before.untilMs));
  const waitMs = untilMs - nowMs - BURST_MS;
  if (waitMs > 0) return { waitMs };
  return { untilMs, keys: [...before.keys, key].slice(-MAX_KEYS) };
}
