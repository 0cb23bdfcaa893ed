"""The stack as the services describe it once it is deployed."""

import json
import sys
import tempfile
import zipfile

from notes import ROOT

STACK = "ringbridge"
# Zipped, in bytes: a cold start loads it all.
LARGEST = 6_000_000


def sizes():
    """What was built for the functions, zipped as `sam deploy` does; each has its bound."""
    built = sorted(ROOT.glob("infra/.aws-sam/build/*/bootstrap"))
    assert len(built) == 3, built
    for program in built:
        with tempfile.TemporaryFile() as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(program, program.name)
            size = file.tell()
        print(f"{program.parent.name:<15} {size:>8} bytes zipped")
        if size >= LARGEST:
            sys.exit(f"{program.parent.name} is larger than {LARGEST} bytes")


def outputs(world):
    """Names that the template tells."""
    stack = world.boto("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def resources(world, name=STACK):
    """Physical ids by their names in the template."""
    listed = world.boto("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}


def variables(world, ids, function):
    found = world.boto("lambda").get_function_configuration(FunctionName=ids[function])
    return found["Environment"]["Variables"]


def check(world):
    """What the template made is what the code needs."""
    names, ids = outputs(world), resources(world)
    print(f"deployed {len(ids)} resources")
    table = world.boto("dynamodb").describe_table(TableName=names["Table"])["Table"]
    indexes = {one["IndexName"]: one["Projection"]["ProjectionType"] for one in table["GlobalSecondaryIndexes"]}
    assert indexes == {"due": "KEYS_ONLY", "calls": "KEYS_ONLY"}, indexes
    queue = world.boto("sqs").get_queue_attributes(QueueUrl=names["RetryQueue"], AttributeNames=["All"])["Attributes"]
    redrive = json.loads(queue["RedrivePolicy"])
    assert int(redrive["maxReceiveCount"]) == 5 and queue["VisibilityTimeout"] == "720", queue
    target = schedule(world)[1]
    assert target["Arn"].endswith(":function:" + ids["RetryJob"]), target
    routes = sorted(one["RouteKey"] for one in world.boto("apigatewayv2").get_routes(ApiId=names["ApiId"])["Items"])
    print("routes:", ", ".join(routes))
    for function in ("EventReceiver", "SettingsApi", "RetryJob"):
        found = variables(world, ids, function)
        assert found["RINGBRIDGE_TABLE"] == names["Table"], found
        assert len(found["RINGBRIDGE_SEALING_KEY"]) == 44 and "resolve" not in found["RINGBRIDGE_SEALING_KEY"]
        print(f"{function}: {len(found)} variables")


def mend_source(world):
    """The queue invokes the retry job. The emulator takes a parameter's number for a text here, and stumbles over it."""
    cloud = world.boto("lambda")
    [source] = cloud.list_event_source_mappings()["EventSourceMappings"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], source
    scaling = {"MaximumConcurrency": int(source["ScalingConfig"]["MaximumConcurrency"])}
    assert scaling == {"MaximumConcurrency": 5}, scaling
    cloud.update_event_source_mapping(UUID=source["UUID"], ScalingConfig=scaling)


def schedule(world):
    """The rule that wakes the retry job, and what it wakes."""
    events = world.boto("events")
    [rule] = [one for one in events.list_rules()["Rules"] if one.get("ScheduleExpression") == "rate(1 minute)"]
    [target] = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    return rule["Name"], target
