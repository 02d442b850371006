"""Completes MiniStack's evaluation of IAM policies, which its setting AUTH turns on.

MiniStack verifies signatures, gives each function the credentials of its role, and evaluates identity policies for every
signed request, and the policies of topics and queues. Each function below fixes one gap, as in `launch.py`. Those that
refuse something are tested by `test/deployed/permissions.suite.ts`.
"""

import json

from leading_keys import leading_keys
from ministack import app
from ministack.core import arn, iam_actions, iam_evaluator, lambda_runtime
from ministack.services import apigateway, lambda_svc
from patching import patch, patch_resource, require

if not require(app, "AUTH"):
    raise SystemExit("MiniStack does not evaluate policies: set AUTH=true")

signed_request = require(iam_evaluator, "_signed_request")
policies_of_role = require(iam_evaluator, "_gather_role_policies")


@patch(iam_actions, "dynamodb_service_context")
def _(context_of, body):
    """Gap: `dynamodb:LeadingKeys` is always absent."""
    context = context_of(body)
    # Absent for the account's root, whose policies are not evaluated.
    request = signed_request.get()
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2] if request else None
    keys = leading_keys(operation, json.loads(body)) if operation else None
    return {**context, "dynamodb:LeadingKeys": keys} if keys else context


@patch(iam_actions, "extract_iam_action")
def _(action_of, service, *args):
    """Gap: a batch to SNS or SQS needs a permission of its own, which AWS does not have: that for one message applies."""
    action = action_of(service, *args)
    return action.removesuffix("Batch") if action and service in ("sns", "sqs") else action


@patch(iam_evaluator, "_resolve_condition_key")
def _(resolve, key, context):
    """Gap: MiniStack is reached without TLS here, which the policies of topics, queues and buckets refuse."""
    return "true" if key.lower() == "aws:securetransport" else resolve(key, context)


# --- Lambda ----------------------------------------------------------------------------------------------------------


def role_allows(config, action, resource):
    """True if the policies of a function's role allow an action."""
    account, region = require(lambda_runtime, "_account_region_from_function_config")(config)
    role = config["Role"].rpartition("/")[2]
    context = iam_evaluator.EvalContext(
        f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}",
        "AssumedRole", account, action, resource, region,
    )
    return iam_evaluator.evaluate(context, policies_of_role(role, account)).decision == "Allow"


@patch_resource("AWS::Lambda::EventSourceMapping", "create")
def _(create, logical_id, props, stack_name):
    """Gap: a mapping reads its queue whether the function's role may or not. AWS refuses to create it."""
    config = function_named(props["FunctionName"])["config"]
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        if not role_allows(config, f"sqs:{action}", props["EventSourceArn"]):
            raise ValueError(f"The function execution role does not have permissions to call {action} on SQS")
    return create(logical_id, props, stack_name)


@patch(lambda_runtime.Worker, "invoke")
def _(invoke, worker, *args, **kwargs):
    """Gap: logs appear whether the function's role may write them or not. On AWS they would be missing, silently."""
    group = worker.config["LoggingConfig"]["LogGroup"]
    account, region = require(lambda_runtime, "_account_region_from_function_config")(worker.config)
    stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:any"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not role_allows(worker.config, action, stream):
            message = f"{worker.config['FunctionName']} may not write its logs: no {action} on {stream}"
            print(json.dumps({"level": "ERROR", "message": message}), flush=True)
    return invoke(worker, *args, **kwargs)


def function_named(name_or_arn):
    return require(lambda_svc, "_functions")[name_or_arn.rpartition(":")[2]]


# --- API Gateway -----------------------------------------------------------------------------------------------------


def api_may_invoke(uri, source_arn, account, region):
    """True if the policy of the function behind an integration or authorizer lets API Gateway invoke it."""
    function_arn = require(apigateway, "_extract_lambda_ref_from_integration_uri")(uri)
    context = iam_evaluator.EvalContext(
        "*", "Service", "", "lambda:InvokeFunction", function_arn, region,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account},
    )
    policy = function_named(function_arn)["policy"]
    return iam_evaluator.evaluate_resource_policy(policy, context, "apigateway.amazonaws.com").decision == "Allow"


@patch(apigateway, "_invoke_ws_lambda")
async def _(invoke, api_id, account_id, region, route, stage, *args, **kwargs):
    """Gap: API Gateway invokes a route's function without the permission that its policy has to give."""
    source = arn.execute_api_route_arn(region, account_id, api_id, stage, route["routeKey"])
    integration = apigateway._integrations[api_id][route["target"].rpartition("/")[2]]
    if not api_may_invoke(integration["integrationUri"], source, account_id, region):
        return {"statusCode": 500, "body": ""}
    return await invoke(api_id, account_id, region, route, stage, *args, **kwargs)


@patch(apigateway, "_invoke_request_authorizer_lambda")
async def _(invoke, authorizer, event, account_id, region):
    """Gap: the same for the authorizer's function."""
    api_id = event["requestContext"]["apiId"]
    source = f"arn:aws:execute-api:{region}:{account_id}:{api_id}/authorizers/{authorizer['authorizerId']}"
    if not api_may_invoke(authorizer["authorizerUri"], source, account_id, region):
        return None
    return await invoke(authorizer, event, account_id, region)
