import { vi } from "vitest";
import { stackDeployment } from "../../deployment/stack.ts";
import { signIn, type Tokens } from "../../deployment/user-pool/app-client.ts";
import { type UserPool, userPoolOf } from "../../deployment/user-pool/user-pool.ts";
import { type ScriptedCall, scriptedAws } from "./aws/scripted-aws.ts";
import { ScriptedUserPool } from "./scripted-user-pool.ts";

interface StartedUserPool {
  /** The scripted service behind `pool`. */
  readonly users: ScriptedUserPool;
  readonly pool: UserPool;
  readonly calls: readonly ScriptedCall[];
}

/** Starts a scripted user pool on a machine without AWS credentials: signing in needs none. */
export async function startUserPool(): Promise<StartedUserPool> {
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  const users = new ScriptedUserPool();
  const { calls } = await scriptedAws((call) => users.answer(call) ?? { error: "UnknownOperationException" });
  const outputs = { UserPoolId: "eu-west-1_pool", ClientId: "client" };
  const pool = userPoolOf(stackDeployment("parley-dev", "eu-west-1", outputs, undefined));
  if (pool === undefined) throw new Error("no user pool");
  return { users, pool, calls };
}

export async function tokensOf(pool: UserPool, user: string, password: string): Promise<Tokens> {
  const answer = await signIn(pool, user, password);
  if ("newPasswordRequired" in answer) throw new Error(`${user} has to choose a new password`);
  return answer;
}
