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

/** How alarms tell. */
export interface AlarmOptions {
  /** Who gets a mail when an alarm changes its state, once they have confirmed. @default nobody: subscribe to the topic */
  readonly emails?: readonly string[];
  /** Where the text of an alarm points to. @default the path in this repository */
  readonly runbookUrl?: string;
  /** Lambda's quota of concurrent executions of this account and region. @default 1000, as of most accounts */
  readonly accountConcurrency?: number;
}

export interface ChatAlarmsProps extends AlarmOptions {
  readonly chat: MonitoredChat;
}

/** An alarm for each way in which users are hurt, and the topic that they all tell of their state. */
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
      // What is watched is published when something happens: a chat in which nobody talks is in order.
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
