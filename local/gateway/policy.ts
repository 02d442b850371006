interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

/** Returns true if the policy allows `execute-api:Invoke` on the ARN: a statement allows it and none denies it. */
export function policyAllows(policyDocument: unknown, arn: string): boolean {
  const { Statement: statements } = policyDocument as { Statement?: unknown };
  const applying = asList(statements)
    .map((statement) => statement as Statement)
    .filter(({ Action, Resource }) => matches(Action, "execute-api:Invoke") && matches(Resource, arn));
  return (
    applying.some(({ Effect }) => Effect === "Allow") && !applying.some(({ Effect }) => Effect === "Deny")
  );
}

function matches(patterns: unknown, value: string): boolean {
  return asList(patterns).some((pattern) => typeof pattern === "string" && wildcard(pattern).test(value));
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$+.()|[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
