import { randomBytes } from "node:crypto";
import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import {
  adminSignIn,
  createUser,
  deleteUser,
  setPassword,
  userStatus,
} from "../../deployment/user-pool/admin.ts";
import { readToken } from "../../deployment/user-pool/read-token.ts";
import { type UserPool, userPoolOf } from "../../deployment/user-pool/user-pool.ts";

export interface TestUser {
  readonly user: string;
  readonly token: string;
}

/** Two users to test the chat with. */
export interface TestUsers {
  readonly a: TestUser;
  readonly b: TestUser;
  /** Deletes the users if the doctor created them. */
  cleanUp(): Promise<void>;
}

/** Fixed names, so that all runs together leave only one conversation. */
const USER_NAMES = ["doctor-a", "doctor-b"] as const;

export interface ProvidedTokens {
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/**
 * Returns the users of the given tokens, users of an embedded cloud's development issuer, or users that it creates in
 * the deployment's own user pool and that `cleanUp` deletes. Returns undefined if none of these is available.
 */
export async function createTestUsers(
  deployment: Deployment,
  given: ProvidedTokens,
): Promise<TestUsers | undefined> {
  if (given.a !== undefined && given.b !== undefined) return fromTokens(deployment, given.a, given.b);
  if (deployment.kind === "embedded") return fromDevelopmentIssuer(deployment);
  const pool = userPoolOf(deployment);
  return pool && fromPool(pool);
}

function fromTokens(deployment: Deployment, a: string, b: string): TestUsers {
  const claim = outputOf(deployment, "UserClaim");
  const testUser = (token: string, variable: string): TestUser => {
    const { user } = readToken(token, claim);
    if (user === undefined) throw new Error(`${variable} is not a token with a claim "${claim}"`);
    return { user, token };
  };
  const both = { a: testUser(a, "PARLEY_TOKEN_A"), b: testUser(b, "PARLEY_TOKEN_B") };
  if (both.a.user === both.b.user)
    throw new Error("PARLEY_TOKEN_A and PARLEY_TOKEN_B belong to the same user; use two users");
  return { ...both, cleanUp: async () => undefined };
}

async function fromDevelopmentIssuer(deployment: Deployment): Promise<TestUsers> {
  const testUser = async (user: string): Promise<TestUser> => {
    const response = await fetch(`${outputOf(deployment, "Issuer")}/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user }),
    });
    if (!response.ok) throw new Error(`the development issuer answered ${response.status}`);
    return { user, token: ((await response.json()) as { token: string }).token };
  };
  const [a, b] = await Promise.all(USER_NAMES.map(testUser));
  if (a === undefined || b === undefined) throw new Error("two users are needed");
  return { a, b, cleanUp: async () => undefined };
}

async function fromPool(pool: UserPool): Promise<TestUsers> {
  const cleanUp = async () => {
    for (const user of USER_NAMES)
      if ((await userStatus(pool, user)) !== undefined) await deleteUser(pool, user);
  };
  const testUser = async (user: string): Promise<TestUser> => {
    // Sixteen random bytes, and one character of each kind that the pool requires.
    const password = `${randomBytes(16).toString("hex")}-aA1`;
    // The user still exists if the last run was interrupted.
    if ((await userStatus(pool, user)) === undefined) await createUser(pool, user, password);
    else await setPassword(pool, user, password);
    return { user, token: await adminSignIn(pool, user, password) };
  };
  try {
    return { a: await testUser(USER_NAMES[0]), b: await testUser(USER_NAMES[1]), cleanUp };
  } catch (error) {
    await cleanUp().catch(() => undefined);
    throw error;
  }
}
