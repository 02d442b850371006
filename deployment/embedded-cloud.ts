import type { Deployment, Outputs, Service } from "./deployment.ts";
import { DeploymentError } from "./deployment-error.ts";

/** Response of `GET /local/outputs`. */
interface OutputsResponse {
  readonly region: string;
  readonly endpoints: Readonly<Partial<Record<Service, string>>>;
  readonly outputs: Outputs;
  readonly resources: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Describes the embedded cloud that `npm start` runs. Needs no AWS settings, and sends none to it. */
export async function describeEmbeddedCloud(url: string): Promise<Deployment> {
  const { region, endpoints, outputs, resources } = await fetchOutputs(url);
  return {
    kind: "embedded",
    name: url,
    outputs,
    state: undefined,
    clientOptions(service) {
      const endpoint = endpoints[service];
      if (endpoint === undefined) throw new Error(`the embedded cloud has no ${service}`);
      return { region, endpoint, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    },
    resources: async (type) => resources[type] ?? {},
  };
}

async function fetchOutputs(url: string): Promise<OutputsResponse> {
  let cause: unknown;
  try {
    const response = await fetch(new URL("/local/outputs", url));
    if (response.ok) return (await response.json()) as OutputsResponse;
  } catch (error) {
    cause = error;
  }
  throw new DeploymentError("no_cloud", `No embedded cloud answers at ${url}.`, { cause });
}
