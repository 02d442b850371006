import { DeploymentError } from "./deployment-error.ts";

export type Outputs = Readonly<Record<string, string>>;

/** AWS services that operators' tools call. */
export type Service = "cloudformation" | "cloudwatch" | "cognito" | "dynamodb" | "lambda" | "sns" | "sqs";

/** Options for an AWS client. The SDK takes what is missing from the environment. */
export interface ClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** State of a stack as CloudFormation reports it. */
interface StackState {
  readonly status: string;
  readonly reason: string | undefined;
  readonly terminationProtection: boolean;
}

/** A running Parley: a stack in an account and region, or an embedded cloud. */
export interface Deployment {
  readonly kind: "stack" | "embedded";
  /** Name of the stack, or URL of the embedded cloud. */
  readonly name: string;
  readonly outputs: Outputs;
  /** Undefined for an embedded cloud and if the outputs came from a file. */
  readonly state: StackState | undefined;
  clientOptions(service: Service): ClientOptions;
  /** Returns physical names by logical id for one CloudFormation type such as `AWS::SQS::Queue`. */
  resources(type: string): Promise<Readonly<Record<string, string>>>;
}

/** Returns one output of the stack. Throws `DeploymentError` if the stack has no output of that name. */
export function outputOf({ name, outputs }: Pick<Deployment, "name" | "outputs">, output: string): string {
  const value = outputs[output];
  if (value === undefined) {
    throw new DeploymentError(
      "no_output",
      `${name} has no output ${output}; is the stack from this version of Parley?`,
    );
  }
  return value;
}
