import { type IMetric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { MonitoredChat } from "../monitored-chat.ts";
import type { AlarmSpec } from "./alarm-spec.ts";
import { chatMetric, combineMetrics, FIVE_MINUTES, MAX_METRICS_PER_ALARM, MINUTE } from "./chat-metrics.ts";

/** Alarms on records that wait too long, or that wait for an operator. */
export function backlogAlarms(chat: MonitoredChat): readonly AlarmSpec[] {
  const { entries, outbound, notices, presence } = chat;
  const aboutPresence = [...notices.queues, ...presence.queues];
  return [
    ...(entries.parkedQueue === undefined ? [] : [parkedFramesAlarm(entries.parkedQueue)]),
    stuckDeadLettersAlarm(entries.deadLetterQueue),
    {
      name: "deliveries-dead",
      impact: "Some connected users do not see messages until they reconnect or meet a gap.",
      firstCheck: "Deliveries failed 15 times and wait in the outbound dead-letter queue.",
      // No function consumes this queue, so a single record needs attention.
      metric: visibleMessages(outbound.deadLetterQueue),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    {
      name: "presence-dead",
      impact: "Some users are shown as online although they have gone, or the other way round.",
      firstCheck: "Records failed 15 times and wait in the dead-letter queue of presence or of notices.",
      metric: combineMetrics(
        "SUM",
        [presence.deadLetterQueue, notices.deadLetterQueue].map(visibleMessages),
        { period: MINUTE, label: "dead letters of presence and notices" },
      ),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    ...lateEntriesAlarms(entries.queues),
    {
      name: "deliveries-late",
      impact: "In large groups, and where a connection was slow, messages arrive late.",
      firstCheck: "The outbound queue is not worked off as fast as it fills.",
      // A single failing delivery does not raise this: SQS excludes records that a standard queue has delivered three times
      // from the age. So this measures a backlog.
      metric: oldestMessageAge(outbound.queues),
      threshold: 60,
      breachedPeriods: [5, 5],
    },
    {
      name: "presence-late",
      impact: "Users are shown as online for minutes after they have gone, or the other way round.",
      firstCheck: "The queue of presence or that of notices is not worked off as fast as it fills.",
      // The presence queue delays each record by 15 s. A further minute harms nobody.
      metric: oldestMessageAge(aboutPresence, "oldest record about presence, seconds"),
      threshold: 120,
      breachedPeriods: [5, 5],
    },
    {
      name: "commits-late",
      impact: "Messages are acknowledged, and reach others, seconds late.",
      firstCheck: "The slowest of a hundred frames take more than three seconds from acceptance to the log.",
      // Cold starts take a second or two, and in quiet times the 99th percentile is the only frame. Hence three seconds,
      // for a quarter of an hour.
      metric: chatMetric(chat.service, "CommitLatency", { statistic: Stats.p(99), period: FIVE_MINUTES }),
      threshold: 3_000,
      breachedPeriods: [3, 3],
    },
  ];
}

function parkedFramesAlarm(parkedQueue: Queue): AlarmSpec {
  return {
    name: "frames-parked",
    impact: "Senders were told `unavailable`; their messages are in nobody's log.",
    firstCheck:
      "Frames that commit could not append for 5½ minutes are in the parked queue, for a person to put back.",
    metric: visibleMessages(parkedQueue),
    threshold: 1,
    breachedPeriods: [1, 1],
  };
}

function stuckDeadLettersAlarm(deadLetterQueue: Queue): AlarmSpec {
  return {
    name: "dead-letters-stuck",
    impact: "Conversations have frames that are neither acknowledged nor refused.",
    firstCheck:
      "The function dead-letter does not get through its queue; look at its errors and at the table.",
    // Dead letters are normally gone in seconds. Records in flight count, because a failing record is mostly invisible.
    // The age would exclude records that were received three times.
    metric: combineMetrics(
      "SUM",
      [
        visibleMessages(deadLetterQueue),
        deadLetterQueue.metricApproximateNumberOfMessagesNotVisible({ period: MINUTE }),
      ],
      { period: MINUTE, label: "dead letters, visible and in flight" },
    ),
    threshold: 1,
    breachedPeriods: [10, 10],
  };
}

/**
 * One alarm for as many lanes as CloudWatch allows. A frame that keeps failing blocks its conversation for 5½ minutes
 * before it becomes a dead letter. A FIFO queue includes it in the age, so three minutes detect that as well.
 */
function lateEntriesAlarms(lanes: readonly Queue[]): readonly AlarmSpec[] {
  const alarms = Math.ceil(lanes.length / MAX_METRICS_PER_ALARM);
  return Array.from({ length: alarms }, (_, index) => {
    const first = index * MAX_METRICS_PER_ALARM;
    return {
      name: "entries-late",
      ...(index > 0 && { part: `from-lane-${first}` }),
      impact: "Messages are neither acknowledged nor delivered for half a minute or longer.",
      firstCheck:
        "A lane of the entries is not worked off, or a conversation in it is held up by a frame that fails.",
      metric: oldestMessageAge(lanes.slice(first, first + MAX_METRICS_PER_ALARM)),
      threshold: 30,
      breachedPeriods: [3, 3],
    };
  });
}

function visibleMessages(queue: Queue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: MINUTE });
}

function oldestMessageAge(queues: readonly Queue[], label = "oldest record of the lanes, seconds"): IMetric {
  const ages = queues.map((queue) =>
    queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: MINUTE }),
  );
  const [only] = ages;
  if (only !== undefined && ages.length === 1) return only;
  return combineMetrics("MAX", ages, { period: MINUTE, label });
}
