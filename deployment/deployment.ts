import { DeploymentError } from "./deployment-error.ts";

export type Outputs = Readonly<Record<string, string>>;

/** The services an operator's tool talks to. */
export type Service = "cloudformation" | "cloudwatch" | "cognito" | "dynamodb" | "lambda" | "sns" | "sqs";

/** What an AWS client is made with; what is missing, the SDK takes from the environment. */
export interface ClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What CloudFormation said of a stack. */
interface StackState {
  readonly status: string;
  readonly reason: string | undefined;
  readonly terminationProtection: boolean;
}

/** A Parley that runs somewhere: a stack in an account and region, or an embedded cloud. */
export interface Deployment {
  readonly kind: "stack" | "embedded";
  /** The name of the stack, or the URL of the embedded cloud. */
  readonly name: string;
  readonly outputs: Outputs;
  /** Undefined if the outputs came from a file, and of an embedded cloud. */
  readonly state: StackState | undefined;
  clientOptions(service: Service): ClientOptions;
  /** Physical names by logical id, of one CloudFormation type such as `AWS::SQS::Queue`. */
  resources(type: string): Promise<Readonly<Record<string, string>>>;
}

/** One output of the stack; throws if it has none of that name. */
export function outputOf({ name, outputs }: Pick<Deployment, "name" | "outputs">, output: string): string {
  const value = outputs[output];
  if (value === undefined) {
    throw new DeploymentError(
      "no_output",
      `${name} has no output ${output}; is it a stack of this version of Parley?`,
    );
  }
  return value;
}
