import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { type CheckResult, errorLine, failed, passed } from "./check-result.ts";
import { fetchOk } from "./fetch-ok.ts";

const CHECK = "token issuer";

/** Checks that the issuer's keys can be fetched as the authorizer does: the discovery document, then the keys it names. */
export async function checkIssuer(deployment: Deployment): Promise<CheckResult> {
  const issuer = outputOf(deployment, "Issuer");
  const discovery = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const todo = `Nobody can connect without its keys. Check that "issuer" in cdk/config/config.ts is exactly its URL and that it is up: ${discovery}`;
  try {
    const startedAt = performance.now();
    const { issuer: named, jwks_uri } = (await read(discovery)) as { issuer?: string; jwks_uri?: string };
    if (named !== issuer) return failed(CHECK, `it names itself ${named}, not ${issuer}`, todo);
    const { keys = [] } = (await read(jwks_uri ?? "")) as { keys?: readonly unknown[] };
    if (keys.length === 0) return failed(CHECK, `${jwks_uri} holds no keys`, todo);
    const detail = `${issuer} has ${keys.length} ${keys.length === 1 ? "key" : "keys"}`;
    return passed(CHECK, detail, performance.now() - startedAt);
  } catch (error) {
    return failed(CHECK, `${issuer} does not answer (${errorLine(error)})`, todo);
  }
}

async function read(url: string): Promise<unknown> {
  return (await fetchOk(url)).json();
}
