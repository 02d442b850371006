/**
 * The entries topic feeds several FIFO queues, its lanes. SQS looks for message groups only among the first 120 000
 * messages of a queue, so in a single queue one runaway conversation would block all others. A publisher attaches one hex
 * digit of a hash of the conversation, and lane i takes the digits d with d mod lanes = i. The number of lanes can
 * therefore change without the publishers knowing.
 */

/** Message attribute that holds the digit. */
export const LANE_ATTRIBUTE = "lane";

const DIGITS = [..."0123456789abcdef"];

/** Allowed numbers of lanes: those that divide the 16 digits evenly. */
export const LANE_COUNTS = [1, 2, 4, 8, 16] as const;

type FilterPolicy = Readonly<Record<string, readonly string[]>>;

/** Returns the filter policy of a lane's subscription. A single lane takes all messages. */
export function laneFilterPolicy(
  policy: FilterPolicy | undefined,
  lane: number,
  lanes: number,
): FilterPolicy | undefined {
  if (lanes === 1) return policy;
  return { ...policy, [LANE_ATTRIBUTE]: DIGITS.filter((_, digit) => digit % lanes === lane) };
}

/** Returns the suffix of a lane's resource names. The first lane has none, because it existed before there were several. */
export function laneSuffix(lane: number): string {
  return lane === 0 ? "" : String(lane);
}
