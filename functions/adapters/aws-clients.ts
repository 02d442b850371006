/**
 * Returns the options of every AWS client. `requestTimeout` alone only warns (aws-sdk-js-v3 issue 6896: a post hung
 * for ever); `throwOnRequestTimeout` makes it abort the request.
 */
export function clientOptions(limits: { requestTimeoutMs: number; maxAttempts: number }) {
  return {
    maxAttempts: limits.maxAttempts,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: limits.requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
}
