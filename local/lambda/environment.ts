import { devNull } from "node:os";
import { ENV, type EnvKey, FUNCTIONS, type FunctionName, type FunctionSpec } from "../../wiring/manifest.ts";
import { CREDENTIALS } from "../util/sdk.ts";

/** The value of each variable of the manifest in this cloud. */
export type VariableValues = Readonly<Record<EnvKey, string>>;

/** Endpoints of AWS services, as the functions use them. */
export interface ServiceEndpoints {
  readonly dynamodb: string;
  readonly sns: string;
  readonly sqs: string;
}

export interface RuntimeSettings {
  readonly region: string;
  readonly logLevel: string;
}

/** Returns a function's whole environment: the variables it declares in the manifest, and those of Lambda and the SDK. */
export function functionEnvironment(
  name: FunctionName,
  values: VariableValues,
  endpoints: ServiceEndpoints,
  settings: RuntimeSettings,
): Record<string, string> {
  const spec: FunctionSpec = FUNCTIONS[name];
  return {
    ...variables(spec.env, values),
    ...runtimeEnvironment(name, endpoints, settings),
  };
}

/** Returns the variables of the manifest by their real names. */
export function variables(keys: readonly EnvKey[], values: VariableValues): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [ENV[key], values[key]]));
}

/** Returns the variables of Lambda and the SDK. */
export function runtimeEnvironment(
  name: string,
  endpoints: ServiceEndpoints,
  { region, logLevel }: RuntimeSettings,
): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    // Keeps the developer's own AWS profile out.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_LAMBDA_FUNCTION_NAME: name,
    POWERTOOLS_SERVICE_NAME: `parley-${name}`,
    POWERTOOLS_LOG_LEVEL: logLevel,
  };
}
