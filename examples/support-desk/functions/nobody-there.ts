import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { SNSEvent } from "aws-lambda";

/** The fields of the event `message.undelivered` that are used here. */
interface Undelivered {
  readonly users: readonly string[];
  readonly messages: readonly { readonly sender: string; readonly text?: string }[];
}

const sns = new SNSClient({});

/** Sends a mail for each event. Events are delivered at least once, so a mail may be sent twice. */
export async function handler({ Records }: SNSEvent): Promise<void> {
  for (const { Sns } of Records) {
    const { users, messages }: Undelivered = JSON.parse(Sns.Message);
    // Offline customers are not notified here.
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
