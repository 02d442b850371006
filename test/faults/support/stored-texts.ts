import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Cloud } from "../../../local/cloud-options.ts";
import { tableClient } from "../../support/stored-item.ts";

/** Returns every item of the table and every message of every queue, dead letters and parked ones too, as JSON. */
export async function everythingStored(cloud: Cloud): Promise<string[]> {
  const [items, messages] = await Promise.all([allItems(cloud), allMessages(cloud)]);
  return [...items, ...messages].map((thing) => JSON.stringify(thing));
}

async function allItems(cloud: Cloud): Promise<unknown[]> {
  const client = tableClient(cloud);
  const items: unknown[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const scan = new ScanCommand({
      TableName: cloud.resources.table,
      ConsistentRead: true,
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    const page = await client.send(scan);
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

/** The emulator shows its queues without receiving from them. */
async function allMessages({ endpoints }: Cloud): Promise<unknown[]> {
  const inspect = async (path: string): Promise<unknown> => {
    const response = await fetch(new URL(`/_fauxqs/queues${path}`, endpoints.sqs));
    if (!response.ok) throw new Error(`the emulator did not show its queues: ${response.status}`);
    return response.json();
  };
  const queues = (await inspect("")) as readonly { readonly name: string }[];
  return Promise.all(queues.map(({ name }) => inspect(`/${encodeURIComponent(name)}`)));
}
