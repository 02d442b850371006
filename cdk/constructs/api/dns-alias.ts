import {
  type ARecordProps,
  HostedZone,
  type IAliasRecordTarget,
  RecordTarget,
} from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";

/** A host name of one's own. */
export interface HostNameProps {
  /** `chat.example.com` */
  readonly name: string;
  /** The Route 53 zone that gets an alias of the name. @default none: DNS is looked after elsewhere */
  readonly hostedZone?: { readonly id: string; readonly name: string } | undefined;
}

/** The record by which the name leads to the target, if its zone is known. */
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
