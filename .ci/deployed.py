"""The template, deployed to an emulator of AWS, and a working day on it: what it creates is what the functions use.

MiniStack stands for CloudFormation, API Gateway, Lambda, DynamoDB, SQS, EventBridge and IAM, whose policies it applies
to the functions' own roles; the local runner lends its simulated PBX and its CRM inbox. The release binaries run as
Lambda runs them, by the Runtime API. Needs `ministack[full]` and `aws-sam-translator`.

    deployed.py ZIPS LOCAL_RUNNER    ZIPS holds {function}/bootstrap.zip
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGION = "eu-west-1"
ROOT_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
STACK = "ringbridge"
# Of the simulated PBX; tests/support/pbx/tenant.rs.
APP = {"app_id": "5d2c1f0a9b8e47d6a3c4b5e6f7089a1b", "app_secret": "c0ffee00112233445566778899aabbcc"}
USERS = [("mary", 731205), ("john", 731206), ("ann", 731207)]
# A schedule of a minute, the hold of missed calls, and a machine that is busy otherwise.
PATIENCE = 150
# Looks without a change after which nothing is expected any more: several seconds.
STILL = 20


def free_ports(count):
    """So many ports beside each other."""
    while True:
        with contextlib.ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            start = first.getsockname()[1]
            try:
                for port in range(start + 1, start + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
                return start
            except (OSError, OverflowError):
                continue


def until(what, ready, patience=60):
    """Asks until there is an answer."""
    began = time.monotonic()
    while True:
        found = ready()
        if found:
            return found
        if time.monotonic() - began > patience:
            sys.exit(f"{what}: not within {patience} s")
        time.sleep(0.25)


def open_port(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def request(method, url, body=None, key=None):
    """Status and JSON of an answer."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text.decode(errors="replace")


def expect(wanted, method, url, body=None, key=None):
    status, answer = request(method, url, body, key)
    if status not in wanted:
        sys.exit(f"{method} {url} answered {status}: {answer}")
    return answer


def relay(port, gateway, host):
    """The name of an API leads to the emulator here, since nothing resolves it."""

    class Relay(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            upstream = http.client.HTTPConnection("127.0.0.1", gateway, timeout=60)
            upstream.request(self.command, self.path, body, headers | {"host": host})
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("content-type", answer.getheader("content-type", "text/plain"))
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def transformed():
    """The template in plain CloudFormation, with code in a bucket."""
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse

    template = yaml_parse((ROOT / "infra/template.yaml").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            binary = resource["Metadata"]["BuildProperties"]["Binary"]
            resource["Properties"]["CodeUri"] = f"s3://artifacts/{binary}.zip"
    return Translator({}, Parser()).translate(template, {})


def deploy(boto, zips, parameters):
    storage = boto("s3")
    storage.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    for binary in ("event-receiver", "settings-api", "retry-job"):
        storage.upload_file(str(zips / binary / "bootstrap.zip"), "artifacts", f"{binary}.zip")
    template = json.dumps(transformed(), separators=(",", ":"))
    cloud = boto("cloudformation")
    storage.put_object(Bucket="artifacts", Key="template.json", Body=template.encode())
    cloud.create_stack(
        StackName=STACK,
        TemplateBody=template,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )

    def done():
        stack = cloud.describe_stacks(StackName=STACK)["Stacks"][0]
        if "FAILED" in stack["StackStatus"] or "ROLLBACK" in stack["StackStatus"]:
            for event in cloud.describe_stack_events(StackName=STACK)["StackEvents"]:
                if "FAILED" in event["ResourceStatus"]:
                    print(event["LogicalResourceId"], event.get("ResourceStatusReason"))
            sys.exit(f"the stack is {stack['StackStatus']}")
        return stack if stack["StackStatus"] == "CREATE_COMPLETE" else None

    stack = until("the stack", done)
    resources = cloud.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    print(f"deployed {len(resources)} resources; template {len(template)} bytes")
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}, ids


def created(boto, outputs, ids):
    """What the template made, as the services describe it."""
    table = boto("dynamodb").describe_table(TableName=outputs["Table"])["Table"]
    indexes = {one["IndexName"]: one["Projection"]["ProjectionType"] for one in table["GlobalSecondaryIndexes"]}
    assert indexes == {"due": "KEYS_ONLY", "calls": "KEYS_ONLY"}, indexes
    queue = boto("sqs").get_queue_attributes(QueueUrl=outputs["RetryQueue"], AttributeNames=["All"])["Attributes"]
    redrive = json.loads(queue["RedrivePolicy"])
    assert int(redrive["maxReceiveCount"]) == 5 and queue["VisibilityTimeout"] == "180", queue
    rules = [one for one in boto("events").list_rules()["Rules"] if one["ScheduleExpression"] == "rate(1 minute)"]
    [target] = boto("events").list_targets_by_rule(Rule=rules[0]["Name"])["Targets"]
    assert target["Arn"].endswith(":function:" + ids["RetryJob"]), target
    routes = sorted(one["RouteKey"] for one in boto("apigatewayv2").get_routes(ApiId=outputs["ApiId"])["Items"])
    print("routes:", ", ".join(routes))
    for function in ("EventReceiver", "SettingsApi", "RetryJob"):
        found = boto("lambda").get_function_configuration(FunctionName=ids[function])
        variables = found["Environment"]["Variables"]
        assert variables["RINGBRIDGE_TABLE"] == outputs["Table"], variables
        assert len(variables["RINGBRIDGE_SEALING_KEY"]) == 44 and "resolve" not in variables["RINGBRIDGE_SEALING_KEY"]
        print(f"{function}: {found['MemorySize']} MB, {found['Timeout']} s, {len(variables)} variables")


def story(public, pbx, crm, secret):
    """Connect, map, play every kind of call; then everything that was logged must have been delivered."""
    assert request("GET", f"{public}/healthz")[0] == 200
    body = {"name": "Example Ltd", "pbx": {"host": pbx} | APP}
    body["crm"] = {"kind": "webhook", "url": f"{crm}/hook", "secret": secret}
    key = expect([201], "POST", f"{public}/api/v1/connections", body)["admin_key"]
    users = [{"crm_user": user, "extension_ids": [extension]} for user, extension in USERS]
    expect([200, 202], "PUT", f"{public}/api/v1/mapping", {"users": users}, key)

    def provisioned():
        progress = expect([200], "GET", f"{public}/api/v1/provisioning", None, key)["progress"]
        return progress if progress["done"] == progress["total"] else None

    print("provisioned:", until("provisioning", provisioned, PATIENCE))
    scenarios = expect([200], "GET", f"{pbx}/simulator/scenarios")
    for scenario in scenarios:
        expect([200], "POST", f"{pbx}/simulator/play/{scenario['name']}")
    print(f"played {len(scenarios)} calls")

    seen = []

    def settled():
        calls = expect([200], "GET", f"{public}/api/v1/calls", None, key)["items"]
        received = expect([200], "GET", f"{crm}/records")["items"]
        received = sorted(one["record_id"] for one in received if one["type"] in ("call.ended", "call.missed"))
        delivered = all(one["delivery"]["state"] == "delivered" for one in calls)
        missed = any(one["type"] == "call.missed" for one in calls)
        # Missed ones are decided by the retry job, which the schedule alone wakes here: after its run nothing changes.
        seen.append(received)
        still = len(seen) > STILL and all(one == received for one in seen[-STILL:])
        same = received == sorted(one["record_id"] for one in calls)
        return calls if delivered and missed and same and still else None

    calls = until("records", settled, PATIENCE)
    kinds = {}
    for one in calls:
        kinds[one["outcome"]] = kinds.get(one["outcome"], 0) + 1
    print(f"{len(calls)} records delivered, all of them at the inbox:", kinds)


def main():
    zips, runner = pathlib.Path(sys.argv[1]), str(pathlib.Path(sys.argv[2]).resolve())
    gateway, entry, local = free_ports(1), free_ports(1), free_ports(3)
    pbx, crm, public = (f"http://127.0.0.1:{port}" for port in (local + 1, local + 2, entry))
    with contextlib.ExitStack() as running, tempfile.TemporaryDirectory() as scratch:

        def start(command, environment, log):
            output = running.enter_context(open(pathlib.Path(scratch) / log, "w"))
            child = subprocess.Popen(command, env=os.environ | environment, stdout=output, stderr=output, cwd=scratch)
            running.callback(child.wait)
            running.callback(child.terminate)

        emulator = f"http://127.0.0.1:{gateway}"
        bind = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(gateway), "AWS_ENDPOINT_URL": emulator, "AUTH": "true"}
        ministack = pathlib.Path(sys.executable).parent / "ministack"
        start([str(ministack)], ROOT_KEYS | bind | {"MINISTACK_REGION": REGION}, "ministack.log")
        start([runner, "--port", str(local), "--data", f"{scratch}/data"], {}, "local.log")
        for port in (gateway, local, local + 1, local + 2):
            until(f"port {port}", lambda: open_port(port))
        import boto3

        os.environ.update(ROOT_KEYS)
        boto = lambda service: boto3.client(service, region_name=REGION, endpoint_url=emulator)
        try:
            parameters = {"PbxHosts": pbx, "PublicUrl": public, "AllowPrivateTargets": "true", "Architecture": "x86_64"}
            outputs, ids = deploy(boto, zips, parameters)
            created(boto, outputs, ids)
            relay(entry, gateway, f"{outputs['ApiId']}.execute-api.localhost:{gateway}")
            secret = (pathlib.Path(scratch) / "data/inbox.secret").read_text().strip()
            story(public, pbx, crm, secret)
        except BaseException:
            for log in ("local.log", "ministack.log"):
                print(f"-- {log}", *(pathlib.Path(scratch) / log).read_text().splitlines()[-60:], sep="\n")
            raise


if __name__ == "__main__":
    main()
