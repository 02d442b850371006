import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DynamoLeases } from "../../functions/adapters/dynamodb/leases.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { runScript } from "../support/process.ts";
import { command, open, type SignOutTarget, signOut, signOutSuite } from "./sign-out.suite.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { connect, newUser } from "./support/target.ts";

const tap = new AwsTap();
const signal = new AbortController().signal;
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ interpose: tap.interpose });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});

const target = (): SignOutTarget => ({
  ...embedded.target,
  location: ["--local", embedded.cloud.url],
  invoke: (payload) => embedded.cloud.functions.invoke("sign-out", payload),
  nextSecond: async () => aSecondLater(),
});
const aSecondLater = () => embedded.cloud.clock.advance(1_000);

signOutSuite(target);

test("a token issued in the same second as the sign-out counts as issued before it", async () => {
  const alice = newUser("alice");
  const now = embedded.cloud.clock.now();
  // Advances to the middle of a second.
  embedded.cloud.clock.advance(1_500 - (now % 1_000));
  await signOut(target(), alice);
  const sameSecond = await embedded.target.mintToken(alice);
  await expect(open(target(), sameSecond)).rejects.toMatchObject({ status: 403 });
});

test("connections opened with tokens issued after the given time stay open", async () => {
  const alice = newUser("alice");
  const stolen = await connect(embedded.target, alice, { device: "stolen" });
  aSecondLater();
  const before = Math.floor(embedded.cloud.clock.now() / 1_000) * 1_000;
  const kept = await connect(embedded.target, alice, { device: "kept" });
  const result = await command(target(), "--user", alice, "--before", new Date(before).toISOString());
  expect(result.output).toContain("1 connection closed");
  await stolen.closed;
  kept.send({ type: "ping" });
  expect(await kept.next("pong")).toEqual({ type: "pong" });
  expect(kept.all("error")).toEqual([]);
});

test("a sign-out that could not close a connection fails, and completes when it is repeated", async () => {
  const alice = newUser("alice");
  const wire = await connect(embedded.target, alice);
  tap.on(
    ({ service, operation }) => service === "management" && operation === "DELETE",
    async () => awsError(500, "InternalServerError"),
    3,
  );
  const failed = await command(target(), "--user", alice);
  expect(failed).toMatchObject({ exitCode: 1, output: expect.stringContaining("run the command again") });
  // It already got the final error, and its pings restore nothing.
  expect(await command(target(), "--user", alice)).toMatchObject({ exitCode: 0 });
  expect((await wire.closed).code).toBe(1000);
});

test("a connection that was not closed gets the final error again at its ping", async () => {
  const alice = newUser("alice");
  const wire = await connect(embedded.target, alice);
  // The close gets lost, and API Gateway reports success.
  tap.on(
    ({ service, operation }) => service === "management" && operation === "DELETE",
    async () => ({ status: 204, headers: {}, body: Buffer.alloc(0) }),
    1,
  );
  aSecondLater();
  await signOut(target(), alice);
  await wire.next("error");
  wire.send({ type: "ping" });
  await wire.next("error", (frame) => wire.all("error").indexOf(frame) === 1);
  expect(wire.all("error")[1]).toMatchObject({ final: true, error: { code: "unauthenticated" } });
  expect(wire.all("pong")).toEqual([]);
});

test("a user with a penalty is refused with 429 until it is over", async () => {
  const alice = newUser("alice");
  const { endpoints, resources, clock } = embedded.cloud;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient(clientConfig(endpoints.dynamodb, "eu-central-1")),
  );
  await new DynamoLeases(client, resources.table).penalize(alice, clock.now() + 60_000, signal);
  await expect(connect(embedded.target, alice)).rejects.toMatchObject({ status: 429 });
  clock.advance(60_001);
  await connect(embedded.target, alice);
});

test.each([
  [[], "with --user"],
  [["--user", "alice", "--before", "2026-11-22 10:00"], "--before must be a time such as"],
  [["--user", "alice", "--now"], "Unknown option"],
])("the command given %j says what is wrong", async (args, problem) => {
  expect(await command(target(), ...args)).toMatchObject({
    exitCode: 2,
    output: expect.stringContaining(problem),
  });
});

test("the command says where it found no function", async () => {
  const script = runScript("ops/sign-out.ts", "--user", "alice", "--local", "http://127.0.0.1:1");
  expect(await script.exitCode).toBe(1);
  expect(script.output()).toBe("Not signed out: No embedded cloud answers at http://127.0.0.1:1.\n");
});

test("the embedded Lambda is invoked as AWS's is, but not by web pages", async () => {
  const lambda = new LambdaClient(clientConfig(embedded.cloud.url, "eu-central-1"));
  const invoke = (FunctionName: string, Payload: string) =>
    lambda.send(new InvokeCommand({ FunctionName, Payload }));
  const { StatusCode, FunctionError, Payload } = await invoke("sign-out", '{"user": "nobody"}');
  expect([StatusCode, FunctionError]).toEqual([200, undefined]);
  expect(JSON.parse(Payload?.transformToString() ?? "")).toEqual({ closed: 0 });
  const failed = await invoke("connect", '"no event"');
  expect(failed.FunctionError).toBe("Unhandled");
  expect(JSON.parse(failed.Payload?.transformToString() ?? "")).toMatchObject({ errorType: "ValiError" });
  await expect(invoke("none", "{}")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(invoke("sign-out", "{")).rejects.toMatchObject({ name: "InvalidRequestContentException" });
  const fromPage = await fetch(`${embedded.cloud.url}/2015-03-31/functions/sign-out/invocations`, {
    method: "POST",
    headers: { Origin: "https://evil.example.com" },
    body: '{"user": "alice"}',
  });
  expect(fromPage.status).toBe(403);
});
