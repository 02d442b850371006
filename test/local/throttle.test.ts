import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { connect, startGateways } from "./gateway-fixture.ts";

/** No refill as long as the clock stands still for less than a second. */
const SLOW = { rateLimit: 0.001, burstLimit: 3 };
const MANY = { rateLimit: 1_000, burstLimit: 1_000 };

const tooMany = (messages: readonly string[]) =>
  messages.filter((text) => text.includes("Too Many Requests")).map((text) => JSON.parse(text));

test("a handshake and messages beyond the burst get API Gateway's own message, and no function is called", async () => {
  const { gateways, events } = await startGateways({}, { throttle: SLOW });
  const { socket, messages } = await connect(gateways[0]?.url ?? "");
  for (let count = 0; count < 4; count++) socket.send('{"type":"sync"}');
  await eventually("four answers", () => messages.length === 4);
  expect(events.command).toHaveLength(2);
  expect(tooMany(messages)).toEqual(
    Array.from({ length: 2 }, () => ({
      message: "Too Many Requests",
      connectionId: events.command?.[0].requestContext.connectionId,
      requestId: expect.any(String),
    })),
  );
  expect(socket.readyState).toBe(socket.OPEN);
});

test("the bucket is shared by all connections, on all gateways", async () => {
  const { gateways } = await startGateways({}, { throttle: SLOW });
  const [a, b] = await Promise.all(gateways.map(({ url }) => connect(url)));
  a?.socket.send('{"type":"sync"}');
  await eventually("the answer", () => a?.messages.length === 1);
  b?.socket.send('{"type":"sync"}');
  await eventually("the refusal", () => b?.messages.length === 1);
  expect([tooMany(a?.messages ?? []).length, tooMany(b?.messages ?? []).length]).toEqual([0, 1]);
});

test("a handshake beyond the limit is refused with 429 before the authorizer is called", async () => {
  const { gateways, events } = await startGateways({}, { throttle: { rateLimit: 0.001, burstLimit: 1 } });
  await connect(gateways[0]?.url ?? "");
  await expect(connect(gateways[1]?.url ?? "")).rejects.toMatchObject({ status: 429 });
  expect(events.authorize).toHaveLength(1);
});

test("the bucket fills at its rate, up to the burst", async () => {
  const { api, gateways, events } = await startGateways({}, { throttle: { rateLimit: 0.01, burstLimit: 2 } });
  const { socket, messages } = await connect(gateways[0]?.url ?? "");
  const send = async (count: number) => {
    const before = messages.length;
    for (let sent = 0; sent < count; sent++) socket.send('{"type":"sync"}');
    await eventually("the answers", () => messages.length === before + count);
  };
  await send(1);
  api.clock.advance(100_000);
  await send(2);
  expect([events.command?.length, tooMany(messages).length]).toEqual([2, 1]);
  api.clock.advance(1_000_000);
  await send(3);
  expect([events.command?.length, tooMany(messages).length]).toEqual([4, 2]);
});

test("a route with its own limits neither takes from the stage nor waits for it", async () => {
  const { gateways, events } = await startGateways(
    {},
    { throttle: SLOW, routeThrottles: { send: { rateLimit: 0.001, burstLimit: 1 }, $connect: MANY } },
  );
  const { socket, messages } = await connect(gateways[0]?.url ?? "");
  for (let count = 0; count < 2; count++) socket.send('{"type":"send"}');
  await eventually("the refusal", () => messages.length === 1);
  expect(events.send).toHaveLength(1);
  for (let count = 0; count < 4; count++) socket.send('{"type":"sync"}');
  await eventually("four answers", () => messages.length === 5);
  expect([events.command?.length, tooMany(messages).length]).toEqual([3, 2]);
});

test("a closed connection is disconnected even when the bucket is empty", async () => {
  const { gateways, events } = await startGateways({}, { throttle: { rateLimit: 0.001, burstLimit: 1 } });
  const { socket } = await connect(gateways[0]?.url ?? "");
  socket.close();
  await eventually("$disconnect", () => events.disconnect?.length === 1);
});
