"""What a customer's program does with the generated Python client: connect, map, list, open and resend, each answer by its
type. `.ci/clients` generates `ringbridge_client`, checks this file against it, and says in the environment where all is.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx
from ringbridge_client import AuthenticatedClient, Client
from ringbridge_client.api.default import (
    change_connection,
    connect,
    get_call,
    get_connection,
    get_mapping,
    get_provisioning,
    list_calls,
    list_extensions,
    resend_call,
    save_mapping,
)
from ringbridge_client.models.attempt_class import AttemptClass
from ringbridge_client.models.call import Call
from ringbridge_client.models.call_detail import CallDetail
from ringbridge_client.models.connected import Connected
from ringbridge_client.models.connection import Connection
from ringbridge_client.models.connection_change import ConnectionChange
from ringbridge_client.models.credentials import Credentials
from ringbridge_client.models.crm_change import CrmChange
from ringbridge_client.models.extension_kind import ExtensionKind
from ringbridge_client.models.extension_state import ExtensionState
from ringbridge_client.models.log_state import LogState
from ringbridge_client.models.mapped_user import MappedUser
from ringbridge_client.models.mapping_done import MappingDone
from ringbridge_client.models.new_connection import NewConnection
from ringbridge_client.models.new_crm import NewCrm
from ringbridge_client.models.new_mapping import NewMapping
from ringbridge_client.models.outcome import Outcome
from ringbridge_client.models.page_call import PageCall
from ringbridge_client.models.page_extension import PageExtension
from ringbridge_client.models.policy_change import PolicyChange
from ringbridge_client.models.problem import Problem
from ringbridge_client.models.provisioning import Provisioning
from ringbridge_client.models.resend_wish import ResendWish
from ringbridge_client.models.saved_meanwhile import SavedMeanwhile
from ringbridge_client.models.user_mapping import UserMapping
from ringbridge_client.types import UNSET, Unset

OWN, PBX, CRM = os.environ["RINGBRIDGE"], os.environ["PBX"], os.environ["CRM"]
# More than a page holds.
CALLS = 55
# Seconds: the runner's work on the PBX, and its deliveries, on a machine that is busy otherwise.
PATIENCE = 90

T = TypeVar("T")


def of(kind: type[T], answer: object) -> T:
    """The answer, which must be of that type."""
    if not isinstance(answer, kind):
        raise SystemExit(f"not a {kind.__name__}: {answer}")
    return answer


def until(what: str, ask: Callable[[], T | None]) -> T:
    """What is asked again and again, as soon as it is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = ask()
        if found is not None:
            return found
        time.sleep(0.5)
    raise SystemExit(f"{what}: not within {PATIENCE} s")


def play(scenario: str) -> str:
    """A call on the simulated PBX; its id."""
    return str(httpx.post(f"{PBX}/simulator/play/{scenario}", timeout=30).raise_for_status().json()["call_id"])


def connected() -> AuthenticatedClient:
    crm = NewCrm(kind="webhook")
    crm["url"], crm["secret"] = CRM, os.environ["CRM_SECRET"]
    pbx = Credentials(host=PBX, app_id=os.environ["APP_ID"], app_secret=os.environ["APP_SECRET"])
    made = of(Connected, connect.sync(client=Client(base_url=OWN), body=NewConnection(name="Python", pbx=pbx, crm=crm)))
    client = AuthenticatedClient(base_url=OWN, token=made.admin_key, timeout=httpx.Timeout(30))
    shown = of(Connection, get_connection.sync(client=client))
    assert (shown.id, shown.name, shown.crm.kind, shown.crm["url"]) == (made.id, "Python", "webhook", CRM), shown
    print(f"connected: {shown.id}, of the customer {made.pbx.client_id}")
    return client


def changed(client: AuthenticatedClient) -> None:
    before = of(Connection, get_connection.sync(client=client)).policy
    crm = CrmChange(kind="webhook", revoke_former=True)
    crm["url"], crm["secret"] = CRM, os.environ["CRM_SECRET"]
    change = ConnectionChange(policy=PolicyChange(country="IE", default_crm_user=None), crm=crm)
    after = of(Connection, change_connection.sync(client=client, body=change)).policy
    assert (after.country, after.timezone) == ("IE", before.timezone), after
    print(f"changed: one setting of the policy, and no other: {after.country}, {after.timezone}")


def mapped(client: AuthenticatedClient) -> None:
    extensions = of(PageExtension, list_extensions.sync(client=client)).items
    phones = [one for one in extensions if one.type_ is ExtensionKind.PHONE]
    users = [MappedUser(crm_user=f"u{one.id}", extension_ids=[one.id]) for one in phones]
    print(f"read: {len(extensions)} extensions, {len(phones)} of them phones, such as {phones[0].number}")

    wrong = NewMapping(users=[users[0], MappedUser(crm_user="nobody", extension_ids=[1])])
    problem = of(Problem, save_mapping.sync(client=client, body=wrong))
    errors = [] if isinstance(problem.errors, Unset) else problem.errors
    assert (problem.status, [one.path for one in errors]) == (422, ["users[1].extension_ids[0]"]), problem
    print(f"refused: {errors[0].path}: {errors[0].message}")

    seen = of(UserMapping, get_mapping.sync(client=client)).version
    saved = of(MappingDone, save_mapping.sync(client=client, body=NewMapping(users=users, version=seen)))
    assert saved.version == seen + 1, saved

    def installed() -> Provisioning | None:
        now = of(Provisioning, get_provisioning.sync(client=client))
        assert not now.problems, now
        return now if now.progress.done == now.progress.total and now.next_attempt_at is None else None

    done = until("events on the PBX", installed)
    now = {one.id: one for one in of(PageExtension, list_extensions.sync(client=client)).items}
    assert all(now[one.id].events.state is ExtensionState.INSTALLED for one in phones), now
    print(f"mapped: version {done.version}, {done.progress.done} of {done.progress.total} extensions are done")

    late = of(SavedMeanwhile, save_mapping.sync(client=client, body=NewMapping(users=[], version=seen)))
    assert (late.status, late.current.version) == (409, saved.version), late
    print(f"refused: a save on version {seen}, since version {late.current.version} is stored")


def pages(client: AuthenticatedClient, state: LogState) -> list[list[Call]]:
    """The log of the last hour, page by page."""
    since = datetime.now(UTC) - timedelta(hours=1)
    read: list[list[Call]] = []
    cursor: str | None = None
    while cursor is not None or not read:
        asked = list_calls.sync(client=client, from_=since, state=state, cursor=UNSET if cursor is None else cursor)
        page = of(PageCall, asked)
        read.append(page.items)
        cursor = page.cursor
    return read


def listed(client: AuthenticatedClient) -> Call:
    played = {play("A") for _ in range(CALLS)}

    def delivered() -> list[list[Call]] | None:
        read = pages(client, LogState.DELIVERED)
        return read if played <= {call.call_id for page in read for call in page} else None

    read = until("deliveries", delivered)
    calls = [call for page in read for call in page]
    assert len(read) > 1 and len({call.record_id for call in calls}) == len(calls), [len(page) for page in read]
    newest = calls[0]
    assert newest.outcome is Outcome.ANSWERED and newest.started_at.tzinfo is not None, newest
    print(f"listed: {len(calls)} records on {len(read)} pages, all that were played among them")
    return newest


def opened(client: AuthenticatedClient, call: Call) -> None:
    detail = of(CallDetail, get_call.sync(call.record_id, client=client))
    assert detail.record_id == call.record_id and not isinstance(detail.attempts, Unset), detail
    assert [one.class_ for one in detail.attempts] == [AttemptClass.DELIVERED], detail.attempts
    fields = [event.fields["EventType"] for event in detail.events]
    print(f"opened: {len(detail.attempts)} attempt, status {detail.attempts[0].status}, of the events {', '.join(fields)}")

    inside = play("K")

    def unlogged() -> Call | None:
        found = [one for page in pages(client, LogState.NOT_LOGGED) for one in page]
        return next((one for one in found if one.call_id == inside), None)

    leg = of(CallDetail, get_call.sync(until("a call inside", unlogged).record_id, client=client))
    assert leg.type_ is None and isinstance(leg.attempts, Unset), leg
    print(f"opened: a leg without a record: {leg.delivery.reason}")


def resent(client: AuthenticatedClient, call: Call) -> None:
    refused = of(Problem, resend_call.sync(call.record_id, client=client))
    assert refused.status == 409 and isinstance(refused.errors, Unset), refused
    again = of(Call, resend_call.sync(call.record_id, client=client, body=ResendWish(force=True)))
    assert (again.delivery.state, again.delivery.attempts) == (LogState.DELIVERED, call.delivery.attempts + 1), again
    gone = of(Problem, resend_call.sync("nothing", client=client, body=ResendWish(force=True)))
    assert gone.status == 404, gone
    print(f"resent: attempt {again.delivery.attempts}; without force it says: {refused.detail}")


def main() -> None:
    client = connected()
    changed(client)
    mapped(client)
    call = listed(client)
    opened(client, call)
    resent(client, call)


if __name__ == "__main__":
    main()
