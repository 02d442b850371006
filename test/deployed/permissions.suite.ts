import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  AddPermissionCommand,
  type FunctionConfiguration,
  GetPolicyCommand,
  LambdaClient,
  ListFunctionsCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FunctionName, TABLE } from "../../wiring/manifest.ts";
import type { SignOutTarget } from "../e2e/sign-out.suite.ts";
import { connect, newUser } from "../e2e/support/target.ts";
import { eventually } from "../support/eventually.ts";
import { apiAddress } from "./addresses.ts";
import { assume, statementsOf, temporaryRole, without, withoutAction } from "./ministack/roles.ts";
import type { Outputs } from "./outputs.ts";

interface Deployment {
  readonly stack: string;
  readonly outputs: Outputs;
  readonly target: SignOutTarget;
  /** File with the logs of all functions. */
  readonly functionsLog: string;
}

const REFUSED = { name: "AccessDeniedException" };

/**
 * Checks that MiniStack evaluates the functions' policies, so that a missing permission fails in the other suites. Here
 * functions fail on purpose, and log errors.
 */
export function permissionsSuite(deployment: () => Deployment): void {
  const lambda = new LambdaClient({});
  const user = `${TABLE.userPrefix}${newUser("alice")}`;
  const conversation = `C#${randomUUID()}`;

  async function functionNamed(
    name: FunctionName,
  ): Promise<FunctionConfiguration & { readonly role: string }> {
    const prefix = `${deployment().stack}-Chat${name.replace("-", "")}Function`;
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    const found = Functions.find(({ FunctionName = "" }) => FunctionName.startsWith(prefix));
    if (found?.Role === undefined) throw new Error(`no function ${prefix}`);
    return { ...found, role: found.Role.split("/").at(-1) ?? "" };
  }

  const roleOf = async (name: FunctionName) => (await functionNamed(name)).role;

  const tableOf = async (name: FunctionName) =>
    new DynamoDBClient({ credentials: await assume(await roleOf(name)) });

  const key = (pk: string) => ({ [TABLE.partitionKey]: { S: pk }, [TABLE.sortKey]: { S: "PERMISSIONS" } });

  const item = (pk: string) => ({ TableName: deployment().outputs.TableName, Key: key(pk) });

  const put = (pk: string) => ({ TableName: deployment().outputs.TableName, Item: key(pk) });

  const inTable = <T>(value: T) => ({ [deployment().outputs.TableName]: value });

  const update = (pk: string) => ({
    ...item(pk),
    UpdateExpression: "SET touched = :true",
    ExpressionAttributeValues: { ":true": { BOOL: true } as AttributeValue },
  });

  describe("a role for users' items alone", () => {
    test("of connect writes an item of a user, and none of a conversation", async () => {
      const table = await tableOf("connect");
      await table.send(new UpdateItemCommand(update(user)));
      await expect(table.send(new UpdateItemCommand(update(conversation)))).rejects.toMatchObject(REFUSED);
    });

    test("of presence reads items of users, and no batch that has one of a conversation", async () => {
      const table = await tableOf("presence");
      const batch = (...keys: string[]) =>
        table.send(new BatchGetItemCommand({ RequestItems: inTable({ Keys: keys.map(key) }) }));
      await batch(user, `${user}-2`);
      await expect(batch(user, conversation)).rejects.toMatchObject(REFUSED);
    });

    const OPERATIONS: Readonly<Record<string, (table: DynamoDBClient, pk: string) => Promise<unknown>>> = {
      GetItem: (table, pk) => table.send(new GetItemCommand(item(pk))),
      PutItem: (table, pk) => table.send(new PutItemCommand(put(pk))),
      UpdateItem: (table, pk) => table.send(new UpdateItemCommand(update(pk))),
      DeleteItem: (table, pk) => table.send(new DeleteItemCommand(item(pk))),
      Query: (table, pk) =>
        table.send(
          new QueryCommand({
            TableName: deployment().outputs.TableName,
            KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :sk)",
            ExpressionAttributeNames: { "#pk": TABLE.partitionKey, "#sk": TABLE.sortKey },
            ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: user } },
          }),
        ),
      BatchGetItem: (table, pk) =>
        table.send(new BatchGetItemCommand({ RequestItems: inTable({ Keys: [`${user}-2`, pk].map(key) }) })),
      BatchWriteItem: (table, pk) =>
        table.send(
          new BatchWriteItemCommand({
            RequestItems: inTable([
              { PutRequest: { Item: key(`${user}-2`) } },
              { DeleteRequest: { Key: key(pk) } },
            ]),
          }),
        ),
      TransactGetItems: (table, pk) =>
        table.send(
          new TransactGetItemsCommand({ TransactItems: [{ Get: item(`${user}-2`) }, { Get: item(pk) }] }),
        ),
      "TransactWriteItems, in a check": (table, pk) =>
        table.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: put(`${user}-2`) },
              { ConditionCheck: { ...item(pk), ConditionExpression: "attribute_not_exists(untouched)" } },
            ],
          }),
        ),
      "TransactWriteItems, in a write": (table, pk) =>
        table.send(
          new TransactWriteItemsCommand({
            TransactItems: [{ Update: update(pk) }, { Delete: item(`${user}-2`) }],
          }),
        ),
    };

    /** Returns the table, used by a role with every action on it under the condition that `connect` has. */
    async function confinedTable(): Promise<DynamoDBClient> {
      const statements = await statementsOf(await roleOf("connect"));
      const [statement] = statements.filter(({ Condition }) => Condition !== undefined);
      if (statement === undefined) throw new Error("connect has no condition");
      return new DynamoDBClient({
        credentials: await temporaryRole([{ ...statement, Action: "dynamodb:*" }]),
      });
    }

    test.for(Object.entries(OPERATIONS))("is kept to them in %s", async ([, operation]) => {
      const table = await confinedTable();
      await operation(table, user);
      for (const pk of [conversation, user.toLowerCase(), ` ${user}`])
        await expect(operation(table, pk), pk).rejects.toMatchObject(REFUSED);
    });

    test("scans nothing, since a scan names no key", async () => {
      const table = await confinedTable();
      const TableName = deployment().outputs.TableName;
      await expect(table.send(new ScanCommand({ TableName }))).rejects.toMatchObject(REFUSED);
    });
  });

  test("a role may not do what its policy does not say", async () => {
    const statements = await statementsOf(await roleOf("presence"));
    const all = new DynamoDBClient({ credentials: await temporaryRole(statements) });
    await all.send(new UpdateItemCommand(update(user)));
    const less = new DynamoDBClient({
      credentials: await temporaryRole(without(statements, "dynamodb:UpdateItem")),
    });
    await expect(less.send(new UpdateItemCommand(update(user)))).rejects.toMatchObject(REFUSED);
    await less.send(new BatchGetItemCommand({ RequestItems: inTable({ Keys: [key(user)] }) }));
  });

  test.for(["dynamodb:UpdateItem", "execute-api:ManageConnections"])(
    "a function fails without the permission %s",
    async (action) => {
      const { target } = deployment();
      const alice = newUser("alice");
      const wire = await connect(target, alice);
      await withoutAction(await roleOf("sign-out"), action, async () => {
        expect(await target.invoke({ user: alice })).toMatchObject({ errorType: "Runtime.HandlerError" });
      });
      expect(await target.invoke({ user: alice })).toEqual({ closed: 1 });
      await wire.closed;
    },
  );

  test("a function that may not write its logs is reported", async () => {
    const { FunctionName = "", role } = await functionNamed("sign-out");
    await withoutAction(role, "logs:PutLogEvents", async () => {
      await deployment().target.invoke({ user: newUser("alice") });
    });
    const reported = `${FunctionName} may not write its logs: no logs:PutLogEvents on `;
    const log = readFileSync(deployment().functionsLog, "utf8");
    expect(log.split("\n").filter((line) => line.includes(reported))).toHaveLength(1);
  });

  test("posting to a connection and closing it need a permission each, and reading about it another", async () => {
    const { outputs } = deployment();
    const endpoint = apiAddress(outputs.ManagementEndpoint);
    const clientOf = async (name: FunctionName) =>
      new ApiGatewayManagementApiClient({ endpoint, credentials: await assume(await roleOf(name)) });
    const connection = { ConnectionId: "L0SM9cOFvHcCIhw=" };
    const [allowed, refused] = [await clientOf("connect"), await clientOf("disconnect")];
    const close = new DeleteConnectionCommand(connection);
    await expect(allowed.send(close)).rejects.toMatchObject({ name: "GoneException" });
    await expect(refused.send(close)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    const read = new GetConnectionCommand(connection);
    await expect(allowed.send(read)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  test.for<FunctionName>(["authorize", "connect"])(
    "API Gateway may invoke %s only by the function's own policy",
    async (name) => {
      const { FunctionName = "" } = await functionNamed(name);
      const { Policy = "" } = await lambda.send(new GetPolicyCommand({ FunctionName }));
      const [statement, ...others] = JSON.parse(Policy).Statement;
      expect(others).toEqual([]);
      const restore = new AddPermissionCommand({
        FunctionName,
        StatementId: statement.Sid,
        Action: statement.Action,
        Principal: statement.Principal.Service,
        SourceArn: statement.Condition.ArnLike["AWS:SourceArn"],
      });
      await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: statement.Sid }));
      onTestFinished(async () => void (await lambda.send(restore)));
      await expect(connect(deployment().target, newUser("alice"))).rejects.toMatchObject({ status: 500 });
    },
  );

  test("no stack lets a function consume a queue that its role may not read", async () => {
    const cloudFormation = new CloudFormationClient({});
    const { FunctionName = "" } = await functionNamed("sign-out");
    const StackName = `e2e-trigger-${randomUUID().slice(0, 8)}`;
    const Trigger = {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: { FunctionName, EventSourceArn: { "Fn::GetAtt": ["Queue", "Arn"] } },
    };
    const TemplateBody = JSON.stringify({ Resources: { Queue: { Type: "AWS::SQS::Queue" }, Trigger } });
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    onTestFinished(async () => void (await cloudFormation.send(new DeleteStackCommand({ StackName }))));
    await eventually("the stack to be rolled back", async () => {
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      return Stacks[0]?.StackStatus === "ROLLBACK_COMPLETE";
    });
    const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    expect(StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason)).toContainEqual(
      expect.stringContaining("does not have permissions to call ReceiveMessage on SQS"),
    );
  });
}
