import { ApiGatewayManagementApiClient, GetConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { CHANNELS, TABLE } from "../../wiring/manifest.ts";
import { connect, newUser, type Target } from "../e2e/support/target.ts";
import { runScript } from "../support/process.ts";
import { apiAddress, issuerAddress } from "./addresses.ts";
import type { Outputs } from "./outputs.ts";

interface Deployment {
  readonly stack: string;
  readonly file: string;
  readonly outputs: Outputs;
  readonly target: Target;
}

/** Checks that the resources in the outputs exist and match the manifest. */
export function outputsSuite(deployment: () => Deployment): void {
  const [sns, sqs, dynamodb] = [new SNSClient({}), new SQSClient({}), new DynamoDBClient({})];

  test("WebSocketUrl accepts connections, and ManagementEndpoint knows which ones exist", async () => {
    const { outputs, target } = deployment();
    const wire = await connect(target, newUser("alice"));
    await wire.close();
    const management = new ApiGatewayManagementApiClient({
      endpoint: apiAddress(outputs.ManagementEndpoint),
    });
    // A well-formed connection id that does not exist.
    await expect(
      management.send(new GetConnectionCommand({ ConnectionId: "L0SM9cOFvHcCIhw=" })),
    ).rejects.toMatchObject({ name: "GoneException" });
  });

  test("TableName is the chat's table, with time to live enabled", async () => {
    const TableName = deployment().outputs.TableName;
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      KeySchema: [
        { AttributeName: TABLE.partitionKey, KeyType: "HASH" },
        { AttributeName: TABLE.sortKey, KeyType: "RANGE" },
      ],
    });
    const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: TABLE.ttl });
  });

  test("EntriesTopicArn and OutboundTopicArn lead to the queues, with the attributes of the manifest", async () => {
    const { EntriesTopicArn, OutboundTopicArn } = deployment().outputs;
    const attributes = async (TopicArn: string) =>
      (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes;
    expect(await attributes(EntriesTopicArn)).toMatchObject(CHANNELS.entries.topicAttributes);
    expect(await attributes(OutboundTopicArn)).toMatchObject(CHANNELS.outbound.topicAttributes);
    for (const TopicArn of [EntriesTopicArn, OutboundTopicArn]) {
      const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
      expect(Subscriptions.filter(({ Protocol }) => Protocol === "sqs").length).toBeGreaterThan(0);
    }
  });

  test.each([
    ["EntriesDeadLetterQueueUrl", CHANNELS.entries.deadLetterQueueAttributes],
    ["ParkedQueueUrl", CHANNELS.entries.deadLetters.parkedQueueAttributes],
    ["OutboundDeadLetterQueueUrl", CHANNELS.outbound.deadLetterQueueAttributes],
    ["NoticesDeadLetterQueueUrl", CHANNELS.notices.deadLetterQueueAttributes],
    ["PresenceDeadLetterQueueUrl", CHANNELS.presence.deadLetterQueueAttributes],
  ] as const)("%s is a queue with the attributes of the manifest", async (name, expected) => {
    const QueueUrl = deployment().outputs[name];
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject(expected);
  });

  test("Issuer publishes the keys of the tokens it issues for ClientId", async () => {
    const { outputs, target } = deployment();
    const at = issuerAddress(outputs.Issuer).replace(/\/$/, "");
    const discovery = await (await fetch(`${at}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({ issuer: outputs.Issuer });
    const { iss, aud, client_id } = decodeJwt(await target.mintToken(newUser("alice")));
    expect({ iss, client: aud ?? client_id }).toEqual({ iss: outputs.Issuer, client: outputs.ClientId });
  });

  test("the operator's redrive finds its queue by the outputs, and nothing in it", async () => {
    const { stack, file } = deployment();
    const script = runScript("ops/redrive.ts", "--stack", stack, "--outputs", file, "--dry-run");
    expect([await script.exitCode, script.output()]).toEqual([0, expect.stringMatching(/^0 /)]);
  });

  test("no output is empty", () => {
    expect(Object.entries(deployment().outputs).filter(([, value]) => !value)).toEqual([]);
  });
}
