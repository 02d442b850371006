"""Starts MiniStack as close to AWS as Parley needs it.

Each function below fixes one gap of MiniStack 1.5.33, and only in MiniStack: it gets the same deployment as AWS. The gaps
are listed in docs/testing.md. Everything that is replaced or used is looked up by name at the start and fails loudly if it
is missing, so that a newer MiniStack is reviewed instead of being used without these fixes.
"""

import contextvars
import json
import os
import pathlib
import re
import signal
import sys
import threading

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import apigateway, dynamodb, lambda_svc, sns
from ministack.services.cloudformation import provisioners

import permissions  # noqa: F401: imported for its fixes
from patching import patch, patch_resource, require


# --- API Gateway -----------------------------------------------------------------------------------------------------

# Answer of `$connect` for the current handshake. Each handshake runs in its own task and therefore its own context.
connect_answer = contextvars.ContextVar("connect_answer", default=None)
route_responses = require(apigateway, "_route_responses")
refuse_handshake = require(apigateway, "_refuse_ws_handshake")


@patch(apigateway, "_invoke_ws_lambda")
async def _(invoke, api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs):
    """Gap: every route sends its function's body to the client. AWS does so only for routes with a route response."""
    answer = await invoke(api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs)
    if event_type == "CONNECT":
        connect_answer.set(answer)
    responses = route_responses.get(api_id, {}).get(route.get("routeId"))
    return None if event_type == "MESSAGE" and not responses else answer


@patch(apigateway, "handle_websocket")
async def _(handle, scope, receive, send, *args, **kwargs):
    """Gap: the subprotocol and the status in the answer of `$connect` do not reach the client."""
    accepted = False

    async def send_as_answered(event):
        nonlocal accepted
        answer = connect_answer.get() or {}
        if event["type"] == "websocket.accept":
            accepted = True
            headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
            event = {**event, "subprotocol": headers.get("sec-websocket-protocol")}
        elif event["type"] == "websocket.close" and not accepted and answer:
            return await refuse_handshake(scope, send, int(answer["statusCode"]), "", "", "")
        await send(event)

    connect_answer.set(None)
    await handle(scope, receive, send_as_answered, *args, **kwargs)


@patch(apigateway, "_evaluate_route_selection")
def _(evaluate, *args):
    """Gap: a frame can select the routes `$connect` and `$disconnect`, which are reserved for API Gateway."""
    route_key = evaluate(*args)
    return "$default" if route_key.startswith("$") else route_key


connected_at_ms = {}


@patch(apigateway, "_ws_request_context")
def _(context_of, api_id, route_key, stage, connection_id, event_type, *args, **kwargs):
    """Gap: `connectedAt` is the time of each event. On AWS it is the time of the connection."""
    context = context_of(api_id, route_key, stage, connection_id, event_type, *args, **kwargs)
    context["connectedAt"] = connected_at_ms.setdefault(connection_id, context["connectedAt"])
    if event_type == "DISCONNECT":
        del connected_at_ms[connection_id]
    return context


create_on_api = require(apigateway, "_create_route_response")
delete_on_api = require(apigateway, "_delete_route_response")


def create_route_response(logical_id, props, stack_name):
    """Gap: CloudFormation does not know `AWS::ApiGatewayV2::RouteResponse`."""
    data = {"routeResponseKey": props["RouteResponseKey"]}
    status, _, body = create_on_api(props["ApiId"], route_of(props), data)
    if status >= 400:
        raise ValueError(f"AWS::ApiGatewayV2::RouteResponse: {body!r}")
    return json.loads(body)["routeResponseId"], {}


def delete_route_response(physical_id, props):
    delete_on_api(props["ApiId"], route_of(props), physical_id)


def route_of(props):
    return props["RouteId"].rsplit("/", 1)[-1]


if "AWS::ApiGatewayV2::RouteResponse" in provisioners._RESOURCE_HANDLERS:
    raise SystemExit("MiniStack has changed: it supports route responses now, so remove this fix")
provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::RouteResponse"] = {
    "create": create_route_response,
    "delete": delete_route_response,
}


# --- CloudFormation --------------------------------------------------------------------------------------------------


topics = require(sns, "_topics")
update_time_to_live = require(dynamodb, "_update_ttl")


@patch_resource("AWS::SNS::Topic", "create")
def _(create, logical_id, props, stack_name):
    """Gap: the attributes of a FIFO topic are dropped, which disables its order and deduplication."""
    arn, attributes = create(logical_id, props, stack_name)
    for name in ("FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope"):
        if name in props:
            value = props[name]
            topics[arn]["attributes"][name] = str(value).lower() if isinstance(value, bool) else str(value)
    return arn, attributes


@patch_resource("AWS::DynamoDB::Table", "create")
def _(create, logical_id, props, stack_name):
    """Gap: the table's time to live is dropped."""
    name, attributes = create(logical_id, props, stack_name)
    ttl = props.get("TimeToLiveSpecification")
    if ttl:
        update_time_to_live({"TableName": name, "TimeToLiveSpecification": ttl})
    return name, attributes


@patch(provisioners, "_cw_metric_alarm_record")
def _(record_of, name, props):
    """Gap: an alarm on metric math is refused. It becomes an alarm on an unused metric, which exists and is never raised."""
    if props.get("Metrics"):
        props = {key: value for key, value in props.items() if key != "Metrics"}
        props |= {"Namespace": "MetricMath", "MetricName": name}
    return record_of(name, props)


# --- Lambda ----------------------------------------------------------------------------------------------------------


@patch(lambda_runtime.Worker, "_drain_stderr_bounded")
def _(drain, worker, **_waits):
    """Gap: an invocation that logs nothing waits 50 ms for logs. Without the wait, late lines appear with the next one."""
    return drain(worker, first_line_wait=0.001, idle_confirm=0.001)


@patch(lambda_runtime.Worker, "invoke")
def _(invoke, *args, **kwargs):
    """Gap: logs of functions invoked by API Gateway are lost. This writes all logs to MiniStack's own log."""
    response = invoke(*args, **kwargs)
    if response.get("log"):
        print(response["log"], flush=True)
    return response


# Gap: after an empty receive, a queue is polled again only after 50 ms.
require(lambda_svc, "_ESM_IDLE_WAKE_GAP_SECONDS")
lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.001

API_URL = re.compile(r"https://(\w+)\.execute-api\.[\w-]+\.amazonaws\.com/")


@patch(lambda_runtime.Worker, "_spawn")
def _(spawn, worker):
    """Gap: in a function, the API's address points to AWS. This replaces it with MiniStack's address of that API."""
    environment = worker.config.get("Environment", {})
    here = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/_aws/execute-api/"
    variables = {name: API_URL.sub(rf"{here}\1/", value) for name, value in environment.get("Variables", {}).items()}
    worker.config = {**worker.config, "Environment": {**environment, "Variables": variables}}
    return spawn(worker)


# Gap: the issuer's address points to AWS as well. It is also a claim of its tokens, so it cannot be replaced.
ISSUER = pathlib.Path(__file__).with_name("issuer.mjs")
os.environ["NODE_OPTIONS"] = f"--import={ISSUER.as_uri()}"


def end_with_parent():
    """Ends this process when its standard input closes, which the parent process holds open."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    app.main()
