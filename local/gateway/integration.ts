import type { WebSocketApi } from "./api.ts";

/** The integration gave no answer in API Gateway's time; the function may go on running. */
class IntegrationTimeout extends Error {
  override readonly name = "IntegrationTimeout";
}

/** Calls the function behind a route or authorizer, within the integration timeout. */
export async function integrate(api: WebSocketApi, functionName: string, event: unknown): Promise<unknown> {
  const { integrationTimeoutMs } = api.limits;
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new IntegrationTimeout(`${functionName}: no answer in ${integrationTimeoutMs} ms`)),
    integrationTimeoutMs,
  );
  const result = api.invoke(functionName, event);
  // When the timeout has won, the invocation's own failure has nobody to tell.
  result.catch(() => {});
  try {
    return await Promise.race([result, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
