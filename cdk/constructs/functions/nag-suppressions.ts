import { Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import type { Capability } from "./capability.ts";

/**
 * Suppresses cdk-nag's findings about wildcards in a role that have a recorded reason. The record is CDK's own metadata,
 * so apps that use the constructs need no cdk-nag. A wildcard without a reason stays a finding.
 */
export function suppressWildcardFindings(role: IConstruct, uses: readonly Capability[]): void {
  for (const { statements, wildcardReason: reason } of uses) {
    if (reason === undefined) continue;
    const resources = statements.flatMap((statement) => statement.resources).filter(hasWildcard);
    suppressResourceFindings(role, resources, reason);
  }
}

export function suppressResourceFindings(
  role: IConstruct,
  resources: readonly string[],
  reason: string,
): void {
  for (const resource of resources) {
    const finding = findingResource(Stack.of(role).resolve(resource));
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
  }
}

function hasWildcard(resource: string): boolean {
  return resource.endsWith("*");
}

/** Returns an ARN as cdk-nag writes it in the id of a finding, with references in angle brackets. */
function findingResource(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    if ("Fn::Join" in value && Array.isArray(value["Fn::Join"])) {
      const [separator, parts] = value["Fn::Join"];
      return parts.map(findingResource).join(separator);
    }
    if ("Ref" in value) return `<${value.Ref}>`;
    if ("Fn::GetAtt" in value && Array.isArray(value["Fn::GetAtt"]))
      return `<${value["Fn::GetAtt"].join(".")}>`;
    if ("Fn::Sub" in value) return String(value["Fn::Sub"]).replaceAll(/\$\{(.+?)\}/g, "<$1>");
  }
  return String(value);
}
