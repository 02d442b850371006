import { Stack } from "aws-cdk-lib";
import { Alarm, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { fixLogicalId } from "../../data/fixed-logical-id.ts";
import type { MonitoredChat } from "../monitored-chat.ts";
import type { AlarmSpec } from "./alarm-spec.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { backlogAlarms } from "./backlog.ts";
import { failureAlarms } from "./failures.ts";
import { DEFAULT_ACCOUNT_CONCURRENCY, limitAlarms } from "./limits.ts";

/** Notification options of the alarms. */
export interface AlarmOptions {
  /** Addresses that get a mail when an alarm changes state, after they confirm. @default none: subscribe to the topic yourself */
  readonly emails?: readonly string[];
  /** URL of the runbook in the text of each alarm. @default the path in this repository */
  readonly runbookUrl?: string;
  /** Lambda's quota of concurrent executions for this account and region. @default 1000, as in most accounts */
  readonly accountConcurrency?: number;
}

export interface ChatAlarmsProps extends AlarmOptions {
  readonly chat: MonitoredChat;
}

/** An alarm for each way in which users can be affected, and the topic to which all alarms publish. */
export class ChatAlarms extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: ChatAlarmsProps) {
    super(scope, id);
    const { chat, runbookUrl = "docs/runbook.md" } = props;
    this.topic = new AlarmTopic(this, "Topic", { emails: props.emails ?? [] }).topic;
    const specs = [
      ...backlogAlarms(chat),
      ...failureAlarms(chat),
      ...limitAlarms(chat, props.accountConcurrency ?? DEFAULT_ACCOUNT_CONCURRENCY),
    ];
    this.alarms = specs.map((spec) => this.#alarm(spec, runbookUrl));
  }

  #alarm(spec: AlarmSpec, runbookUrl: string): Alarm {
    const name = spec.part === undefined ? spec.name : `${spec.name}-${spec.part}`;
    const [datapointsToAlarm, evaluationPeriods] = spec.breachedPeriods;
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: `${spec.impact} ${spec.firstCheck} Runbook: ${runbookUrl}#${spec.name}`,
      metric: spec.metric,
      threshold: spec.threshold,
      evaluationPeriods,
      datapointsToAlarm,
      // Most metrics are published only when something happens, so missing data in a silent chat is healthy.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    fixLogicalId(alarm, `${pascalCase(name)}Alarm`);
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

function pascalCase(kebab: string): string {
  return kebab
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
