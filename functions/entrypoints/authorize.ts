import { FUNCTIONS } from "../../wiring/manifest.ts";
import { OidcTokens } from "../adapters/oidc/tokens.ts";
import { authorizeHandler } from "../handlers/authorize.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.authorize.env);
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  authorizeHandler({
    tokens: new OidcTokens({ ...environment, now: Date.now }),
    allowedOrigins: environment.allowedOrigins,
    logger: log,
    metrics,
  }),
);
