import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Name of the inline policy of every role here, as in the stack. */
const POLICY = { PolicyName: "permissions" };

/** Returns credentials of a role. MiniStack lets the account's root assume the roles of functions, unlike AWS. */
export async function assume(RoleName: string): Promise<Credentials> {
  const role = await call("iam", "GetRole", { RoleName });
  const session = await call("sts", "AssumeRole", {
    RoleArn: element(role, "Arn"),
    RoleSessionName: "test",
  });
  return {
    accessKeyId: element(session, "AccessKeyId"),
    secretAccessKey: element(session, "SecretAccessKey"),
    sessionToken: element(session, "SessionToken"),
  };
}

/** Returns the statements of a role's inline policy. */
export async function statementsOf(RoleName: string): Promise<Statement[]> {
  const policy = await call("iam", "GetRolePolicy", { RoleName, ...POLICY });
  return JSON.parse(decodeURIComponent(element(policy, "PolicyDocument"))).Statement;
}

/** Runs `check` while a role lacks an action. */
export async function withoutAction(
  RoleName: string,
  action: string,
  check: () => Promise<void>,
): Promise<void> {
  const statements = await statementsOf(RoleName);
  await putStatements(RoleName, without(statements, action));
  try {
    await check();
  } finally {
    await putStatements(RoleName, statements);
  }
}

export function without(statements: readonly Statement[], action: string): Statement[] {
  const less = statements.flatMap((statement) => {
    const actions = [statement.Action].flat().filter((each) => each !== action);
    return actions.length > 0 ? [{ ...statement, Action: actions }] : [];
  });
  if (JSON.stringify(less) === JSON.stringify(statements)) throw new Error(`no statement allows ${action}`);
  return less;
}

/** Creates a role that exists until the test ends, and returns credentials of it. */
export async function temporaryRole(statements: readonly Statement[]): Promise<Credentials> {
  const RoleName = `e2e-role-${randomUUID()}`;
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } };
  await call("iam", "CreateRole", { RoleName, AssumeRolePolicyDocument: policyOf([trust]) });
  onTestFinished(async () => {
    await call("iam", "DeleteRolePolicy", { RoleName, ...POLICY });
    await call("iam", "DeleteRole", { RoleName });
  });
  await putStatements(RoleName, statements);
  return assume(RoleName);
}

async function putStatements(RoleName: string, statements: readonly Statement[]): Promise<void> {
  await call("iam", "PutRolePolicy", { RoleName, ...POLICY, PolicyDocument: policyOf(statements) });
}

function policyOf(statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Calls IAM or STS as the account's root, whose signature MiniStack does not check. Returns the answer's XML. */
async function call(
  service: "iam" | "sts",
  Action: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const { AWS_ENDPOINT_URL = "", AWS_REGION, AWS_ACCESS_KEY_ID } = process.env;
  const Version = { iam: "2010-05-08", sts: "2011-06-15" }[service];
  const credential = `${AWS_ACCESS_KEY_ID}/20260101/${AWS_REGION}/${service}/aws4_request`;
  const response = await fetch(AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ Action, Version, ...parameters }),
  });
  const xml = await response.text();
  if (!response.ok) throw new Error(`${Action}: ${xml}`);
  return xml;
}

function element(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`no ${name} in ${xml}`);
  return text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
