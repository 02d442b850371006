import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { connect, type Functions, firstEvent, policy, startGateways } from "./gateway-fixture.ts";

async function refusal(functions: Functions, protocols?: readonly string[]) {
  const { gateways } = await startGateways(functions);
  return connect(gateways[0]?.url ?? "", protocols).then(
    () => "accepted",
    (error: unknown) => (error as { status?: number }).status,
  );
}

test("a client without the identity source is refused with 401 and the authorizer is not called", async () => {
  const { gateways, events } = await startGateways();
  await expect(connect(gateways[0]?.url ?? "", [])).rejects.toMatchObject({ status: 401 });
  expect(events.authorize).toEqual([]);
});

test.for([
  {
    when: "the authorizer denies",
    status: 403,
    authorize: () => ({ principalId: "x", policyDocument: policy("Deny", "*"), context: {} }),
  },
  {
    when: "the policy is for another API",
    status: 403,
    authorize: () => ({
      principalId: "x",
      policyDocument: policy("Allow", "arn:aws:execute-api:*:*:other/*"),
      context: {},
    }),
  },
  {
    when: "the authorizer throws Unauthorized",
    status: 401,
    authorize: () => {
      throw new Error("Unauthorized");
    },
  },
  {
    when: "the authorizer throws anything else",
    status: 500,
    authorize: () => {
      throw new Error("no keys");
    },
  },
  { when: "the authorizer returns no policy", status: 500, authorize: () => ({ principalId: "x" }) },
  {
    when: "the authorizer's context is not flat",
    status: 500,
    authorize: () => ({ principalId: "x", policyDocument: policy("Allow", "*"), context: { roles: ["a"] } }),
  },
  {
    when: "the authorizer's context is not ASCII",
    status: 500,
    authorize: () => ({ principalId: "x", policyDocument: policy("Allow", "*"), context: { user: "Zoë" } }),
  },
  {
    when: "the principal is not ASCII",
    status: 500,
    authorize: () => ({ principalId: "Zoë", policyDocument: policy("Allow", "*"), context: {} }),
  },
])("a handshake is refused with $status when $when", async ({ status, authorize }) => {
  expect(await refusal({ authorize })).toBe(status);
});

test("a handshake is refused with the status the connect function returns, and with 502 when it fails", async () => {
  expect(await refusal({ connect: () => ({ statusCode: 418 }) })).toBe(418);
  expect(
    await refusal({
      connect: () => {
        throw new Error("table is gone");
      },
    }),
  ).toBe(502);
});

test("a refused handshake makes no connection and runs no disconnect", async () => {
  const { gateways, api, events } = await startGateways({ connect: () => ({ statusCode: 400 }) });
  await expect(connect(gateways[0]?.url ?? "")).rejects.toMatchObject({ status: 400 });
  expect(api.connections.size).toBe(0);
  expect(events.disconnect).toEqual([]);
});

test("the subprotocol that the connect function returns is echoed", async () => {
  const { gateways } = await startGateways();
  const { socket } = await connect(gateways[0]?.url ?? "", ["parley.v1", "header.payload.signature"]);
  expect(socket.protocol).toBe("parley.v1");
});

test("the authorizer and the connect function see headers, query and the same connection id", async () => {
  const { gateways, events } = await startGateways();
  await connect(`${gateways[0]?.url}/?device=phone&device=tablet`);
  const [authorizer] = events.authorize ?? [];
  const [connected] = events.connect ?? [];
  expect(authorizer).toMatchObject({
    type: "REQUEST",
    headers: { "Sec-WebSocket-Protocol": "parley.v1,token" },
    queryStringParameters: { device: "tablet" },
    multiValueQueryStringParameters: { device: ["phone", "tablet"] },
    requestContext: { eventType: "CONNECT", routeKey: "$connect", identity: { sourceIp: "127.0.0.1" } },
  });
  expect(authorizer.methodArn).toMatch(/^arn:aws:execute-api:eu-central-1:\d{12}:\w+\/\w+\/\$connect$/);
  expect(authorizer.requestContext.messageId).toBeUndefined();
  expect(connected.headers["Sec-WebSocket-Protocol"]).toBe("parley.v1,token");
  expect(connected.requestContext.connectionId).toBe(authorizer.requestContext.connectionId);
  expect(connected.requestContext.connectionId).toMatch(/^[\w-]{15}=$/);
});

test("the authorizer's context reaches every route as strings, disconnect included", async () => {
  const fixture = await startGateways({
    authorize: () => ({
      principalId: "alice",
      policyDocument: policy("Allow", "*"),
      context: { user: "alice", expiresAtMs: 12, admin: true },
    }),
  });
  const { socket, messages } = await connect(fixture.gateways[0]?.url ?? "");
  socket.send('{"type":"sync"}');
  await eventually("a reply", () => messages.length > 0);
  socket.close();
  const context = { user: "alice", expiresAtMs: "12", admin: "true", principalId: "alice" };
  for (const name of ["connect", "command", "disconnect"]) {
    const event = await firstEvent(fixture, name);
    expect(event.requestContext.authorizer).toEqual(context);
  }
});

/** Starts gateways whose `$connect` does not return before `leave` is called. */
async function startWithHeldConnect() {
  const entered = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const fixture = await startGateways({
    async connect() {
      entered.resolve();
      await left.promise;
      return { statusCode: 200 };
    },
  });
  return { ...fixture, entered: entered.promise, leave: left.resolve };
}

test("a gateway that stops while a client is in $connect refuses it, and it is disconnected", async () => {
  const { gateways, events, api, entered, leave } = await startWithHeldConnect();
  const attempt = connect(gateways[0]?.url ?? "");
  await entered;
  const stopped = gateways[0]?.stop();
  await expect(attempt).rejects.toThrow();
  leave();
  await stopped;
  await eventually("disconnect to be called", () => events.disconnect?.length === 1);
  expect(api.connections.size).toBe(0);
});

test("a client that leaves while it is in $connect is disconnected", async () => {
  const { gateways, events, api, entered, leave } = await startWithHeldConnect();
  const socket = rawHandshake(gateways[0]?.url ?? "");
  await entered;
  socket.destroy();
  await once(socket, "close");
  leave();
  await eventually("disconnect to be called", () => events.disconnect?.length === 1);
  expect(api.connections.size).toBe(0);
});

test("a handshake that reaches a gateway while it stops opens nothing, and the stop ends", async () => {
  const { gateways, api } = await startGateways();
  const [gateway] = gateways;
  const late = rawConnection(gateway?.url ?? "");
  await once(late, "connect");
  // A client that does not read its close delays the stop meanwhile.
  const { socket } = await connect(gateway?.url ?? "");
  socket.pause();
  const stopped = gateway?.stop();
  late.write(HANDSHAKE);
  await once(late, "close");
  await stopped;
  expect(api.connections.size).toBe(0);
});

const HANDSHAKE = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: parley.v1, token",
  "\r\n",
].join("\r\n");

function rawConnection(url: string): Socket {
  const socket = createConnection(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  return socket.on("error", () => undefined);
}

function rawHandshake(url: string): Socket {
  const socket = rawConnection(url);
  socket.write(HANDSHAKE);
  return socket;
}
