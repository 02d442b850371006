import {
  ApiMapping,
  DomainName,
  SecurityPolicy,
  type WebSocketApi,
  type WebSocketStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { ARecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayv2DomainProperties } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { fixLogicalId } from "./fixed-logical-id.ts";

export interface CustomDomainProps {
  /** `chat.example.com` */
  readonly name: string;
  /** Of an ACM certificate for the name, in the stack's region. */
  readonly certificateArn: string;
  /** The Route 53 zone that gets an alias of the name. @default none: DNS is looked after elsewhere */
  readonly hostedZone?: { readonly id: string; readonly name: string } | undefined;
}

/** A name of one's own in front of a stage: the WebSocket URL has no path then. */
export class CustomDomain extends Construct {
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    props: CustomDomainProps & { readonly api: WebSocketApi; readonly stage: WebSocketStage },
  ) {
    super(scope, id);
    const { name, certificateArn, hostedZone, api, stage } = props;
    const domainName = new DomainName(this, "Name", {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    fixLogicalId(domainName, "DomainName");
    const mapping = new ApiMapping(this, "Mapping", { api, stage, domainName });
    fixLogicalId(mapping, "DomainMapping");
    if (hostedZone !== undefined) {
      new ARecord(this, "Alias", {
        zone: HostedZone.fromHostedZoneAttributes(this, "Zone", {
          hostedZoneId: hostedZone.id,
          zoneName: hostedZone.name,
        }),
        recordName: `${name}.`,
        target: RecordTarget.fromAlias(
          new ApiGatewayv2DomainProperties(domainName.regionalDomainName, domainName.regionalHostedZoneId),
        ),
      });
    }
    this.url = `wss://${name}`;
  }
}
