/** Sources by directive: the page loads and runs only its own files, no site can frame it, and no text becomes a script. */
const POLICY: Readonly<Record<string, readonly string[]>> = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "font-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
  "frame-ancestors": ["'none'"],
  // Trusted Types: the browser throws where the page would make HTML or a script of a string, and no policy may allow it.
  "require-trusted-types-for": ["'script'"],
  "trusted-types": ["'none'"],
};

/** Features that the page never asks a browser for, so that an injected script cannot either. */
const UNUSED_FEATURES = [
  "accelerometer",
  "bluetooth",
  "camera",
  "display-capture",
  "geolocation",
  "gyroscope",
  "hid",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "screen-wake-lock",
  "serial",
  "usb",
  "xr-spatial-tracking",
];

/** Security headers of every response with a file of the page, wherever it is served. */
export interface WebPageHeaders extends Readonly<Record<string, string>> {
  readonly "Content-Security-Policy": string;
  readonly "Referrer-Policy": "no-referrer";
  readonly "X-Content-Type-Options": "nosniff";
}

/** Returns the page's security headers. It connects only to its own origin and the sources in `connect`. */
export function webPageHeaders(connect: readonly string[]): WebPageHeaders {
  const policy = Object.entries({ ...POLICY, "connect-src": ["'self'", ...connect] });
  return {
    "Content-Security-Policy": policy
      .map(([directive, sources]) => [directive, ...sources].join(" "))
      .join("; "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    // A page that opened this one gets no hold of its window, and this one shares no process with others.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": UNUSED_FEATURES.map((feature) => `${feature}=()`).join(", "),
  };
}
