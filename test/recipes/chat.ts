import { type Client, createClient } from "../../client/src/index.ts";
import { startCloud } from "../../local/cloud.ts";
import { bundleFunctions } from "../../wiring/bundle.ts";
import { eventually } from "../support/eventually.ts";

/** A cold start of every function, on a machine that does other things. */
const PATIENCE = { timeoutMs: 30_000 };

/** Two users of an embedded cloud that runs the bundles of this copy of the repository. */
export async function chat(
  talk: (users: { readonly alice: Client; readonly bob: Client }) => Promise<void>,
): Promise<void> {
  bundleFunctions();
  const cloud = await startCloud({ onLog: () => {}, log: () => {} });
  const [url = ""] = cloud.gateways.map((gateway) => gateway.url);
  const clientOf = (user: string) =>
    createClient({
      url,
      async token() {
        const response = await fetch(`${cloud.url}/token`, {
          method: "POST",
          body: JSON.stringify({ user }),
        });
        return ((await response.json()) as { token: string }).token;
      },
    });
  const clients = { alice: clientOf("alice"), bob: clientOf("bob") };
  try {
    for (const client of Object.values(clients)) client.connect();
    const areOnline = () => Object.values(clients).every(({ state }) => state === "online");
    await eventually("both to be online", areOnline, PATIENCE);
    await talk(clients);
  } finally {
    for (const client of Object.values(clients)) client.close();
    await cloud.stop();
  }
}
