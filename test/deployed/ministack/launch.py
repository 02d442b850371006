"""Starts MiniStack as close to AWS as Parley needs it.

Each function below mends one gap of MiniStack 1.5.33, in MiniStack alone: what is deployed on it is what is deployed on
AWS. The gaps are listed in docs/testing.md. What is replaced or used is asked for by name when this starts, and is
missed loudly: a newer MiniStack is then looked at again, instead of being tested on without its mends.
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


def part(holder, name):
    """What `holder` calls `name`, or a loud end."""
    if not hasattr(holder, name):
        raise SystemExit(f"MiniStack has changed: {holder.__name__} has no {name}")
    return getattr(holder, name)


def mend(holder, name):
    """Replaces `holder.name` by a function that gets the original as its first argument."""
    original = part(holder, name)

    def install(replacement):
        setattr(holder, name, lambda *args, **kwargs: replacement(original, *args, **kwargs))

    return install


def mend_resource(resource_type, action):
    """The same for how its CloudFormation creates a type of resource."""
    handlers = provisioners._RESOURCE_HANDLERS.get(resource_type, {})
    if action not in handlers:
        raise SystemExit(f"MiniStack has changed: it cannot {action} {resource_type}")
    original = handlers[action]

    def install(replacement):
        handlers[action] = lambda *args, **kwargs: replacement(original, *args, **kwargs)

    return install


# --- API Gateway -----------------------------------------------------------------------------------------------------

# What `$connect` answered, for the handshake that is under way: each runs in a task, and so in a context, of its own.
connect_answer = contextvars.ContextVar("connect_answer", default=None)
route_responses = part(apigateway, "_route_responses")
refuse_handshake = part(apigateway, "_refuse_ws_handshake")


@mend(apigateway, "_invoke_ws_lambda")
async def _(invoke, api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs):
    """Gap: a body is sent to the client by every route. AWS sends it only where there is a route response."""
    answer = await invoke(api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs)
    if event_type == "CONNECT":
        connect_answer.set(answer)
    responses = route_responses.get(api_id, {}).get(route.get("routeId"))
    return None if event_type == "MESSAGE" and not responses else answer


@mend(apigateway, "handle_websocket")
async def _(handle, scope, receive, send, *args, **kwargs):
    """Gap: the subprotocol and the status that `$connect` answers do not reach the client."""
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


@mend(apigateway, "_evaluate_route_selection")
def _(evaluate, *args):
    """Gap: a frame that names `$connect` or `$disconnect` gets there. They are API Gateway's own."""
    route_key = evaluate(*args)
    return "$default" if route_key.startswith("$") else route_key


connected_at_ms = {}


@mend(apigateway, "_ws_request_context")
def _(context_of, api_id, route_key, stage, connection_id, event_type, *args, **kwargs):
    """Gap: `connectedAt` is the time of each event. On AWS it is that of the connection."""
    context = context_of(api_id, route_key, stage, connection_id, event_type, *args, **kwargs)
    context["connectedAt"] = connected_at_ms.setdefault(connection_id, context["connectedAt"])
    if event_type == "DISCONNECT":
        del connected_at_ms[connection_id]
    return context


create_on_api = part(apigateway, "_create_route_response")
delete_on_api = part(apigateway, "_delete_route_response")


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
    raise SystemExit("MiniStack has changed: it knows route responses by now")
provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::RouteResponse"] = {
    "create": create_route_response,
    "delete": delete_route_response,
}


# --- CloudFormation --------------------------------------------------------------------------------------------------


topics = part(sns, "_topics")
update_time_to_live = part(dynamodb, "_update_ttl")


@mend_resource("AWS::SNS::Topic", "create")
def _(create, logical_id, props, stack_name):
    """Gap: the attributes of a FIFO topic are dropped, and with them its order and deduplication."""
    arn, attributes = create(logical_id, props, stack_name)
    for name in ("FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope"):
        if name in props:
            value = props[name]
            topics[arn]["attributes"][name] = str(value).lower() if isinstance(value, bool) else str(value)
    return arn, attributes


@mend_resource("AWS::DynamoDB::Table", "create")
def _(create, logical_id, props, stack_name):
    """Gap: the table's time to live is dropped."""
    name, attributes = create(logical_id, props, stack_name)
    ttl = props.get("TimeToLiveSpecification")
    if ttl:
        update_time_to_live({"TableName": name, "TimeToLiveSpecification": ttl})
    return name, attributes


@mend(provisioners, "_cw_metric_alarm_record")
def _(record_of, name, props):
    """Gap: an alarm on metric math is refused. It becomes one on a metric nobody writes: there, and never going off."""
    if props.get("Metrics"):
        props = {key: value for key, value in props.items() if key != "Metrics"}
        props |= {"Namespace": "MetricMath", "MetricName": name}
    return record_of(name, props)


# --- Lambda ----------------------------------------------------------------------------------------------------------


@mend(lambda_runtime.Worker, "_drain_stderr_bounded")
def _(drain, worker, **_waits):
    """Gap: 50 ms are waited for logs after each invocation that logged nothing. What comes late is in the next one's."""
    return drain(worker, first_line_wait=0.001, idle_confirm=0.001)


@mend(lambda_runtime.Worker, "invoke")
def _(invoke, *args, **kwargs):
    """Gap: what a function logs that API Gateway has invoked is nowhere. Here all is in MiniStack's own log."""
    response = invoke(*args, **kwargs)
    if response.get("log"):
        print(response["log"], flush=True)
    return response


# Gap: a queue is looked at only 50 ms after the last look found nothing.
part(lambda_svc, "_ESM_IDLE_WAKE_GAP_SECONDS")
lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.001

API_URL = re.compile(r"https://(\w+)\.execute-api\.[\w-]+\.amazonaws\.com/")


@mend(lambda_runtime.Worker, "_spawn")
def _(spawn, worker):
    """Gap: in a function, the API's own address leads to AWS. Here it is MiniStack's for that API."""
    environment = worker.config.get("Environment", {})
    here = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/_aws/execute-api/"
    variables = {name: API_URL.sub(rf"{here}\1/", value) for name, value in environment.get("Variables", {}).items()}
    worker.config = {**worker.config, "Environment": {**environment, "Variables": variables}}
    return spawn(worker)


# Gap: the same of the issuer, whose address is also a claim of its tokens and cannot be another one.
ISSUER = pathlib.Path(__file__).with_name("issuer.mjs")
os.environ["NODE_OPTIONS"] = f"--import={ISSUER.as_uri()}"


def end_with_parent():
    """Whoever started this holds its standard input: when that closes, for whatever reason, this ends too."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    app.main()
