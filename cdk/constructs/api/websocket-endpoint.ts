import { ArnFormat, type RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  type CfnStage,
  LogGroupLogDestination,
  WebSocketApi,
  WebSocketStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import {
  AUTHORIZER,
  type FunctionName,
  type IngestMode,
  ROUTE_SELECTION,
  ROUTES,
  type RouteKey,
  type RouteSpec,
  respondingRoutes,
  type ThrottleLimits,
} from "../../../wiring/manifest.ts";
import { fixLogicalId } from "../data/fixed-logical-id.ts";
import { type Capability, permission } from "../functions/capability.ts";
import { ACCESS_LOG_FORMAT } from "./access-log.ts";
import { CustomDomain, type CustomDomainProps } from "./custom-domain.ts";

export interface WebSocketEndpointProps {
  readonly stageName: string;
  readonly throttle: ThrottleLimits;
  readonly routeThrottles: Readonly<Partial<Record<RouteKey, ThrottleLimits>>>;
  readonly domain: CustomDomainProps | undefined;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

const AUTHORIZED_BY_CONNECT = {
  id: "AwsSolutions-APIG4",
  reason:
    "WebSocket APIs authorize only $connect; every frame carries the authorizer's result for its connection.",
};

/**
 * The WebSocket API and its stage. {@link serve} adds the routes later, because the functions behind them need the
 * address of the stage.
 */
export class WebSocketEndpoint extends Construct {
  readonly api: WebSocketApi;
  readonly stage: WebSocketStage;
  /** The URL to which clients connect. */
  readonly url: string;
  readonly #throttledRoutes: ReadonlySet<string>;

  constructor(scope: Construct, id: string, props: WebSocketEndpointProps) {
    super(scope, id);
    this.api = new WebSocketApi(this, "Api", {
      apiName: Stack.of(this).stackName,
      routeSelectionExpression: ROUTE_SELECTION,
    });
    // Replacing the API would change the address, and clients keep the one they have.
    fixLogicalId(this.api, "WebSocketApi");

    const accessLogs = new LogGroup(this, "AccessLogs", {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    this.stage = new WebSocketStage(this, "Stage", {
      webSocketApi: this.api,
      stageName: props.stageName,
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs), format: ACCESS_LOG_FORMAT },
    });
    this.#throttledRoutes = new Set(Object.keys(props.routeThrottles));
    if (this.#throttledRoutes.size > 0) {
      (this.stage.node.defaultChild as CfnStage).routeSettings = routeSettings(props.routeThrottles);
    }
    // Two stages cannot have the same name, so a replacement would fail to deploy.
    fixLogicalId(this.stage, "WebSocketStage");
    const { api, stage } = this;
    this.url = props.domain
      ? new CustomDomain(this, "Domain", { ...props.domain, api, stage }).url
      : stage.url;
  }

  /** Allows posting to connections and closing them, at API Gateway's own host name even behind a custom domain. */
  connections(): Capability {
    const arn = (method: string) =>
      Stack.of(this).formatArn({
        service: "execute-api",
        resource: this.api.apiId,
        resourceName: `${this.stage.stageName}/${method}/@connections/*`,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      });
    return permission(
      { managementEndpoint: this.stage.callbackUrl },
      ["execute-api:ManageConnections"],
      ["POST", "DELETE"].map(arn),
      "API Gateway assigns connection ids as clients connect, so this covers any connection of this stage only.",
    );
  }

  /** Adds the routes of the manifest and the authorizer in front of `$connect`. */
  serve(functions: Readonly<Record<FunctionName, IFunction>>, ingest: IngestMode): void {
    const authorizer = new WebSocketLambdaAuthorizer("Authorizer", functions[AUTHORIZER.function], {
      identitySource: [AUTHORIZER.identitySource],
    });
    const routes: [string, RouteSpec][] = Object.entries(ROUTES);
    const responding = respondingRoutes(ingest);
    for (const [routeKey, route] of routes) {
      const added = this.api.addRoute(routeKey, {
        // One per route: a shared integration left all but the first route without invoke permission (aws-cdk issue 38148).
        integration: new WebSocketLambdaIntegration("Integration", functions[route.function]),
        returnResponse: responding.has(routeKey),
        ...(routeKey === "$connect" && { authorizer }),
      });
      // API Gateway refuses settings of a route that is not there yet.
      if (this.#throttledRoutes.has(routeKey)) this.stage.node.addDependency(added);
      if (routeKey !== "$connect") Validations.of(added).acknowledge(AUTHORIZED_BY_CONNECT);
    }
  }
}

/** Returns limits of routes in CloudFormation's form, which CDK does not know for WebSocket stages. */
function routeSettings(throttles: WebSocketEndpointProps["routeThrottles"]): object {
  return Object.fromEntries(
    Object.entries(throttles).map(([routeKey, { rateLimit, burstLimit }]) => [
      routeKey,
      { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit },
    ]),
  );
}
