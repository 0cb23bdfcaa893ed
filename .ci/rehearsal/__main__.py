"""The deploy notes, rehearsed on an emulator of AWS with the release binaries: deploy, a working day, a wrong parameter,
the runbook, a second stack from archives, a new sealing key, a restored table, the queue without the schedule, and the tear-down.

MiniStack stands for CloudFormation, API Gateway, Lambda, DynamoDB, SQS, EventBridge, Secrets Manager and IAM, whose
policies it applies to the functions' own roles. The commands are those of infra/README.md.

    python rehearsal LOCAL_RUNNER TOOLS    TOOLS holds virtual environments: sam, aws, emulator
"""

import datetime
import json
import pathlib
import re
import sys
import tempfile
import time
import zipfile

import stack
from day import Customer
from emulator import World, until
from notes import ROOT, Terminal, commands, procedures


BEGAN = time.monotonic()


def act(name):
    print(f"\n-- {name} (after {time.monotonic() - BEGAN:.0f} s)", flush=True)


def deploy(world, shell):
    [two_commands] = commands("Two commands")
    shell.run(two_commands)
    stack.sizes()
    ours = f"PbxHosts={world.pbx} PublicUrl={world.public} AllowPrivateTargets=true"
    shell.run(f"sam deploy --parameter-overrides {ours}")
    stack.check(world)
    stack.mend_source(world)
    world.relay(stack.outputs(world)["ApiId"])


def refuse(shell):
    assert shell.run("sam deploy --parameter-overrides RetryDelays=soon", may_fail=True) is None, "it was deployed"


def rotate(world, shell, customer):
    new, alone = commands("Rotate the sealing key")
    shell.run(new)
    key = stack.variables(world, stack.resources(world), "EventReceiver")["RINGBRIDGE_SEALING_KEY"]
    assert len(key.split(",")) == 2, "two keys"
    customer.one_more("A", "with both keys")
    # In place of the hour after which it has happened by itself; tests/it/settings/rotation.rs waits for that.
    customer.enter_credentials_again()
    shell.run(alone)
    customer.one_more("A", "with the new key alone")


def restore(world, shell, customer):
    before = stack.outputs(world)["Table"]
    shell.run(f"moment={datetime.datetime.now(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}")
    [restored] = commands("Restore from a backup")
    shell.run(restored)
    table = stack.outputs(world)["Table"]
    assert table == f"{before}-restored", table
    kept = len(customer.logged())
    assert kept == len(customer.records()), kept
    # The former table is out of reach: what follows can only come from the restored one.
    old = world.boto("dynamodb")
    old.update_table(TableName=before, DeletionProtectionEnabled=False)
    old.delete_table(TableName=before)
    customer.one_more("A", "on the restored table")


def operate(world, shell, customer):
    """The runbook: what each alarm's section runs, on a stack that has had a day, and what `ops` says of it."""
    basics, ours, _ = commands("Before you begin", "runbook.md")[:3]
    shell.run(basics)
    # It is built already, with the features of the tests, which all of it would be built again without.
    shell.run(ours.replace("cargo build --quiet --workspace --bins --locked\n", ""))
    for heading, blocks in procedures():
        for block in blocks:
            print(f"-- {heading}")
            print(shell.run(block))
    connection = json.loads(shell.run("ops connections --json"))["connections"][0]["connection"]
    record = customer.logged()[0]["record_id"]
    call = json.loads(shell.run(f"ops call {connection} {record[:32]} --json"))
    assert record in [one["record_id"] for one in call["records"]], call
    # Rested, a call waits; resumed, it goes on.
    shell.run(f"ops pause {connection}")
    before = len(customer.records())
    customer.play("A")
    until("parked", lambda: any(one["delivery"]["state"] == "parked" for one in customer.logged()), 60)
    assert len(customer.records()) == before, "a paused connection's record was delivered"
    shell.run(f"ops resume {connection}")
    until("resumed", lambda: len(customer.records()) == before + 1, 150)
    print("operated: each alarm's commands, a call found, a pause and its end")


def beside(world, shell):
    """A second stack, from archives."""
    archives = world.scratch / "archives"
    archives.mkdir()
    for program in sorted(ROOT.glob("infra/.aws-sam/build/*/bootstrap")):
        name = re.sub(r"(?<!^)(?=[A-Z])", "-", program.parent.name).lower()
        with zipfile.ZipFile(archives / f"{name}-x86_64.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(program, program.name)
    [from_archives] = commands("Without a Rust toolchain")
    shell.run(f"archives={archives} architecture=x86_64")
    shell.run(from_archives.replace("sam deploy ", "sam deploy --stack-name ringbridge-two "))
    first, second = stack.resources(world), stack.resources(world, "ringbridge-two")
    shared = {one for one in first if first[one] == second.get(one)}
    assert shared <= {"ApiStage"}, f"both stacks have these: {shared}"
    status = world.boto("cloudformation").describe_stacks(StackName="ringbridge-two")["Stacks"][0]["StackStatus"]
    assert status == "CREATE_COMPLETE", status
    shell.run("sam delete --stack-name ringbridge-two")
    print(f"a second stack of {len(second)} resources beside the first, from archives")


def bring_from_queue(world, customer):
    stack.mend_source(world)
    # Without the schedule a missed call is decided by the queue's own message, or never.
    world.boto("events").disable_rule(Name=stack.schedule(world)[0])
    customer.one_more("D", "brought by the queue alone")


def tear_down(world, shell, customer):
    table = stack.outputs(world)["Table"]
    customer.ask([200, 202, 204], "DELETE", "connection")
    [delete] = commands("Tear down")
    shell.run(delete)
    clouds = world.boto("cloudformation").describe_stacks()["Stacks"]
    left = [one["StackName"] for one in clouds if one["StackStatus"] != "DELETE_COMPLETE"]
    assert stack.STACK not in left, left
    assert world.boto("dynamodb").describe_table(TableName=table), "the table stays"


def main():
    runner, tools = (pathlib.Path(one).resolve() for one in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as scratch, World(str(runner), scratch) as world:
        shell = Terminal(world, tools)
        act("deploy")
        deploy(world, shell)
        act("a working day")
        customer = Customer(world)
        customer.play_all()
        customer.all_delivered()
        act("the runbook")
        operate(world, shell, customer)
        act("a second stack")
        beside(world, shell)
        act("a wrong parameter")
        refuse(shell)
        act("a new sealing key")
        rotate(world, shell, customer)
        act("a restored table")
        restore(world, shell, customer)
        act("the queue without the schedule")
        bring_from_queue(world, customer)
        act("tear down")
        tear_down(world, shell, customer)
    print("\nrehearsed: all of it")


if __name__ == "__main__":
    main()
