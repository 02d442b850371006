/** How every tool is told which deployment is meant: for `parseArgs`. */
export const SELECTOR_OPTIONS = {
  env: { type: "string" },
  stack: { type: "string" },
  outputs: { type: "string" },
  local: { type: "string" },
} as const;

export const SELECTOR_USAGE = `\
  --env <name>         the stack of an environment, parley-<name>, in the account and region of your AWS settings
  --stack <name>       a stack with another name
  --outputs <file>     take the outputs from what \`cdk deploy --outputs-file\` wrote; needs no CloudFormation
  --local <url>        an embedded cloud, by what npm start says: http://127.0.0.1:4510`;

export interface SelectorValues {
  readonly env?: string | undefined;
  readonly stack?: string | undefined;
  readonly outputs?: string | undefined;
  readonly local?: string | undefined;
}

export type DeploymentSelector =
  | { readonly local: string }
  /** Without `stack` the file has only one. */
  | { readonly file: string; readonly stack: string | undefined }
  | { readonly stack: string };

/** Undefined if nothing was said; a text if it makes no sense. */
export function parseSelector({
  env,
  stack,
  outputs,
  local,
}: SelectorValues): DeploymentSelector | string | undefined {
  const named = env === undefined ? stack : `parley-${env}`;
  if (env !== undefined && stack !== undefined) return "Either --env or --stack.";
  if (local !== undefined) {
    if (named !== undefined || outputs !== undefined) return "--local goes with no other deployment.";
    if (!URL.canParse(local)) return `--local is a URL such as http://127.0.0.1:4510, not "${local}".`;
    return { local };
  }
  if (outputs !== undefined) return { file: outputs, stack: named };
  return named === undefined ? undefined : { stack: named };
}

/** As it would be typed. */
export function formatSelector(selector: DeploymentSelector): string {
  if ("local" in selector) return `--local ${selector.local}`;
  const [, env] = /^parley-(\w+)$/.exec(selector.stack ?? "") ?? [];
  const stack = env === undefined ? `--stack ${selector.stack}` : `--env ${env}`;
  if (!("file" in selector)) return stack;
  return selector.stack === undefined ? `--outputs ${selector.file}` : `${stack} --outputs ${selector.file}`;
}
