import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { expect, onTestFinished, test } from "vitest";
import { clientConfig } from "../../local/util/sdk.ts";
import { eventually } from "../support/eventually.ts";
import { connect, type GatewayFixture, startGateways } from "./gateway-fixture.ts";

function managementClient({ managementEndpoint }: GatewayFixture) {
  const client = new ApiGatewayManagementApiClient({
    ...clientConfig(managementEndpoint, "eu-central-1"),
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

function connectionIds(fixture: GatewayFixture): string[] {
  return fixture.events.connect?.map((event) => event.requestContext.connectionId) ?? [];
}

test("a post reaches a connection on any gateway, even while the other one is stopped", async () => {
  const fixture = await startGateways();
  const client = managementClient(fixture);
  const onB = await connect(fixture.gateways[1]?.url ?? "");
  await fixture.gateways[0]?.stop();
  const [ConnectionId] = connectionIds(fixture);
  await client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from('{"text":"grüße"}') }));
  await eventually("the post", () => onB.messages.length === 1);
  expect(onB.messages).toEqual(['{"text":"grüße"}']);
});

test("posting to a connection that is gone gives GoneException, 410", async () => {
  const fixture = await startGateways();
  const client = managementClient(fixture);
  const { socket } = await connect(fixture.gateways[0]?.url ?? "");
  socket.close();
  await eventually("disconnect", () => fixture.events.disconnect?.length === 1);
  const [ConnectionId] = connectionIds(fixture);
  for (const command of [
    new PostToConnectionCommand({ ConnectionId, Data: "x" }),
    new GetConnectionCommand({ ConnectionId }),
    new DeleteConnectionCommand({ ConnectionId }),
  ]) {
    await expect(client.send(command as PostToConnectionCommand)).rejects.toMatchObject({
      name: "GoneException",
      $metadata: { httpStatusCode: 410 },
    });
  }
});

test("posting to a connection inside its own connect gives 410", async () => {
  let outcome: unknown;
  const fixture: GatewayFixture = await startGateways({
    async connect({ requestContext }) {
      const command = new PostToConnectionCommand({ ConnectionId: requestContext.connectionId, Data: "x" });
      outcome = await client.send(command).catch((error: Error) => error.name);
      return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "parley.v1" } };
    },
  });
  const client = managementClient(fixture);
  await connect(fixture.gateways[0]?.url ?? "");
  expect(outcome).toBe("GoneException");
});

test("a connection is described with its time of opening, its address and its last activity", async () => {
  const fixture = await startGateways();
  await connect(fixture.gateways[0]?.url ?? "");
  const [ConnectionId] = connectionIds(fixture);
  const info = await managementClient(fixture).send(new GetConnectionCommand({ ConnectionId }));
  expect(info.ConnectedAt).toEqual(new Date(fixture.events.connect?.[0].requestContext.connectedAt));
  expect(info.LastActiveAt).toBeInstanceOf(Date);
  expect(info.Identity).toMatchObject({ SourceIp: "127.0.0.1" });
});

test("deleting a connection closes it with 1000 and runs disconnect", async () => {
  const fixture = await startGateways();
  const { closed } = await connect(fixture.gateways[0]?.url ?? "");
  const [ConnectionId] = connectionIds(fixture);
  await managementClient(fixture).send(new DeleteConnectionCommand({ ConnectionId }));
  expect(await closed).toBe(1000);
  await eventually("disconnect", () => fixture.events.disconnect?.length === 1);
});

test("a post of more than 128 KB is refused with PayloadTooLargeException", async () => {
  const fixture = await startGateways();
  const { messages } = await connect(fixture.gateways[0]?.url ?? "");
  const [ConnectionId] = connectionIds(fixture);
  const client = managementClient(fixture);
  const tooLarge = new PostToConnectionCommand({ ConnectionId, Data: "z".repeat(128 * 1024 + 1) });
  await expect(client.send(tooLarge)).rejects.toMatchObject({
    name: "PayloadTooLargeException",
    $metadata: { httpStatusCode: 413 },
  });
  await client.send(new PostToConnectionCommand({ ConnectionId, Data: "z".repeat(128 * 1024) }));
  await eventually("the largest message", () => messages[0]?.length === 128 * 1024);
});

test("posts to a client that does not read are refused with 429 instead of filling memory", async () => {
  const fixture = await startGateways({}, { limits: { outgoingBufferBytes: 64 * 1024 } });
  const { socket } = await connect(fixture.gateways[0]?.url ?? "");
  socket.pause();
  const [ConnectionId] = connectionIds(fixture);
  const client = managementClient(fixture);
  const Data = "z".repeat(128 * 1024);
  const error = await eventually("a refusal", () =>
    client.send(new PostToConnectionCommand({ ConnectionId, Data })).then(
      () => undefined,
      (refusal: Error) => refusal,
    ),
  );
  expect(error).toMatchObject({ name: "LimitExceededException", $metadata: { httpStatusCode: 429 } });
});
