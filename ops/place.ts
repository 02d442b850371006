import { readFileSync } from "node:fs";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type Arguments, UsageError } from "./arguments.ts";

/** From where to where records go. */
export interface Place {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly queueUrl: string;
  readonly topicArn: string;
}

type Outputs = Readonly<Record<string, string>>;

/** The outputs of the stack that name queue and topic, by channel. */
const OUTPUTS = {
  entries: { queueUrl: "ParkedQueueUrl", topicArn: "EntriesTopicArn" },
  outbound: { queueUrl: "OutboundDeadLetterQueueUrl", topicArn: "OutboundTopicArn" },
} as const;

export async function findPlace(args: Arguments): Promise<Place> {
  const { local, stack, channel } = args;
  if (local !== undefined) {
    const { endpoint, outputs } = await localCloud(local);
    const { queueUrl, topicArn } = named(outputs, channel);
    // Any will do: nobody checks them there.
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    return place(queueUrl, topicArn, { endpoint, credentials });
  }
  const options = args.endpointUrl === undefined ? {} : { endpoint: args.endpointUrl };
  if (stack !== undefined) {
    const { queueUrl, topicArn } = named(stackOutputs(args.outputs, stack), channel);
    return place(queueUrl, topicArn, options);
  }
  return place(args.queueUrl ?? "", args.topicArn ?? "", options);
}

function place(
  queueUrl: string,
  topicArn: string,
  options: { endpoint?: string; credentials?: { accessKeyId: string; secretAccessKey: string } },
): Place {
  // arn:aws:sns:<region>:<account>:<name>
  const region = topicArn.split(":")[3];
  if (!region) throw new UsageError(`No topic ARN: "${topicArn}".`);
  return {
    sqs: new SQSClient({ region, ...options }),
    sns: new SNSClient({ region, ...options }),
    queueUrl,
    topicArn,
  };
}

function named(outputs: Outputs, channel: Arguments["channel"]) {
  const [queueUrl, topicArn] = Object.values(OUTPUTS[channel]).map((name) => {
    const value = outputs[name];
    if (value === undefined) throw new UsageError(`There is no output ${name}.`);
    return value;
  });
  return { queueUrl: queueUrl ?? "", topicArn: topicArn ?? "" };
}

function stackOutputs(file: string, stack: string): Outputs {
  let stacks: Readonly<Record<string, Outputs>>;
  try {
    stacks = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new UsageError(`${file} cannot be read; \`cdk deploy --outputs-file ${file}\` writes it.`);
  }
  const outputs = stacks[stack];
  if (outputs === undefined) {
    throw new UsageError(`${file} knows no stack "${stack}"; it has: ${Object.keys(stacks).join(", ")}.`);
  }
  return outputs;
}

async function localCloud(url: string): Promise<{ endpoint: string; outputs: Outputs }> {
  try {
    const response = await fetch(new URL("/local/outputs", url));
    if (response.ok) return (await response.json()) as { endpoint: string; outputs: Outputs };
  } catch {
    // Said below.
  }
  throw new UsageError(`No embedded cloud answers at ${url}.`);
}
