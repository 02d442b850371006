/**
 * The entries topic feeds several FIFO queues, its lanes: SQS looks for message groups to hand out among the first
 * 120 000 messages of a queue only, so one runaway conversation in the only queue would hide all others.
 * A publisher says one hex digit of a hash of the conversation, and lane i takes the digits d with d mod lanes = i:
 * the number of lanes can change without the publishers knowing.
 */

/** Message attribute with the digit. */
export const LANE_ATTRIBUTE = "lane";

const DIGITS = [..."0123456789abcdef"];

/** What divides the digits evenly. */
export const LANE_COUNTS = [1, 2, 4, 8, 16] as const;

type FilterPolicy = Readonly<Record<string, readonly string[]>>;

/** What the subscription of a lane lets through. A single lane takes everything. */
export function laneFilterPolicy(
  policy: FilterPolicy | undefined,
  lane: number,
  lanes: number,
): FilterPolicy | undefined {
  if (lanes === 1) return policy;
  return { ...policy, [LANE_ATTRIBUTE]: DIGITS.filter((_, digit) => digit % lanes === lane) };
}

/** The first lane has the name alone: it was there before there were others. */
export function laneSuffix(lane: number): string {
  return lane === 0 ? "" : String(lane);
}
