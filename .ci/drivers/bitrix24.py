"""What the Bitrix24 connector asked in the suite, asked again by the vendor's own SDK of the same simulated portal: it must
understand the same and answer the same. Arguments: the program that is the portal, and the folder with the noted requests.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from b24pysdk import Config
from b24pysdk.api.callers.call_method import _MethodCaller
from b24pysdk.api.requesters.bitrix_oauth_requester import BitrixOAuthRequester
from b24pysdk.credentials import BitrixApp, BitrixToken
from b24pysdk.errors import BitrixAPIError
from b24pysdk.errors.oauth import BitrixOAuthInvalidGrant

Note = dict[str, Any]
Outcome = tuple[int, Any]


class Portal:
    """The simulated portal, a process of its own that is told what it knows."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        about = self._read()
        self.host = about["url"].removeprefix("http://")
        self.app = BitrixApp(client_id=about["client_id"], client_secret=about["client_secret"])

    def becomes(self, note: Note) -> None:
        self._say({name: note[name] for name in ("at", "state", "faults")})

    def understood(self) -> Note:
        return self._say(None)

    def ends(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def _say(self, value: object) -> Note:
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> Note:
        line = self.process.stdout.readline()
        if not line:
            sys.exit("bitrix24: the simulated portal ended by itself")
        return json.loads(line)


class Patient(BitrixToken):
    """A token that is not renewed behind our back: an ended one is an outcome like any other."""

    _AUTO_REFRESH_EXPIRED_TOKEN = False
    _AUTO_CHANGED_DOMAIN = False


def aim_at(host: str) -> None:
    """The SDK speaks https with a portal and with the vendor's token server, and offers no setting for either address; on
    loopback there is no certificate. So the two places are changed where addresses are made, and nothing else."""
    _MethodCaller._base_url = property(lambda self: f"http://{self._domain}/rest")
    BitrixOAuthRequester._OAUTH_TOKEN_URL = f"http://{host}/oauth/token/"
    # It would repeat what is refused for a while, after a pause.
    Config().configure(default_max_retries=1)


def ask(token: BitrixToken, note: Note) -> Outcome:
    """Asks what was asked, through the SDK's own encoding."""
    try:
        if note["method"] == "batch":
            commands = {key: (method, params) for key, method, params in note["commands"]}
            return 200, token.call_batch(commands, halt=note["body"]["halt"] == 1)
        params = {name: value for name, value in note["body"].items() if name != "auth"}
        return 200, token.call_method(note["method"], params)
    except BitrixAPIError as error:
        return error.response.status_code, error.json_response


def differences(portal: Portal, note: Note) -> list[str]:
    portal.becomes(note)
    token = Patient(domain=portal.host, auth_token=note["body"]["auth"], bitrix_app=portal.app)
    found = []
    outcome = ask(token, note)
    if outcome != (note["status"], note["answer"]):
        found.append(f"{note['method']}: we were answered {note['status']} {note['answer']}, the SDK {outcome}")
    asked = portal.understood()["asked"]
    if asked != note["asked"]:
        found.append(f"{note['method']}: of ours the portal understood {note['asked']}, of the SDK's {asked}")
    return found


def renewals(portal: Portal, note: Note) -> list[str]:
    """A token that ends is renewed by the SDK once, whoever says so first, and the request is then done."""
    found = []
    past = datetime(2020, 1, 1, tzinfo=UTC)
    # The SDK goes by the machine's clock: by the suite's, a new token might have ended long ago.
    note = note | {"at": int(datetime.now(UTC).timestamp() * 1_000_000)}
    for when, expires in (("before it is used", past), ("when the portal refuses it", None)):
        portal.becomes(note)
        refresh = portal.understood()["refresh"]
        token = BitrixToken(
            domain=portal.host, auth_token="ended", refresh_token=refresh, expires=expires, bitrix_app=portal.app
        )
        outcome, after = ask(token, note), portal.understood()
        if outcome[0] != 200 or "result" not in outcome[1] or after["renewals"] != 1:
            found.append(f"{note['method']}, token renewed {when}: {after['renewals']} renewals, then {outcome}")
        if token.refresh_token != after["refresh"]:
            found.append(f"{note['method']}, token renewed {when}: the SDK keeps another refresh token than is valid")
    return found


def consent(portal: Portal, note: Note) -> list[str]:
    portal.becomes(note)
    given = portal.app.get_oauth_token(code="the-code").oauth_token
    found = []
    if given.refresh_token != portal.understood()["refresh"]:
        found.append("the tokens of a consent are not the valid ones")
    try:
        portal.app.refresh_oauth_token(refresh_token="void")
        found.append("a void refresh token is taken")
    except BitrixOAuthInvalidGrant:
        pass
    return found


def main() -> None:
    program, folder = sys.argv[1:]
    notes = [json.loads(line) for file in sorted(Path(folder).iterdir()) for line in file.read_text().splitlines()]
    distinct = {json.dumps([n[k] for k in ("method", "body", "status", "answer")], sort_keys=True): n for n in notes}
    if not distinct:
        sys.exit("bitrix24: the suite noted no request")
    portal = Portal(program)
    aim_at(portal.host)
    found = [difference for note in notes for difference in differences(portal, note)]
    first = {note["method"]: note for note in distinct.values() if note["status"] == 200 and "result" in note["answer"]}
    found += [difference for note in first.values() for difference in renewals(portal, note)]
    found += consent(portal, notes[0])
    portal.ends()
    for difference in found[:20]:
        print(difference, file=sys.stderr)
    batches = sum(note["method"] == "batch" for note in distinct.values())
    errors = sum("result" not in note["answer"] for note in distinct.values())
    print(
        f"Bitrix24's own SDK: {len(notes)} requests replayed, {len(distinct)} of them distinct ({batches} batches,"
        f" {errors} answered with an error); tokens renewed for {len(first)} methods, twice each; {len(found)} differences"
    )
    sys.exit(bool(found))


main()
