/**
 * The page's Content-Security-Policy, wherever it is served: what is not its own it neither loads nor runs, no site frames
 * it, and it talks to the sources in `connect` and to nobody else.
 */
export function webPagePolicy(connect: readonly string[]): string {
  const directives = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'", ...connect],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
  };
  return Object.entries(directives)
    .map(([directive, sources]) => [directive, ...sources].join(" "))
    .join("; ");
}
