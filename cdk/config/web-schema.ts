import * as v from "valibot";
import { domainSchema, nonEmpty, origin } from "./domain-schema.ts";

const httpsUrl = v.pipe(v.string(), v.regex(/^https:\/\/\S+$/, "must be an https URL"));

const OPTIONS = v.strictObject({
  /** @default the name CloudFront gives */
  domain: v.optional(
    domainSchema(/us-east-1/, "must be the ARN of an ACM certificate in us-east-1, for CloudFront"),
  ),
  /** What the address of the user pool's sign-in pages begins with. @default made of the stack's id */
  signInPrefix: v.optional(
    v.pipe(
      v.string(),
      // "Using the Amazon Cognito prefix domain" in Cognito's guide.
      v.regex(/^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "no prefix Cognito takes"),
    ),
  ),
  /** A public client of the issuer, where that is not a user pool of the stack's own. */
  client: v.optional(
    v.strictObject({
      clientId: nonEmpty,
      /** Separated by spaces. */
      scope: v.optional(nonEmpty, "openid"),
      /** Of the issuer's endpoints, besides that of its URL. */
      origins: v.optional(v.array(origin), []),
      /** Where signing out ends the session there, in place of what its discovery document says. */
      logoutUrl: v.optional(httpsUrl),
    }),
  ),
});

/** `on`: with nothing to say about it. */
export const WEB = v.lazy((input) =>
  typeof input === "object"
    ? OPTIONS
    : v.pipe(
        v.picklist(["off", "on"]),
        v.transform((choice): "off" | v.InferOutput<typeof OPTIONS> => (choice === "on" ? {} : choice)),
      ),
);

/** The page as configured, with what the command line says of it: `on` brings the one that is configured, if one is. */
export function withContextOptions(
  configured: v.InferInput<typeof WEB> | undefined,
  { web = configured, clientId }: Readonly<Record<string, unknown>>,
): unknown {
  if (web !== "on" && typeof web !== "object") return web;
  const options = typeof configured === "object" ? configured : {};
  return clientId === undefined ? options : { ...options, client: { ...options.client, clientId } };
}
