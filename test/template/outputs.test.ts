import { expect, test } from "vitest";
import { rendered, synthesize } from "./synthesized.ts";

const staging = synthesize({ env: "staging" });

test("the stack says where to connect and what to look at", () => {
  const outputs = staging.template.findOutputs("*");
  const values = Object.entries(outputs).map(([name, output]) => [name, rendered(output.Value)]);
  expect(Object.fromEntries(values)).toEqual({
    WebSocketUrl: "wss://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/staging",
    ManagementEndpoint: "https://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/staging",
    TableName: "ChatTable",
    EntriesTopicArn: "EntriesTopic",
    OutboundTopicArn: "OutboundTopic",
    EntriesDeadLetterQueueUrl: "EntriesDeadLetterQueue",
    OutboundDeadLetterQueueUrl: "OutboundDeadLetterQueue",
    ParkedQueueUrl: "EntriesParkedQueue",
    PresenceDeadLetterQueueUrl: "PresenceDeadLetterQueue",
    SignOutFunctionName: staging.functionId("sign-out"),
  });
});
