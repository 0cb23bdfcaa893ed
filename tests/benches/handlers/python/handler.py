"""A minimal handler in Python that speaks the Runtime API: it makes the round trips that its event's body lists, one
after another, and answers. Clients are built at start, and their connections kept, as AWS's notes say."""

import base64
import http.client
import json
import os

import boto3
from botocore.exceptions import ClientError

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")
MAKERS = {
    "BatchGetItem": dynamodb.batch_get_item,
    "GetItem": dynamodb.get_item,
    "Query": dynamodb.query,
    "UpdateItem": dynamodb.update_item,
    "SendMessage": sqs.send_message,
}


def with_bytes(value):
    """On the wire bytes stand in base64; the clients want them as they are."""
    if isinstance(value.get("B"), str):
        value["B"] = base64.b64decode(value["B"])
    return value


def handle(event):
    body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"]
    for operation, given in json.loads(body, object_hook=with_bytes):
        try:
            MAKERS[operation](**given)
        except ClientError as error:
            # A condition that fails is a round trip too.
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
    return {"statusCode": 200, "headers": {}, "body": "ok", "isBase64Encoded": False}


runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def ask(method, path, body=None):
    runtime.request(method, f"/2018-06-01/runtime/{path}", body)
    answer = runtime.getresponse()
    return answer.headers, answer.read()


while True:
    headers, event = ask("GET", "invocation/next")
    invocation = headers["lambda-runtime-aws-request-id"]
    try:
        ask("POST", f"invocation/{invocation}/response", json.dumps(handle(json.loads(event))))
    except Exception as error:  # whatever it is, Lambda is told
        told = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
        ask("POST", f"invocation/{invocation}/error", told)
