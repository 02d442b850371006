/**
 * Where what the outputs name is reached. On AWS by just that name; an emulator has one address for all, and takes
 * the name as a path.
 */
const { AWS_ENDPOINT_URL: emulator } = process.env;

export const isEmulated = emulator !== undefined;

/** `https://<api>.execute-api.<region>.amazonaws.com/<stage>`, or with `wss:`. */
export function apiAddress(url: string): string {
  if (emulator === undefined) return url;
  const { protocol, hostname, pathname } = new URL(url);
  const [api = ""] = hostname.split(".");
  const scheme = protocol === "wss:" ? "ws:" : "http:";
  return new URL(`/_aws/execute-api/${api}${pathname}`, emulator).href.replace(/^http:/, scheme);
}

/** `https://cognito-idp.<region>.amazonaws.com/<pool>`; another issuer is where it says. */
export function issuerAddress(issuer: string): string {
  const { hostname, pathname } = new URL(issuer);
  if (emulator === undefined || !hostname.startsWith("cognito-idp.")) return issuer;
  return new URL(pathname, emulator).href;
}
