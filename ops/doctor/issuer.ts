import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { errorLine, type Finding, ok, wrong } from "./finding.ts";
import { get } from "./get.ts";

const CHECK = "token issuer";

/** Can the authorizer get the keys? As it does itself: discovery document, then the keys it names. */
export async function checkIssuer(deployment: Deployment): Promise<Finding> {
  const issuer = outputOf(deployment, "Issuer");
  const discovery = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const todo = `Nobody can connect without its keys. Is "issuer" in cdk/config/config.ts exactly its URL, and is it up? ${discovery}`;
  try {
    const startedAt = performance.now();
    const { issuer: named, jwks_uri } = (await read(discovery)) as { issuer?: string; jwks_uri?: string };
    if (named !== issuer) return wrong(CHECK, `it calls itself ${named}, not ${issuer}`, todo);
    const { keys = [] } = (await read(jwks_uri ?? "")) as { keys?: readonly unknown[] };
    if (keys.length === 0) return wrong(CHECK, `${jwks_uri} holds no keys`, todo);
    const detail = `${issuer} has ${keys.length} ${keys.length === 1 ? "key" : "keys"}`;
    return ok(CHECK, detail, performance.now() - startedAt);
  } catch (error) {
    return wrong(CHECK, `${issuer} does not answer (${errorLine(error)})`, todo);
  }
}

async function read(url: string): Promise<unknown> {
  return (await get(url)).json();
}
