import { expect, test } from "vitest";
import { rendered, type Synthesized, synthesize } from "./synthesized.ts";

const staging = synthesize({ env: "staging" });

function outputsOf({ template }: Synthesized) {
  const outputs = Object.entries(template.findOutputs("*"));
  return Object.fromEntries(outputs.map(([name, { Value }]) => [name, rendered(Value)]));
}

test("the stack outputs the URL to connect to and the resources to examine", () => {
  expect(outputsOf(staging)).toEqual({
    WebSocketUrl: "wss://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/staging",
    ManagementEndpoint: "https://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/staging",
    TableName: "ChatTable",
    EntriesTopicArn: "EntriesTopic",
    OutboundTopicArn: "OutboundTopic",
    EntriesDeadLetterQueueUrl: "EntriesDeadLetterQueue",
    OutboundDeadLetterQueueUrl: "OutboundDeadLetterQueue",
    ParkedQueueUrl: "EntriesParkedQueue",
    NoticesDeadLetterQueueUrl: "NoticesDeadLetterQueue",
    PresenceDeadLetterQueueUrl: "PresenceDeadLetterQueue",
    AlarmTopicArn: "AlarmsTopic",
    DashboardUrl: "https://host/cloudwatch/home?region=AWS::Region#dashboards/dashboard/parley-staging",
    SignOutFunctionName: staging.functionId("sign-out"),
    EraseFunctionName: staging.functionId("erase"),
    Issuer: "https://cognito-idp.AWS::Region.AWS::URLSuffix/UserPool",
    ClientId: "UserPoolClient",
    UserClaim: "username",
    UserPoolId: "UserPool",
  });
});

test("with an external issuer the client id is the audience that its tokens must carry", () => {
  const outputs = outputsOf(synthesize({ issuer: "https://login.example.net/", audience: "my-app" }));
  expect(outputs).toMatchObject({
    Issuer: "https://login.example.net/",
    ClientId: "my-app",
    UserClaim: "sub",
  });
  expect(outputs).not.toHaveProperty("UserPoolId");
});
