import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOptions } from "../../functions/adapters/aws-clients.ts";
import { DynamoAbuseCounter } from "../../functions/adapters/dynamodb/abuse-counter.ts";
import { DynamoAccounts } from "../../functions/adapters/dynamodb/accounts.ts";
import { DynamoConversationLog } from "../../functions/adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../../functions/adapters/dynamodb/inbox.ts";
import { DynamoInvitations } from "../../functions/adapters/dynamodb/invitations.ts";
import { DynamoLeases } from "../../functions/adapters/dynamodb/leases.ts";
import { DynamoWatches } from "../../functions/adapters/dynamodb/watches.ts";
import { type DynamoDb, startDynamoDb } from "../../local/dynamodb/dynamodb.ts";
import { provisionTable } from "../../local/dynamodb/table.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { AwsTap } from "../support/aws/aws-tap.ts";
import { conflict } from "../support/aws/transaction-conflicts.ts";
import { startHangingServer } from "../support/hanging-server.ts";
import {
  MemoryAbuseCounter,
  MemoryAccounts,
  MemoryInbox,
  MemoryInvitations,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
} from "../support/memory-ports.ts";
import { MemoryWatches } from "../support/memory-presence.ts";
import { abuseCounterSuite } from "./abuse-counter.suite.ts";
import { accountsSuite } from "./accounts.suite.ts";
import { changeSuite } from "./change.suite.ts";
import { conversationLogSuite } from "./conversation-log.suite.ts";
import { inboxSuite } from "./inbox.suite.ts";
import { invitationsSuite } from "./invitations.suite.ts";
import { leasesSuite } from "./leases.suite.ts";
import { head, type LogAndInbox, nextHead, segment } from "./log-fixtures.ts";
import { membersSuite } from "./members.suite.ts";
import { watchesSuite } from "./watches.suite.ts";

const TABLE = "contract";
const REGION = "eu-central-1";

/** The same value as in the adapter. */
const SMALL_GROUP_ROWS = 128;

function logSuites(open: () => LogAndInbox): void {
  conversationLogSuite(open);
  changeSuite(open);
  membersSuite(open);
  inboxSuite(open);
}

describe("the table on DynamoDB", () => {
  let dynamodb: DynamoDb;
  let client: DynamoDBDocumentClient;

  beforeAll(async () => {
    dynamodb = await startDynamoDb({});
    const plain = new DynamoDBClient(clientConfig(dynamodb.endpoint, REGION));
    await provisionTable(plain, TABLE);
    client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  });
  afterAll(() => dynamodb.stop());

  logSuites(() => ({
    log: new DynamoConversationLog(client, TABLE),
    inbox: new DynamoInbox(client, TABLE),
  }));
  leasesSuite(() => new DynamoLeases(client, TABLE));
  abuseCounterSuite(() => new DynamoAbuseCounter(client, TABLE));
  invitationsSuite(() => new DynamoInvitations(client, TABLE));
  watchesSuite(() => new DynamoWatches(client, TABLE));
  accountsSuite(() => ({
    accounts: new DynamoAccounts(client, TABLE),
    leases: new DynamoLeases(client, TABLE),
  }));
});

describe("the table on DynamoDB, when every write meets a transaction first", () => {
  const tap = new AwsTap();
  let dynamodb: DynamoDb;
  let client: DynamoDBDocumentClient;
  let busy: DynamoDBDocumentClient;

  beforeAll(async () => {
    dynamodb = await startDynamoDb({});
    const proxy = await tap.interpose("dynamodb", dynamodb.endpoint);
    const documents = (endpoint: string) => {
      const plain = new DynamoDBClient(clientConfig(endpoint, REGION));
      return DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
    };
    await provisionTable(new DynamoDBClient(clientConfig(dynamodb.endpoint, REGION)), TABLE);
    [client, busy] = [documents(dynamodb.endpoint), documents(proxy)];
    const met = new Set<string>();
    const firstTime = (body: string) => {
      // The SDK gives every attempt of a transaction a token of its own.
      const request = body.replace(/"ClientRequestToken":"[^"]*"/, "");
      return !met.has(request) && met.add(request) !== undefined;
    };
    conflict(tap, { on: () => true, when: firstTime, times: Number.POSITIVE_INFINITY });
  });
  afterAll(async () => {
    await tap.stop();
    await dynamodb.stop();
  });

  const open = (): LogAndInbox => {
    const log = new DynamoConversationLog(client, TABLE);
    // Elsewhere in the log a conflict is a lost race, which the caller decides anew.
    log.mute = (...call) => new DynamoConversationLog(busy, TABLE).mute(...call);
    return { log, inbox: new DynamoInbox(busy, TABLE) };
  };
  membersSuite(open);
  inboxSuite(open);
  leasesSuite(() => new DynamoLeases(busy, TABLE));
  abuseCounterSuite(() => new DynamoAbuseCounter(busy, TABLE));
  invitationsSuite(() => new DynamoInvitations(busy, TABLE));
  watchesSuite(() => new DynamoWatches(busy, TABLE));
  accountsSuite(() => ({ accounts: new DynamoAccounts(busy, TABLE), leases: new DynamoLeases(busy, TABLE) }));
});

describe("the table in memory, for property tests", () => {
  const store = new MemoryStore();
  logSuites(() => ({
    log: new MemoryLog(store, undefined, undefined, SMALL_GROUP_ROWS),
    inbox: new MemoryInbox(store),
  }));
  leasesSuite(() => new MemoryLeases(store));
  accountsSuite(() => ({ accounts: new MemoryAccounts(store), leases: new MemoryLeases(store) }));
  const counter = new MemoryAbuseCounter();
  abuseCounterSuite(() => counter);
  const invitations = new MemoryInvitations();
  invitationsSuite(() => invitations);
  const watches = new Map();
  watchesSuite(() => new MemoryWatches(watches));
});

describe("a call to a DynamoDB that hangs", () => {
  type Call = (client: DynamoDBDocumentClient, signal: AbortSignal) => Promise<unknown>;
  const onLog =
    (call: (log: DynamoConversationLog, signal: AbortSignal) => Promise<unknown>): Call =>
    (client, signal) =>
      call(new DynamoConversationLog(client, TABLE), signal);
  const [before, after] = [head(1), nextHead(head(1))];
  const range = { fromSeq: 1, toSeq: 9, maxSegments: 2 };
  const CALLS: [string, Call][] = [
    ["read", onLog((log, signal) => log.read("c", [], signal))],
    ["members", onLog((log, signal) => log.members("c", { limit: 9 }, signal))],
    ["readForward", onLog((log, signal) => log.readForward("c", range, signal))],
    ["readBackward", onLog((log, signal) => log.readBackward("c", range, signal))],
    ["flush", onLog((log, signal) => log.flush("c", segment(1, 1), signal))],
    ["update", onLog((log, signal) => log.update("c", before, after, signal))],
    ["change", onLog((log, signal) => log.change("c", { before, after, segments: [], members: [] }, signal))],
    ["announced", onLog((log, signal) => log.announced("c", 1, signal))],
    ["mute", onLog((log, signal) => log.mute("c", "u", true, signal))],
    ["leases", (client, signal) => new DynamoLeases(client, TABLE).read(["u"], signal)],
    ["inbox", (client, signal) => new DynamoInbox(client, TABLE).heads(["c"], signal)],
  ];

  let hanging: Awaited<ReturnType<typeof startHangingServer>>;
  beforeAll(async () => {
    hanging = await startHangingServer();
  });
  afterAll(() => hanging.stop());

  const hangingClient = (requestTimeoutMs: number) =>
    DynamoDBDocumentClient.from(
      new DynamoDBClient({
        ...clientConfig(hanging.url, REGION),
        ...clientOptions({ requestTimeoutMs, maxAttempts: 1 }),
      }),
    );

  test.each(CALLS)("ends by timeout: %s", async (_, call) => {
    await expect(call(hangingClient(50), new AbortController().signal)).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });

  test.each(CALLS)("ends by the caller's signal: %s", async (_, call) => {
    await expect(call(hangingClient(10_000), AbortSignal.timeout(20))).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
