import { type IMetric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { AlarmSpec } from "./alarm-spec.ts";
import { chatMetric, combined, FIVE_MINUTES, MINUTE, MOST_METRICS_OF_AN_ALARM } from "./chat-metrics.ts";
import type { Watched } from "./watched.ts";

/** What waits longer than it should, or for a person. */
export function waiting(watched: Watched): readonly AlarmSpec[] {
  const { entries, outbound, presence } = watched;
  return [
    ...(entries.parkedQueue === undefined ? [] : [framesParked(entries.parkedQueue)]),
    deadLettersStuck(entries.deadLetterQueue),
    {
      name: "deliveries-dead",
      users: "Some connected users do not see messages until they reconnect or meet a gap.",
      look: "Deliveries failed 15 times and wait in the outbound dead-letter queue.",
      // Nothing works on this queue: one record is one too many.
      metric: visible(outbound.deadLetterQueue),
      threshold: 1,
      breached: [1, 1],
    },
    {
      name: "departures-dead",
      users: "Some users are shown as online although they have gone.",
      look: "Departures failed 15 times and wait in the presence dead-letter queue.",
      metric: visible(presence.deadLetterQueue),
      threshold: 1,
      breached: [1, 1],
    },
    ...entriesLate(entries.queues),
    {
      name: "deliveries-late",
      users: "In large groups, and where a connection was slow, messages arrive late.",
      look: "The outbound queue is not worked off as fast as it fills.",
      // A delivery that fails alone is not counted: SQS leaves out of the age what a standard queue has handed out
      // three times. So this is a backlog.
      metric: oldest(outbound.queues),
      threshold: 60,
      breached: [5, 5],
    },
    {
      name: "departures-late",
      users: "Users are shown as online for minutes after they have gone.",
      look: "The presence queue is not worked off as fast as it fills.",
      // The queue holds each record back for 15 s; nobody is hurt by as much again, or by a minute.
      metric: oldest(presence.queues),
      threshold: 120,
      breached: [5, 5],
    },
    {
      name: "commits-late",
      users: "Messages are acknowledged, and reach others, seconds late.",
      look: "The slowest of a hundred frames take more than three seconds from acceptance to the log.",
      // Cold starts are within a second or two, and in quiet times the slowest of a hundred is the only one: hence
      // three seconds, for a quarter of an hour.
      metric: chatMetric(watched.service, "CommitLatency", { statistic: Stats.p(99), period: FIVE_MINUTES }),
      threshold: 3_000,
      breached: [3, 3],
    },
  ];
}

function framesParked(parkedQueue: Queue): AlarmSpec {
  return {
    name: "frames-parked",
    users: "Senders were told `unavailable`; their messages are in nobody's log.",
    look: "Frames that commit could not append for 5½ minutes are in the parked queue, for a person to put back.",
    metric: visible(parkedQueue),
    threshold: 1,
    breached: [1, 1],
  };
}

function deadLettersStuck(deadLetterQueue: Queue): AlarmSpec {
  return {
    name: "dead-letters-stuck",
    users: "Conversations have frames that are neither acknowledged nor refused.",
    look: "The function dead-letter does not get through its queue; look at its errors and at the table.",
    // Normally they are gone in seconds. Those in flight count: a record that fails is mostly hidden. Not the age,
    // which leaves out what was received three times.
    metric: combined(
      "SUM",
      [
        visible(deadLetterQueue),
        deadLetterQueue.metricApproximateNumberOfMessagesNotVisible({ period: MINUTE }),
      ],
      { period: MINUTE, label: "dead letters, visible and in flight" },
    ),
    threshold: 1,
    breached: [10, 10],
  };
}

/**
 * One alarm for as many lanes as CloudWatch allows. A frame that fails again and again holds its conversation up for
 * 5½ minutes before it is a dead letter, and a FIFO queue counts it: three minutes catch that, too.
 */
function entriesLate(lanes: readonly Queue[]): readonly AlarmSpec[] {
  const alarms = Math.ceil(lanes.length / MOST_METRICS_OF_AN_ALARM);
  return Array.from({ length: alarms }, (_, index) => {
    const first = index * MOST_METRICS_OF_AN_ALARM;
    return {
      name: "entries-late",
      ...(index > 0 && { part: `from-lane-${first}` }),
      users: "Messages are neither acknowledged nor delivered for half a minute or longer.",
      look: "A lane of the entries is not worked off, or a conversation in it is held up by a frame that fails.",
      metric: oldest(lanes.slice(first, first + MOST_METRICS_OF_AN_ALARM)),
      threshold: 30,
      breached: [3, 3],
    };
  });
}

function visible(queue: Queue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: MINUTE });
}

function oldest(queues: readonly Queue[]): IMetric {
  const ages = queues.map((queue) =>
    queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: MINUTE }),
  );
  const [only] = ages;
  if (only !== undefined && ages.length === 1) return only;
  return combined("MAX", ages, { period: MINUTE, label: "oldest record of the lanes, seconds" });
}
