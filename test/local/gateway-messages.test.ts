import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { connect, firstEvent, startGateways } from "./gateway-fixture.ts";

const KB = 1024;

test("a message goes to the route its type names, and its response comes back", async () => {
  const { gateways, events } = await startGateways();
  const { socket, messages } = await connect(gateways[0]?.url ?? "");
  socket.send('{"type":"sync"}');
  await eventually("the response", () => messages.length === 1);
  expect(messages).toEqual(['echo {"type":"sync"}']);
  const [event] = events.command ?? [];
  expect(event).toMatchObject({ body: '{"type":"sync"}', isBase64Encoded: false });
  expect(event.requestContext).toMatchObject({
    routeKey: "sync",
    eventType: "MESSAGE",
    messageDirection: "IN",
  });
  expect(event.requestContext.requestTime).toMatch(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  expect(Object.keys(event)).not.toContain("headers");
});

test("each message has an id of its own", async () => {
  const { gateways, events } = await startGateways();
  const { socket } = await connect(gateways[0]?.url ?? "");
  for (let count = 0; count < 20; count++) socket.send('{"type":"sync"}');
  await eventually("all messages", () => events.command?.length === 20);
  expect(new Set(events.command?.map((event) => event.requestContext.messageId)).size).toBe(20);
});

test.for([
  "no json",
  "[1]",
  "null",
  "{}",
  '{"type":7}',
  '{"type":"dance"}',
  '{"type":"$connect"}',
  '{"type":"$default"}',
])("%s goes to the default route", async (text) => {
  const fixture = await startGateways();
  const { socket } = await connect(fixture.gateways[0]?.url ?? "");
  socket.send(text);
  const event = await firstEvent(fixture, "command");
  expect(event.requestContext.routeKey).toBe("$default");
});

test("a route without a response sends nothing back", async () => {
  const { gateways } = await startGateways();
  const { socket, messages } = await connect(gateways[0]?.url ?? "");
  socket.send('{"type":"send"}');
  socket.send('{"type":"sync"}');
  await eventually("the other route's response", () => messages.length > 0);
  expect(messages).toEqual(['echo {"type":"sync"}']);
});

test("the gateway sends an error when a function fails or takes too long", async () => {
  const { gateways } = await startGateways(
    {
      send: () => {
        throw new Error("broken");
      },
      command: () => new Promise(() => {}),
    },
    { limits: { integrationTimeoutMs: 20 } },
  );
  const { socket, messages } = await connect(gateways[0]?.url ?? "");
  socket.send('{"type":"send"}');
  socket.send('{"type":"sync"}');
  await eventually("two messages", () => messages.length === 2);
  for (const message of messages) {
    expect(JSON.parse(message)).toEqual({
      message: "Internal server error",
      connectionId: expect.any(String),
      requestId: expect.any(String),
    });
  }
});

test("messages of one connection run at the same time", async () => {
  const both = Promise.withResolvers<void>();
  let running = 0;
  const { gateways } = await startGateways({
    async command() {
      if (++running === 2) both.resolve();
      await both.promise;
      return { statusCode: 200, body: "met" };
    },
  });
  const { socket, messages } = await connect(gateways[0]?.url ?? "");
  socket.send("one");
  socket.send("two");
  await eventually("both to meet", () => messages.length === 2);
});

test("with jitter messages of one connection overtake each other, and none is lost", async () => {
  const { gateways, events } = await startGateways({}, { frameJitterMs: 20 });
  const { socket } = await connect(gateways[0]?.url ?? "");
  const sent = Array.from({ length: 50 }, (_, index) => String(index));
  for (const text of sent) socket.send(text);
  await eventually("all messages", () => events.command?.length === sent.length);
  const arrived = events.command?.map((event) => event.body as string) ?? [];
  expect(arrived).not.toEqual(sent);
  expect(arrived.toSorted()).toEqual(sent.toSorted());
});

test("a frame of 32 KB passes; one byte more closes the connection with 1009", async () => {
  const { gateways, events } = await startGateways();
  const { socket, closed } = await connect(gateways[0]?.url ?? "");
  socket.send("x".repeat(32 * KB));
  socket.send("x".repeat(32 * KB + 1));
  expect(await closed).toBe(1009);
  expect(events.command?.map((event) => event.body.length)).toEqual([32 * KB]);
});

test("a message of 128 KB in frames of 32 KB arrives whole", async () => {
  const { gateways, events } = await startGateways();
  const { socket } = await connect(gateways[0]?.url ?? "");
  for (const fin of [false, false, false, true]) socket.send("y".repeat(32 * KB), { fin });
  await eventually("the message", () => events.command?.length === 1);
  expect(events.command?.[0].body).toBe("y".repeat(128 * KB));
});

test("a message of more than 128 KB closes the connection with 1009, even if its frames are small", async () => {
  const { gateways, events } = await startGateways();
  const { socket, closed } = await connect(gateways[0]?.url ?? "");
  for (const fin of [false, false, false, false, true]) socket.send("y".repeat(32 * KB), { fin });
  expect(await closed).toBe(1009);
  expect(events.command).toEqual([]);
});

test("a binary message closes the connection with 1003", async () => {
  const { gateways, events } = await startGateways();
  const { socket, closed } = await connect(gateways[0]?.url ?? "");
  socket.send(Buffer.from("bytes"));
  expect(await closed).toBe(1003);
  expect(events.command).toEqual([]);
});

test("the disconnect event has the code and reason of the client's close", async () => {
  const fixture = await startGateways();
  const { socket } = await connect(fixture.gateways[0]?.url ?? "");
  socket.close(4001, "had enough");
  const event = await firstEvent(fixture, "disconnect");
  expect(event.requestContext).toMatchObject({
    eventType: "DISCONNECT",
    routeKey: "$disconnect",
    disconnectStatusCode: 4001,
    disconnectReason: "had enough",
  });
});

test("an idle connection is closed with 1001; one that pings stays open", async () => {
  const { gateways } = await startGateways({}, { limits: { idleTimeoutMs: 1_000 } });
  const idle = await connect(gateways[0]?.url ?? "");
  const active = await connect(gateways[0]?.url ?? "");
  const pings = setInterval(() => active.socket.ping(), 50);
  try {
    expect(await idle.closed).toBe(1001);
    expect(active.socket.readyState).toBe(active.socket.OPEN);
  } finally {
    clearInterval(pings);
  }
});

test("a connection is closed with 1001 at its maximum duration", async () => {
  const { gateways, events } = await startGateways({}, { limits: { connectionDurationMs: 100 } });
  const { closed } = await connect(gateways[0]?.url ?? "");
  expect(await closed).toBe(1001);
  await eventually("disconnect", () => events.disconnect?.length === 1);
});

test("stopping a gateway closes its connections with 1001 and disconnects them; it can start again", async () => {
  const { gateways, events } = await startGateways();
  const [a, b] = gateways;
  const onA = await connect(a?.url ?? "");
  const onB = await connect(b?.url ?? "");
  await a?.stop();
  expect(await onA.closed).toBe(1001);
  expect(events.disconnect).toHaveLength(1);
  await expect(connect(a?.url ?? "")).rejects.toThrow("ECONNREFUSED");
  onB.socket.send("still here");
  await eventually("the other gateway to serve", () => onB.messages.length === 1);
  await a?.start();
  await connect(a?.url ?? "");
});
