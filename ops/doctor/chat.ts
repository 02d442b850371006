import { randomUUID } from "node:crypto";
import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { type CheckResult, errorLine, failed, passed, skipped } from "./check-result.ts";
import { TestConnection } from "./test-connection.ts";
import type { TestUser, TestUsers } from "./test-users.ts";

const STEPS = ["sign-in", "connect", "bad token", "ping", "ack", "delivery", "history"] as const;
type Step = (typeof STEPS)[number];

/** Next step for the operator, by the step that failed. */
const TODO: Readonly<Record<Step, string>> = {
  "sign-in": "Users cannot get tokens. Check the user pool and its app client.",
  connect: "docs/runbook.md: authorizer-fails, connects-fail, nobody-gets-in.",
  "bad token":
    "Anybody can connect! Tokens are not verified: take the stack off the network and check the authorizer.",
  ping: "docs/runbook.md: requests-fail, gateway-fails.",
  ack: "docs/runbook.md: requests-fail, entries-late, commits-fail.",
  delivery: "docs/runbook.md: pushes-fail, deliveries-late.",
  history: "docs/runbook.md: requests-fail, table-fails.",
};

/** Sends a message from one test user to the other and checks each step from sign-in to history. Steps after a failed one are skipped. */
export async function checkChat(
  deployment: Deployment,
  createUsers: () => Promise<TestUsers | undefined>,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  let step: Step = "sign-in";
  let startedAt = performance.now();
  const begin = (next: Step) => {
    step = next;
    startedAt = performance.now();
  };
  const pass = (detail: string) => void results.push(passed(step, detail, performance.now() - startedAt));

  let users: TestUsers | undefined;
  const connections: TestConnection[] = [];
  try {
    users = await createUsers();
    if (users === undefined) {
      const why = `its token issuer is ${outputOf(deployment, "Issuer")}: set PARLEY_TOKEN_A and PARLEY_TOKEN_B to tokens of two users`;
      return STEPS.map((name) => skipped(name, why));
    }
    const { a, b } = users;
    pass(`tokens for ${a.user} and ${b.user}`);

    begin("connect");
    const url = outputOf(deployment, "WebSocketUrl");
    const atA = await connect(connections, url, a);
    const atB = await connect(connections, url, b);
    pass(url);

    begin("bad token");
    const intruder = await TestConnection.open(url, `${a.token}x`);
    intruder?.close();
    if (intruder !== undefined) throw new Error("a token with a wrong signature opened a connection");
    pass("is refused");

    begin("ping");
    atA.send({ type: "ping" });
    await atA.next("pong");
    pass("is answered");

    begin("ack");
    const id = randomUUID();
    const entry = { id, kind: "text" as const, body: { text: "Is everything well?" } };
    atA.send({ type: "send", to: { user: b.user }, entries: [entry] });
    const ack = await atA.next("ack", ({ entries }) => entries.some((one) => one.id === id));
    pass("the message is in the log");

    begin("delivery");
    await atB.next("entries", ({ entries }) => entries.some((one) => one.id === id));
    pass("it has reached the other user");

    begin("history");
    const { conversation } = ack;
    const requestId = randomUUID();
    const seq = ack.entries.find((one) => one.id === id)?.seq ?? 0;
    atB.send({ type: "history", id: requestId, conversation, before: seq + 1, limit: 1 });
    const reply = await atB.next("reply", (frame) => frame.id === requestId);
    if (!JSON.stringify(reply).includes(id)) throw new Error("the message is not in the history");
    pass("the message is in it");
  } catch (error) {
    results.push(failed(step, errorLine(error), TODO[step]));
    const rest = STEPS.slice(STEPS.indexOf(step) + 1);
    results.push(...rest.map((name) => skipped(name, `needs ${step}`)));
  } finally {
    for (const connection of connections) connection.close();
    await users?.cleanUp().catch((error: unknown) => {
      const todo = "Delete doctor-a and doctor-b from the user pool.";
      results.push(failed("clean-up", `the test users could not be deleted (${errorLine(error)})`, todo));
    });
  }
  return results;
}

async function connect(
  connections: TestConnection[],
  url: string,
  { user, token }: TestUser,
): Promise<TestConnection> {
  const connection = await TestConnection.open(url, token);
  if (connection === undefined) throw new Error(`${url} refuses ${user} or does not answer`);
  connections.push(connection);
  return connection;
}
