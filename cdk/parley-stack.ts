import { CfnOutput, RemovalPolicy, Stack, Tags } from "aws-cdk-lib";
import type { Code } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { FunctionName } from "../wiring/manifest.ts";
import type { Config, EnvironmentName } from "./config/config.ts";
import { ParleyChat } from "./constructs/parley-chat.ts";

export interface ParleyStackProps {
  readonly environment: EnvironmentName;
  readonly config: Config;
  /** Returns the code of a function. @default the bundles */
  readonly codeFor?: ((name: FunctionName) => Code) | undefined;
  /** Folder of the built page. @default the folder it is built into */
  readonly pageFolder?: string | undefined;
}

/** The stack of one environment. It names no account and no region: the credentials decide. */
export class ParleyStack extends Stack {
  constructor(scope: Construct, { environment, config, codeFor, pageFolder }: ParleyStackProps) {
    const { data, logRetentionDays, alarms, web, tags, ...same } = config;
    super(scope, `parley-${environment}`, {
      description: `Parley, serverless chat (${environment})`,
      terminationProtection: data === "kept",
    });
    for (const [key, value] of Object.entries({ ...tags, "parley:environment": environment })) {
      Tags.of(this).add(key, value);
    }
    const chat = new ParleyChat(this, "Chat", {
      ...same,
      stageName: environment,
      removalPolicy: data === "kept" ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      logRetention: logRetentionDays,
      alarms: alarms === "off" ? undefined : alarms,
      web: web === "off" ? undefined : { ...web, folder: pageFolder },
      codeFor,
    });

    const outputs = {
      WebSocketUrl: chat.url,
      ...(chat.web && { WebUrl: chat.web.url }),
      ManagementEndpoint: chat.endpoint.stage.callbackUrl,
      TableName: chat.table.resource.tableName,
      EntriesTopicArn: chat.entries.topic.topicArn,
      OutboundTopicArn: chat.outbound.topic.topicArn,
      EntriesDeadLetterQueueUrl: chat.entries.deadLetterQueue.queueUrl,
      OutboundDeadLetterQueueUrl: chat.outbound.deadLetterQueue.queueUrl,
      ...(chat.entries.parkedQueue && { ParkedQueueUrl: chat.entries.parkedQueue.queueUrl }),
      NoticesDeadLetterQueueUrl: chat.notices.deadLetterQueue.queueUrl,
      PresenceDeadLetterQueueUrl: chat.presence.deadLetterQueue.queueUrl,
      ...(chat.alarms && { AlarmTopicArn: chat.alarms.topic.topicArn }),
      ...(chat.dashboard && { DashboardUrl: chat.dashboard.url }),
      SignOutFunctionName: chat.signOut.functionName,
      EraseFunctionName: chat.erase.functionName,
      Issuer: chat.tokens.issuer,
      ClientId: chat.tokens.audience,
      UserClaim: chat.tokens.userClaim,
      ...(chat.tokens.users && { UserPoolId: chat.tokens.users.pool.userPoolId }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
