import {
  type ARecordProps,
  HostedZone,
  type IAliasRecordTarget,
  RecordTarget,
} from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";

/** A host name that the app's owner controls. */
export interface HostNameProps {
  /** `chat.example.com` */
  readonly name: string;
  /** The Route 53 zone in which an alias for the name is created. @default none: DNS is managed elsewhere */
  readonly hostedZone?: { readonly id: string; readonly name: string } | undefined;
}

/** Returns the alias record that points the name to the target, or `undefined` without a hosted zone. */
export function aliasRecord(
  scope: Construct,
  { name, hostedZone }: HostNameProps,
  target: IAliasRecordTarget,
): ARecordProps | undefined {
  if (hostedZone === undefined) return undefined;
  const zone = HostedZone.fromHostedZoneAttributes(scope, "Zone", {
    hostedZoneId: hostedZone.id,
    zoneName: hostedZone.name,
  });
  return { zone, recordName: `${name}.`, target: RecordTarget.fromAlias(target) };
}
