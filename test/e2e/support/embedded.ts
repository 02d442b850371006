import { startCloud } from "../../../local/cloud.ts";
import type { Cloud, CloudOptions } from "../../../local/cloud-options.ts";
import { INGEST } from "./ingest.ts";
import type { Target } from "./target.ts";

export interface Embedded {
  readonly cloud: Cloud;
  readonly target: Target;
  /** Log lines of the functions, one JSON object each. */
  readonly logs: readonly string[];
}

/** Starts an embedded cloud in memory, on its own ports, in the ingest mode of this run. */
export async function startEmbedded(options: CloudOptions = {}): Promise<Embedded> {
  const logs: string[] = [];
  const cloud = await startCloud({
    ingest: INGEST,
    onLog: (_, line) => logs.push(line),
    log: (line) => logs.push(line),
    ...options,
  });
  const target: Target = {
    urls: cloud.gateways.map(({ url }) => url),
    lacks: {},
    async mintToken(user, { expiresInSeconds } = {}) {
      const response = await fetch(`${cloud.url}/token`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ user, ...(expiresInSeconds !== undefined && { expiresInSeconds }) }),
      });
      if (!response.ok) throw new Error(`the issuer minted no token: ${await response.text()}`);
      return ((await response.json()) as { token: string }).token;
    },
  };
  return { cloud, target, logs };
}
