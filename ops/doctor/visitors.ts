import { randomBytes } from "node:crypto";
import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import {
  adminSignIn,
  createUser,
  deleteUser,
  setPassword,
  userStatus,
} from "../../deployment/user-pool/administration.ts";
import { readToken } from "../../deployment/user-pool/read-token.ts";
import { type UserPool, userPoolOf } from "../../deployment/user-pool/user-pool.ts";

/** Two users to try the chat with. */
export interface Visitor {
  readonly user: string;
  readonly token: string;
}

export interface Visitors {
  readonly a: Visitor;
  readonly b: Visitor;
  /** Takes back what was made for them. */
  leave(): Promise<void>;
}

/** Always the same two, so that all visits together leave one conversation. */
const DOCTORS = ["doctor-a", "doctor-b"] as const;

export interface GivenTokens {
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/**
 * Users of the deployment's own pool, made now and deleted by `leave`; of the development issuer of an embedded
 * cloud; or those whose tokens were given. Undefined where there are none to be had.
 */
export async function visitors(deployment: Deployment, given: GivenTokens): Promise<Visitors | undefined> {
  if (given.a !== undefined && given.b !== undefined) return fromTokens(deployment, given.a, given.b);
  if (deployment.kind === "embedded") return fromDevelopmentIssuer(deployment);
  const pool = userPoolOf(deployment);
  return pool && fromPool(pool);
}

function fromTokens(deployment: Deployment, a: string, b: string): Visitors {
  const claim = outputOf(deployment, "UserClaim");
  const visitor = (token: string, variable: string): Visitor => {
    const { user } = readToken(token, claim);
    if (user === undefined) throw new Error(`${variable} holds no token with a claim "${claim}"`);
    return { user, token };
  };
  const both = { a: visitor(a, "PARLEY_TOKEN_A"), b: visitor(b, "PARLEY_TOKEN_B") };
  if (both.a.user === both.b.user) throw new Error("PARLEY_TOKEN_A and PARLEY_TOKEN_B are of the same user");
  return { ...both, leave: async () => undefined };
}

async function fromDevelopmentIssuer(deployment: Deployment): Promise<Visitors> {
  const visitor = async (user: string): Promise<Visitor> => {
    const response = await fetch(`${outputOf(deployment, "Issuer")}/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user }),
    });
    if (!response.ok) throw new Error(`the development issuer answered ${response.status}`);
    return { user, token: ((await response.json()) as { token: string }).token };
  };
  const [a, b] = await Promise.all(DOCTORS.map(visitor));
  if (a === undefined || b === undefined) throw new Error("two users are needed");
  return { a, b, leave: async () => undefined };
}

async function fromPool(pool: UserPool): Promise<Visitors> {
  const leave = async () => {
    for (const user of DOCTORS)
      if ((await userStatus(pool, user)) !== undefined) await deleteUser(pool, user);
  };
  const visitor = async (user: string): Promise<Visitor> => {
    // Sixteen random bytes, and one of each kind of character that the pool asks for.
    const password = `${randomBytes(16).toString("hex")}-aA1`;
    // Left over, if the last visit was cut off.
    if ((await userStatus(pool, user)) === undefined) await createUser(pool, user, password);
    else await setPassword(pool, user, password);
    return { user, token: await adminSignIn(pool, user, password) };
  };
  try {
    return { a: await visitor(DOCTORS[0]), b: await visitor(DOCTORS[1]), leave };
  } catch (error) {
    await leave().catch(() => undefined);
    throw error;
  }
}
