import type { IncomingMessage } from "node:http";

/**
 * Web pages that may use an endpoint: none, those of its own origin, those that any server on this machine serves, such as
 * a development server, or any at all. Programs send no Origin and may use everything that listens on loopback.
 */
export type Pages = "none" | "own" | "local" | "any";

/** As browsers write them. They are not parsed, because a parser accepts more: a user name in front, a path behind. */
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
const LOOPBACK_ORIGIN = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

export interface Refusal {
  readonly status: 400 | 403;
  readonly message: string;
}

/**
 * Decides whether a request may be answered at all. Every server of the cloud asks this first: a page of another site can
 * make a browser send requests to loopback, by DNS rebinding under a host name of that site.
 */
export function refusalOf(request: IncomingMessage, pagesOf: (path: string) => Pages): Refusal | undefined {
  const path = pathOf(request.url);
  if (path === undefined) return { status: 400, message: "The path is malformed." };
  const { host, origin } = request.headers;
  if (!LOOPBACK_HOST.test(host ?? ""))
    return { status: 403, message: "Use the address of this machine, 127.0.0.1 or localhost." };
  if (origin === undefined) return undefined;
  const pages = pagesOf(path);
  if (pages === "none") return { status: 403, message: "Web pages may not use this." };
  if (pages === "own" && origin !== `http://${host}`)
    return { status: 403, message: "Only pages of this origin may use this." };
  return pages === "any" || LOOPBACK_ORIGIN.test(origin)
    ? undefined
    : { status: 403, message: "Only pages on loopback may use this." };
}

/** Returns the decoded path, or undefined if it cannot be decoded. */
function pathOf(url = "/"): string | undefined {
  try {
    return decodeURIComponent(new URL(url, "http://loopback").pathname);
  } catch {
    return undefined;
  }
}
