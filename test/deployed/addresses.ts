/**
 * Maps addresses in the stack's outputs to reachable ones. On AWS they are the same; an emulator has one address for
 * everything and takes the name as a path.
 */
const { AWS_ENDPOINT_URL: emulator } = process.env;

export const isEmulated = emulator !== undefined;

/** Maps `https://<api>.execute-api.<region>.amazonaws.com/<stage>`, also with `wss:`. */
export function apiAddress(url: string): string {
  if (emulator === undefined) return url;
  const { protocol, hostname, pathname } = new URL(url);
  const [api = ""] = hostname.split(".");
  const scheme = protocol === "wss:" ? "ws:" : "http:";
  return new URL(`/_aws/execute-api/${api}${pathname}`, emulator).href.replace(/^http:/, scheme);
}

/** Maps `https://cognito-idp.<region>.amazonaws.com/<pool>`. Another issuer is reached at its own URL. */
export function issuerAddress(issuer: string): string {
  const { hostname, pathname } = new URL(issuer);
  if (emulator === undefined || !hostname.startsWith("cognito-idp.")) return issuer;
  return new URL(pathname, emulator).href;
}
