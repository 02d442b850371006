import {
  ApiMapping,
  DomainName,
  SecurityPolicy,
  type WebSocketApi,
  type WebSocketStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { ARecord } from "aws-cdk-lib/aws-route53";
import { ApiGatewayv2DomainProperties } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { fixLogicalId } from "../data/fixed-logical-id.ts";
import { aliasRecord, type HostNameProps } from "./dns-alias.ts";

export interface CustomDomainProps extends HostNameProps {
  /** ARN of an ACM certificate for the name, in the stack's region. */
  readonly certificateArn: string;
}

/** A custom domain in front of a stage. The WebSocket URL then has no path. */
export class CustomDomain extends Construct {
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    props: CustomDomainProps & { readonly api: WebSocketApi; readonly stage: WebSocketStage },
  ) {
    super(scope, id);
    const { name, certificateArn, api, stage } = props;
    const domainName = new DomainName(this, "Name", {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    fixLogicalId(domainName, "DomainName");
    const mapping = new ApiMapping(this, "Mapping", { api, stage, domainName });
    fixLogicalId(mapping, "DomainMapping");
    const target = new ApiGatewayv2DomainProperties(
      domainName.regionalDomainName,
      domainName.regionalHostedZoneId,
    );
    const alias = aliasRecord(this, props, target);
    if (alias !== undefined) new ARecord(this, "Alias", alias);
    this.url = `wss://${name}`;
  }
}
