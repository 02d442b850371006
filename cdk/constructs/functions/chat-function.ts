import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import {
  ENV,
  type EnvKey,
  FUNCTIONS,
  type FunctionName,
  type FunctionSpec,
  type IngestMode,
  memoryMbOf,
} from "../../../wiring/manifest.ts";
import { type Capability, permission } from "./capability.ts";
import { suppressWildcardFindings } from "./nag-suppressions.ts";

export interface ChatFunctionProps {
  readonly name: FunctionName;
  readonly code: Code;
  /** Everything the function may do, besides writing its logs. Must set exactly the variables the manifest names. */
  readonly uses: readonly Capability[];
  readonly ingest: IngestMode;
  readonly logLevel: string;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  /** Turns on X-Ray tracing. */
  readonly tracing: boolean;
  /** @default none: the function shares the account's unreserved concurrency */
  readonly reservedConcurrency?: number | undefined;
}

/** A function of the manifest with its own role and log group. */
export class ChatFunction extends Construct {
  readonly resource: LambdaFunction;

  constructor(scope: Construct, id: string, props: ChatFunctionProps) {
    super(scope, id);
    const spec: FunctionSpec = FUNCTIONS[props.name];

    const logGroup = new LogGroup(this, "Logs", {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    const writesLogs = new PolicyStatement({
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    const uses = props.tracing ? [...props.uses, tracingCapability()] : props.uses;
    // Inline in the role, so that no function or trigger exists before its permissions.
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        permissions: new PolicyDocument({
          statements: [writesLogs, ...uses.flatMap((capability) => capability.statements)],
        }),
      },
    });
    suppressWildcardFindings(role, uses);
    this.resource = new LambdaFunction(this, "Function", {
      description: spec.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: props.code,
      timeout: Duration.seconds(spec.timeoutSeconds),
      memorySize: memoryMbOf(props.name, props.ingest),
      // The permissions are complete above; CDK would add another policy for tracing.
      role: props.tracing ? role.withoutPolicyUpdates() : role,
      tracing: props.tracing ? Tracing.ACTIVE : undefined,
      reservedConcurrentExecutions: props.reservedConcurrency,
      logGroup,
      environment: {
        ...environmentVariables(props.name, spec.env, props.uses),
        POWERTOOLS_SERVICE_NAME: `parley-${props.name}`,
        POWERTOOLS_LOG_LEVEL: props.logLevel,
      },
    });
  }
}

function tracingCapability(): Capability {
  const reason =
    'X-Ray has no resource types to name here ("Actions, resources, and condition keys for AWS X-Ray").';
  return permission({}, ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"], reason);
}

/** Returns the environment variables by their real names. Throws unless they are exactly those of the manifest. */
function environmentVariables(
  name: FunctionName,
  expected: readonly EnvKey[],
  uses: readonly Capability[],
): Record<string, string> {
  const passed: Partial<Record<EnvKey, string>> = Object.assign({}, ...uses.map((use) => use.environment));
  const keys = Object.keys(passed) as EnvKey[];
  const missing = expected.filter((key) => passed[key] === undefined);
  const extra = keys.filter((key) => !expected.includes(key));
  if (missing.length > 0)
    throw new Error(`No capability sets ${missing.join(", ")} for the function ${name}`);
  if (extra.length > 0)
    throw new Error(`The manifest does not list ${extra.join(", ")} for the function ${name}`);
  return Object.fromEntries(keys.map((key) => [ENV[key], passed[key] ?? ""]));
}
