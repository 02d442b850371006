/**
 * Returns the page's Content-Security-Policy, which is the same everywhere. The page loads and runs only its own files,
 * no site can frame it, and it connects only to its own origin and the sources in `connect`.
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
