import { SNSClient } from "@aws-sdk/client-sns";
import { clientOptions } from "../../adapters/aws-clients.ts";

export function snsClient(): SNSClient {
  return new SNSClient(clientOptions({ requestTimeoutMs: 2_000, maxAttempts: 3 }));
}
