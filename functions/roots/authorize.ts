import { FUNCTIONS } from "../../wiring/manifest.ts";
import { OidcTokens } from "../adapters/oidc-tokens.ts";
import { authorizeHandler } from "../handlers/authorize.ts";
import { invocationLog } from "./clients/logger.ts";
import { readEnvironment } from "./environment.ts";

const environment = readEnvironment(FUNCTIONS.authorize.env);
const log = invocationLog();

export const handler = log.around(
  authorizeHandler({
    tokens: new OidcTokens({ ...environment, now: Date.now }),
    allowedOrigins: environment.allowedOrigins,
    logger: log,
  }),
);
