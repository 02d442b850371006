/** Options for `parseArgs` that select a deployment; every tool takes them. */
export const SELECTOR_OPTIONS = {
  env: { type: "string" },
  stack: { type: "string" },
  outputs: { type: "string" },
  local: { type: "string" },
} as const;

/** Usage lines of `SELECTOR_OPTIONS`. */
export const SELECTOR_USAGE = `\
  --env <name>         the stack parley-<name>, in the account and region of your AWS settings
  --stack <name>       a stack with another name
  --outputs <file>     a stack from the file that \`cdk deploy --outputs-file\` wrote; needs no CloudFormation
  --local <url>        an embedded cloud, at the URL that npm start prints: http://127.0.0.1:4510`;

export interface SelectorValues {
  readonly env?: string | undefined;
  readonly stack?: string | undefined;
  readonly outputs?: string | undefined;
  readonly local?: string | undefined;
}

/** Selects a deployment: an embedded cloud, a stack in an outputs file, or a stack by name. */
export type DeploymentSelector =
  | { readonly local: string }
  /** If `stack` is undefined, the file must hold exactly one. */
  | { readonly file: string; readonly stack: string | undefined }
  | { readonly stack: string };

/** Returns undefined if no option is given, and an error text if the options contradict each other. */
export function parseSelector({
  env,
  stack,
  outputs,
  local,
}: SelectorValues): DeploymentSelector | string | undefined {
  const named = env === undefined ? stack : `parley-${env}`;
  if (env !== undefined && stack !== undefined) return "Use either --env or --stack.";
  if (local !== undefined) {
    if (named !== undefined || outputs !== undefined)
      return "--local cannot be combined with --env, --stack or --outputs.";
    if (!URL.canParse(local)) return `--local must be a URL such as http://127.0.0.1:4510, not "${local}".`;
    return { local };
  }
  if (outputs !== undefined) return { file: outputs, stack: named };
  return named === undefined ? undefined : { stack: named };
}

/** Formats a selector as command-line options. */
export function formatSelector(selector: DeploymentSelector): string {
  if ("local" in selector) return `--local ${selector.local}`;
  const [, env] = /^parley-(\w+)$/.exec(selector.stack ?? "") ?? [];
  const stack = env === undefined ? `--stack ${selector.stack}` : `--env ${env}`;
  if (!("file" in selector)) return stack;
  return selector.stack === undefined ? `--outputs ${selector.file}` : `${stack} --outputs ${selector.file}`;
}
