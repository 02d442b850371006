import { describe, expect, test } from "vitest";
import { AUTHORIZER, type IngestMode, ROUTES, type RouteSpec } from "../../wiring/manifest.ts";
import {
  INGEST_CASES,
  type Resource,
  rendered,
  type Synthesized,
  synthesize,
  synthesizeWith,
} from "./synthesized.ts";

const dev = synthesize();

const CASES: [string, RouteSpec][] = Object.entries(ROUTES);
const routes = Object.entries(dev.ofType("AWS::ApiGatewayV2::Route"));
const integrations = dev.ofType("AWS::ApiGatewayV2::Integration");
const permissions = Object.values(dev.ofType("AWS::Lambda::Permission"));

function route(routeKey: string): [logicalId: string, route: Resource] {
  const found = routes.filter(([, resource]) => resource.Properties.RouteKey === routeKey);
  if (found.length !== 1) throw new Error(`${found.length} routes ${routeKey}`);
  return found[0] as [string, Resource];
}

function integrationId(resource: Resource): string {
  return rendered(resource.Properties.Target).replace("integrations/", "");
}

test("the API has the routes of the manifest and no others", () => {
  expect(routes.map(([, { Properties }]) => Properties.RouteKey).sort()).toEqual(Object.keys(ROUTES).sort());
});

test("the type of a frame selects its route", () => {
  const [api] = Object.values(dev.ofType("AWS::ApiGatewayV2::Api"));
  expect(api?.Properties).toMatchObject({
    ProtocolType: "WEBSOCKET",
    RouteSelectionExpression: "$request.body.type",
  });
});

test("no two routes share an integration", () => {
  const ids = routes.map(([, resource]) => integrationId(resource));
  expect(new Set(ids).size).toBe(routes.length);
  expect(Object.keys(integrations).sort()).toEqual(ids.sort());
});

describe.for(CASES)("the route %s", ([routeKey, spec]) => {
  const [, resource] = route(routeKey);

  test("invokes its function", () => {
    const integration = integrations[integrationId(resource)];
    expect(rendered(integration?.Properties.IntegrationUri)).toContain(
      `/functions/${dev.functionId(spec.function)}/invocations`,
    );
    expect(integration?.Properties.IntegrationType).toBe("AWS_PROXY");
  });

  test("may invoke its function", () => {
    const granted = permissions.filter((permission) =>
      rendered(permission.Properties.SourceArn).endsWith(`:WebSocketApi/*${routeKey}`),
    );
    expect(
      granted.map(({ Properties }) => [rendered(Properties.FunctionName), Properties.Principal]),
    ).toEqual([[dev.functionId(spec.function), "apigateway.amazonaws.com"]]);
  });
});

/** Returns the keys of the routes with a response. */
function respondingIn(stack: Synthesized): string[] {
  const responses = Object.values(stack.ofType("AWS::ApiGatewayV2::RouteResponse"));
  expect(responses.map(({ Properties }) => Properties.RouteResponseKey)).toEqual(
    responses.map(() => "$default"),
  );
  const ids = responses.map(({ Properties }) => rendered(Properties.RouteId));
  const keys = Object.entries(stack.ofType("AWS::ApiGatewayV2::Route")).flatMap(([id, { Properties }]) => {
    expect(Properties.RouteResponseSelectionExpression).toBe(ids.includes(id) ? "$default" : undefined);
    return ids.includes(id) ? [String(Properties.RouteKey)] : [];
  });
  expect(keys).toHaveLength(responses.length);
  return keys.sort();
}

const ALWAYS_ANSWERED = [
  "$default",
  "forget",
  "history",
  "keep",
  "members",
  "mute",
  "ping",
  "presence",
  "receipts",
  "sync",
];
const RESPONDING: Readonly<Record<IngestMode, readonly string[]>> = {
  direct: [...ALWAYS_ANSWERED, "send"].sort(),
  queued: ALWAYS_ANSWERED,
};

test.for(INGEST_CASES)("with ingest $ingest, only routes that answer every frame respond", ({ ingest }) => {
  expect(respondingIn(synthesizeWith({ ingest }))).toEqual(RESPONDING[ingest]);
});

test("the ingest mode changes no other part of the API", () => {
  const [direct, queued] = INGEST_CASES.map((change) => synthesizeWith(change).template.toJSON().Resources);
  const ids = Object.keys(direct).filter((id) => !(id in queued));
  expect(ids.map((id) => direct[id].Type)).toEqual(["AWS::ApiGatewayV2::RouteResponse"]);
  expect(Object.keys(queued).filter((id) => !(id in direct))).toEqual([]);
});

test("only $connect is authorized: API Gateway keeps the result for the connection", () => {
  const [authorizerId] = Object.keys(dev.ofType("AWS::ApiGatewayV2::Authorizer"));
  const authorized = routes
    .filter(([, { Properties }]) => Properties.AuthorizationType !== "NONE")
    .map(([, { Properties }]) => [
      Properties.RouteKey,
      Properties.AuthorizationType,
      rendered(Properties.AuthorizerId),
    ]);
  expect(authorized).toEqual([["$connect", "CUSTOM", authorizerId]]);
});

test("the authorizer reads the token from the subprotocol header", () => {
  const authorizers = Object.entries(dev.ofType("AWS::ApiGatewayV2::Authorizer"));
  expect(authorizers).toHaveLength(1);
  const [[id, authorizer] = ["", undefined]] = authorizers;
  expect(authorizer?.Properties.IdentitySource).toEqual(["route.request.header.Sec-WebSocket-Protocol"]);
  expect(rendered(authorizer?.Properties.AuthorizerUri)).toContain(dev.functionId(AUTHORIZER.function));
  const granted = permissions.filter(({ Properties }) =>
    rendered(Properties.SourceArn).endsWith(`:WebSocketApi/authorizers/${id}`),
  );
  expect(granted.map(({ Properties }) => rendered(Properties.FunctionName))).toEqual([
    dev.functionId(AUTHORIZER.function),
  ]);
});
