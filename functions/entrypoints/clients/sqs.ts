import { SQSClient } from "@aws-sdk/client-sqs";
import { clientOptions } from "../../adapters/aws-clients.ts";

export function sqsClient(): SQSClient {
  return new SQSClient(clientOptions({ requestTimeoutMs: 1_000, maxAttempts: 2 }));
}
