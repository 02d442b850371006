import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { SNSEvent } from "aws-lambda";

/** Of the event `message.undelivered`, what is used here. */
interface Undelivered {
  readonly users: readonly string[];
  readonly messages: readonly { readonly sender: string; readonly text?: string }[];
}

const sns = new SNSClient({});

/** Events come at least once: a mail may come twice. */
export async function handler({ Records }: SNSEvent): Promise<void> {
  for (const { Sns } of Records) {
    const { users, messages }: Undelivered = JSON.parse(Sns.Message);
    // Customers who are away are told by other means.
    if (!users.includes("support")) continue;
    const lines = messages.map(({ sender, text }) => `${sender}: ${text ?? "(no text)"}`);
    await sns.send(
      new PublishCommand({
        TopicArn: process.env.ON_CALL_TOPIC_ARN,
        Subject: "Someone waits at the support desk",
        Message: lines.join("\n"),
      }),
    );
  }
}
