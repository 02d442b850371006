import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Code } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { FunctionName } from "../wiring/manifest.ts";
import type { Config, EnvironmentName } from "./config.ts";
import { ParleyChat } from "./constructs/parley-chat.ts";

export interface ParleyStackProps {
  readonly environment: EnvironmentName;
  readonly config: Config;
  readonly codeFor: (name: FunctionName) => Code;
}

/** One environment. Names no account and no region: it goes where the credentials point. */
export class ParleyStack extends Stack {
  constructor(scope: Construct, props: ParleyStackProps) {
    super(scope, `parley-${props.environment}`, {
      description: `Parley, serverless chat (${props.environment})`,
      terminationProtection: props.config.data === "kept",
    });
    const chat = new ParleyChat(this, "Chat", {
      config: props.config,
      stageName: props.environment,
      codeFor: props.codeFor,
      alarms: props.config.alarms === "off" ? undefined : props.config.alarms,
      dashboard: props.config.dashboard,
    });
    const outputs = {
      WebSocketUrl: chat.endpoint.stage.url,
      ManagementEndpoint: chat.endpoint.stage.callbackUrl,
      TableName: chat.table.resource.tableName,
      EntriesTopicArn: chat.entries.topic.topicArn,
      OutboundTopicArn: chat.outbound.topic.topicArn,
      EntriesDeadLetterQueueUrl: chat.entries.deadLetterQueue.queueUrl,
      OutboundDeadLetterQueueUrl: chat.outbound.deadLetterQueue.queueUrl,
      ...(chat.entries.parkedQueue && { ParkedQueueUrl: chat.entries.parkedQueue.queueUrl }),
      PresenceDeadLetterQueueUrl: chat.presence.deadLetterQueue.queueUrl,
      ...(chat.alarms && { AlarmTopicArn: chat.alarms.topic.topicArn }),
      ...(chat.dashboard && { DashboardUrl: chat.dashboard.url }),
      SignOutFunctionName: chat.signOut.functionName,
      Issuer: chat.tokens.issuer,
      ClientId: chat.tokens.audience,
      ...(chat.tokens.users && { UserPoolId: chat.tokens.users.pool.userPoolId }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
