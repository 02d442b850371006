import { devNull } from "node:os";
import { ENV, type EnvKey, FUNCTIONS, type FunctionName, type FunctionSpec } from "../../wiring/manifest.ts";
import { CREDENTIALS } from "../util/sdk.ts";

/** What the manifest's variables are in this cloud. */
export type Wiring = Readonly<Record<EnvKey, string>>;

/** The endpoints the functions are given. */
export interface FunctionEndpoints {
  readonly dynamodb: string;
  readonly sns: string;
  readonly sqs: string;
}

/** A function's whole environment: what it declares in the manifest, and what Lambda and the SDK bring. */
export function functionEnvironment(
  name: FunctionName,
  wiring: Wiring,
  endpoints: FunctionEndpoints,
  { region, logLevel }: { readonly region: string; readonly logLevel: string },
): Record<string, string> {
  const spec: FunctionSpec = FUNCTIONS[name];
  return {
    ...Object.fromEntries(spec.env.map((key) => [ENV[key], wiring[key]])),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    // Nothing from the developer's own AWS profile.
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
