import type { WebSocketApi } from "./api.ts";

/** The function did not return within API Gateway's timeout; it may still be running. */
class IntegrationTimeout extends Error {
  override readonly name = "IntegrationTimeout";
}

/** Invokes the function of a route or authorizer; rejects at the integration timeout. */
export async function integrate(api: WebSocketApi, functionName: string, event: unknown): Promise<unknown> {
  const { integrationTimeoutMs } = api.limits;
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      timeout.reject(
        new IntegrationTimeout(`${functionName} did not return within ${integrationTimeoutMs} ms`),
      ),
    integrationTimeoutMs,
  );
  const result = api.invoke(functionName, event);
  // After a timeout nobody is left to handle a failure of the invocation.
  result.catch(() => {});
  try {
    return await Promise.race([result, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
