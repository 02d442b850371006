"""The condition key `dynamodb:LeadingKeys`: the partition keys of all items that a request names.

Sources: "Using IAM policy conditions for fine-grained access control" (DynamoDB developer guide) and "Actions, resources,
and condition keys for Amazon DynamoDB" (Service Authorization Reference).
"""

from ministack.services import dynamodb
from patching import require

tables = require(dynamodb, "_tables")
table_name_from_arn = require(dynamodb, "_table_name_from_arn")
key_in_expression = require(dynamodb, "_extract_pk_from_condition")


def leading_keys(operation, request):
    """Returns the values, or None if the key is absent, as it is for a scan.

    It is also None if any of the items has no readable key, so that a role confined to some keys is refused.
    """
    try:
        return [partition_key(*item) for item in named_items(operation, request)] or None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def named_items(operation, request):
    """Yields the table and the attributes of each item that a request names, with at least its key."""
    match operation:
        case "GetItem" | "UpdateItem" | "DeleteItem":
            yield request["TableName"], request["Key"]
        case "PutItem":
            yield request["TableName"], request["Item"]
        case "Query":
            yield request["TableName"], queried_key(request)
        case "BatchGetItem":
            for table, reads in request["RequestItems"].items():
                for key in reads["Keys"]:
                    yield table, key
        case "BatchWriteItem":
            for table, writes in request["RequestItems"].items():
                for write in writes:
                    for action, details in write.items():
                        yield table, details["Item" if action == "PutRequest" else "Key"]
        case "TransactGetItems" | "TransactWriteItems":
            for item in request["TransactItems"]:
                for action, details in item.items():
                    yield details["TableName"], details["Item" if action == "Put" else "Key"]


def queried_key(request):
    """Returns the partition key of a query of the table. Queries of an index, and legacy conditions, are not supported."""
    if "IndexName" in request:
        raise ValueError("the partition key of an index is another attribute")
    name = partition_key_name(request["TableName"])
    values, names = request.get("ExpressionAttributeValues", {}), request.get("ExpressionAttributeNames", {})
    value = key_in_expression(request["KeyConditionExpression"], values, names, name)
    return {name: {"S": value}}


def partition_key(table, attributes):
    """Returns a partition key as text."""
    (value,) = attributes[partition_key_name(table)].values()
    if not isinstance(value, str):
        raise TypeError("a key is text, also if it is a number or binary")
    return value


def partition_key_name(table):
    return tables[table_name_from_arn(table) if table.startswith("arn:") else table]["pk_name"]
