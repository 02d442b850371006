import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { outputOf } from "../../deployment/deployment.ts";
import { findDeployment } from "../../deployment/find-deployment.ts";
import { UsageError } from "../command.ts";
import type { Arguments } from "./arguments.ts";

/** The queue that records come from and the topic that they go to. */
export interface RedriveTarget {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly queueUrl: string;
  readonly topicArn: string;
}

/** Stack outputs with the queue and the topic, by channel. */
const OUTPUTS = {
  entries: { queueUrl: "ParkedQueueUrl", topicArn: "EntriesTopicArn" },
  outbound: { queueUrl: "OutboundDeadLetterQueueUrl", topicArn: "OutboundTopicArn" },
  notices: { queueUrl: "NoticesDeadLetterQueueUrl", topicArn: "OutboundTopicArn" },
} as const;

export async function findTarget({
  target,
  channel,
}: Pick<Arguments, "target" | "channel">): Promise<RedriveTarget> {
  if ("queueUrl" in target) {
    const { queueUrl, topicArn, endpointUrl } = target;
    // arn:aws:sns:<region>:<account>:<name>
    const region = topicArn.split(":")[3];
    if (!region) throw new UsageError(`--topic-arn must be an ARN, not "${topicArn}".`);
    const options = { region, ...(endpointUrl !== undefined && { endpoint: endpointUrl }) };
    return { sqs: new SQSClient(options), sns: new SNSClient(options), queueUrl, topicArn };
  }
  const deployment = await findDeployment(target);
  return {
    sqs: new SQSClient(deployment.clientOptions("sqs")),
    sns: new SNSClient(deployment.clientOptions("sns")),
    queueUrl: outputOf(deployment, OUTPUTS[channel].queueUrl),
    topicArn: outputOf(deployment, OUTPUTS[channel].topicArn),
  };
}
