import * as v from "valibot";
import { domainSchema, nonEmpty, origin } from "./domain-schema.ts";

const httpsUrl = v.pipe(v.string(), v.regex(/^https:\/\/\S+$/, "must be an https URL"));

const OPTIONS = v.strictObject({
  /** @default the name that CloudFront assigns */
  domain: v.optional(
    domainSchema(/us-east-1/, "must be the ARN of an ACM certificate in us-east-1, for CloudFront"),
  ),
  /** Prefix of the address of the user pool's sign-in pages. @default made from the stack's id */
  signInPrefix: v.optional(
    v.pipe(
      v.string(),
      // "Using the Amazon Cognito prefix domain" in Cognito's guide.
      v.regex(
        /^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
        "not a prefix that Cognito accepts",
      ),
    ),
  ),
  /** Offers users the inspector, which is for developers. @default false */
  inspector: v.optional(v.boolean()),
  /** A public client at the issuer, if the stack does not create its own user pool. */
  client: v.optional(
    v.strictObject({
      clientId: nonEmpty,
      /** Scopes, separated by spaces. */
      scope: v.optional(nonEmpty, "openid"),
      /** Origins of the issuer's endpoints, besides the origin of its URL. */
      origins: v.optional(v.array(origin), []),
      /** URL that ends the session at the issuer, instead of the one in its discovery document. */
      logoutUrl: v.optional(httpsUrl),
    }),
  ),
});

/** `on` serves the page with default options. */
export const WEB = v.lazy((input) =>
  typeof input === "object"
    ? OPTIONS
    : v.pipe(
        v.picklist(["off", "on"]),
        v.transform((choice): "off" | v.InferOutput<typeof OPTIONS> => (choice === "on" ? {} : choice)),
      ),
);

/** Returns the configured page with the overrides of the command line. `on` keeps the configured options, if there are any. */
export function withContextOptions(
  configured: v.InferInput<typeof WEB> | undefined,
  { web = configured, clientId }: Readonly<Record<string, unknown>>,
): unknown {
  if (web !== "on" && typeof web !== "object") return web;
  const options = typeof configured === "object" ? configured : {};
  return clientId === undefined ? options : { ...options, client: { ...options.client, clientId } };
}
