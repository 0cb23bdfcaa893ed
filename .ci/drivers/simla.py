"""What the RetailCRM connector asked in the suite, asked again by the client `retailcrm` of the simulated one: it must
understand the same. Then the client's own way through: answers, duplicates, errors. Arguments: the program that is the
simulated RetailCRM, and the folder with the noted requests.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import retailcrm


class Crm:
    """The simulated RetailCRM, a process of its own."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        about = json.loads(self.process.stdout.readline())
        self.client = retailcrm.v5(about["url"], about["api_key"])
        self.stranger = retailcrm.v5(about["url"], "x" * 32)

    def understood(self) -> dict[str, Any]:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ends(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)


def ask(client: Any, name: str, query: dict[str, Any], form: dict[str, Any]) -> bool:
    """Asks what was asked; false for what this client has no method for."""
    # It knows no client of a telephony: that travels beside what it sends.
    if "clientId" in form:
        client.parameters["clientId"] = form["clientId"]
    match name:
        case "POST telephony/calls/upload":
            client.telephony_calls_upload(form["calls"])
        case "POST telephony/call/event":
            client.telephony_call_event(form["event"])
        case "GET telephony/manager":
            client.telephony_manager(query["phone"], query["details"], query["ignoreStatus"])
        case "GET users":
            client.users({"active": query["filter[active]"]}, query["limit"], query["page"])
        case "POST integration-modules/ringbridge/edit":
            client.integration_module_edit(form["integrationModule"])
        case _:
            return False
    return True


def replay(crm: Crm, notes: list[Any]) -> tuple[set[str], list[str]]:
    methods, found = set(), []
    for note in notes:
        if not ask(crm.client, *note):
            found.append(f"{note[0]}: this client has no such method")
            continue
        methods.add(note[0])
        theirs = crm.understood()["understood"]
        if theirs != [note]:
            found.append(f"of ours was understood {note}, of the client's {theirs}")
    return methods, found


def way_through(crm: Crm) -> list[str]:
    """A call from ringing to the log, twice, with what the client reads of it."""
    found = []

    def wants(what: str, is_so: bool) -> None:
        if not is_so:
            found.append(what)

    event = {"type": "in", "phone": "+442079460555", "codes": ["205", "404"], "callExternalId": "own-way"}
    told = crm.client.telephony_call_event(event).get_response()
    wants("an extension that nobody has is told", told.get("notExistCodes") == ["404"])
    call = {
        "date": "2026-09-01 13:00:00", "type": "in", "phone": "+442079460555", "code": "205", "result": "answered",
        "duration": 74, "externalId": "own-way",
    }
    before = crm.understood()["calls"]
    first = crm.client.telephony_calls_upload([call])
    wants("a call is taken", first.is_successful() and first.get_response()["processedCallsCount"] == 1)
    second = crm.client.telephony_calls_upload([call])
    wants("its repeat is a duplicate", second.get_response()["duplicateCalls"] == ["own-way"])
    wants("there is one", crm.understood()["calls"] == before + 1)
    wrong = crm.client.telephony_calls_upload([call | {"result": "lost", "externalId": "another"}])
    wants("a wrong field is refused by name", not wrong.is_successful() and "calls[0][result]" in wrong.get_errors())
    stranger = crm.stranger.users()
    wants("a wrong key is refused", stranger.get_status_code() == 403 and "apiKey" in stranger.get_error_msg())
    pages = crm.client.users({"active": "1"}, 20, 1).get_response()["pagination"]
    wants("pages are counted", pages["totalPageCount"] == 1)
    return found


def main() -> None:
    program, folder = sys.argv[1:]
    notes = [json.loads(line) for file in sorted(Path(folder).iterdir()) for line in file.read_text().splitlines()]
    if not notes:
        sys.exit("retailcrm: the suite noted no request")
    crm = Crm(program)
    methods, found = replay(crm, notes)
    found += way_through(crm)
    crm.ends()
    for difference in found[:20]:
        print(difference, file=sys.stderr)
    print(f"PyPI's retailcrm: {len(notes)} requests of {len(methods)} methods replayed; {len(found)} differences")
    sys.exit(bool(found))


main()
