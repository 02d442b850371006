import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { backendMessage } from "parley/backend";

/** For example `{"ticket": "4711", "customer": "alice", "subject": "The printer is on fire"}` */
interface Ticket {
  readonly ticket: string;
  readonly customer: string;
  readonly subject: string;
}

const sns = new SNSClient({});

/** Opens the conversation with the customer. Repeating it for a ticket is harmless: the entry's id derives from the ticket. */
export async function handler({ ticket, customer, subject }: Ticket): Promise<void> {
  const message = backendMessage({
    sender: "support",
    to: { user: customer },
    entries: [
      {
        id: `ticket-${ticket}`,
        kind: "text",
        body: { text: `Ticket ${ticket}, "${subject}": how can we help?` },
      },
    ],
    nowMs: Date.now(),
  });
  await sns.send(new PublishCommand({ TopicArn: process.env.ENTRIES_TOPIC_ARN, ...message }));
}
