"""aioamocrm against the simulated Kommo account, a process of its own. Argument: the program that is the account."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import httpx
from aioamocrm import (
    AccountMovedError,
    AmoCRMClient,
    AuthError,
    ForbiddenError,
    LongLivedToken,
    NetworkError,
    NotFoundError,
    OAuth2,
    PaymentRequiredError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    ValidationError,
)

ERRORS = {
    400: ValidationError,
    401: AuthError,
    402: PaymentRequiredError,
    403: ForbiddenError,
    404: NotFoundError,
    429: RateLimitError,
    500: ServerError,
}


class Account:
    """The simulated account: what it is told goes wrong next, or is otherwise from now on."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self._read()

    def becomes(self, **wish: Any) -> dict[str, Any]:
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return self._read()

    def ends(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def _read(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            sys.exit("kommo: the simulated account ended by itself")
        return json.loads(line)


class ToLoopback(httpx.AsyncHTTPTransport):
    """The client speaks https with an account's own address; on loopback there is no certificate. So requests are sent
    there instead, and say by their `Host` which account they are for, as ours do."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = httpx.URL(url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host=self.url.host, port=self.url.port)
        return await super().handle_async_request(request)


def client(http: httpx.AsyncClient, auth: Any, host: str) -> AmoCRMClient:
    subdomain, domain = host.split(".", 1)
    # It would repeat what is refused for a while, after a pause.
    retry = RetryPolicy(max_attempts=1)
    return AmoCRMClient(auth=auth, subdomain=subdomain, domain=domain, http=http, retry=retry, rate_limit=None)


async def notes(account: Account, amo: AmoCRMClient) -> None:
    contact = account.becomes(contact="+442079460555")["contacts"][0]["id"]
    found = [card async for card in amo.contacts.iterate(query="2079460555")]
    assert [card.id for card in found] == [contact], found
    assert [card async for card in amo.contacts.iterate(query="4951234567")] == [], "nothing is 204"
    params = {"uniq": "record-1", "duration": 74, "source": "Ringbridge", "phone": "+442079460555"}
    note = {"entity_id": contact, "note_type": "call_in", "params": params}
    [made] = await amo.contacts.notes.create([note])
    [read] = [note async for note in amo.contacts.notes.iterate(entity_id=contact, filter={"note_type": ["call_in"]})]
    assert (read.id, read.params["uniq"]) == (made.id, "record-1"), read
    try:
        await amo.contacts.notes.create([note])
        sys.exit("kommo: a key that is there already was taken")
    except ValidationError as error:
        assert [issue.path for issue in error.errors] == ["params.uniq"], error.errors
    try:
        await amo.contacts.notes.create([{**note, "entity_id": 1}])
        sys.exit("kommo: a note on nothing was taken")
    except ValidationError as error:
        assert "entity_id" in [issue.path for issue in error.errors], error.errors
    changed = {"id": made.id, **note, "params": {**params, "duration": 90}}
    await amo.request("PATCH", "contacts/notes", json=[changed])
    assert account.becomes()["notes"][0]["params"]["duration"] == 90
    users = [user async for user in amo.users.iterate()]
    assert len(users) == 4 and users[0].email == "ann@example.com", users
    assert (await amo.account.get()).subdomain == "example"


async def errors(account: Account, amo: AmoCRMClient) -> None:
    for status, kind in ERRORS.items():
        account.becomes(fail=status)
        try:
            await amo.account.get()
            sys.exit(f"kommo: {status} was no error")
        except kind as error:
            assert error.status_code == status and error.title, error


async def tokens(account: Account, http: httpx.AsyncClient) -> None:
    about = account.about
    auth = OAuth2(about["client_id"], about["client_secret"], about["redirect_uri"])
    amo = client(http, auth, about["account"])
    await auth.exchange_code(amo._endpoint, about["code"])
    await amo.account.get()
    first = await auth.storage.load()
    second = await auth.refresh(amo._endpoint)
    assert first.refresh_token != second.refresh_token, "both change"
    assert account.becomes()["refresh"] == second.refresh_token
    try:
        await client(http, LongLivedToken(first.access_token), about["account"]).account.get()
        sys.exit("kommo: the access token before is still good")
    except AuthError:
        pass
    account.becomes(account="renamed.kommo.com")
    try:
        await auth.refresh(amo._endpoint)
        sys.exit("kommo: an account that moved was found where it was")
    except AccountMovedError as error:
        assert error.domain == "renamed.kommo.com", error.domain
        moved = client(http, auth, error.domain)
    await auth.refresh(moved._endpoint)
    await moved.account.get()
    account.becomes(lost=True)
    try:
        await auth.refresh(moved._endpoint)
        sys.exit("kommo: a lost answer was none")
    except NetworkError:
        pass
    try:
        await auth.refresh(moved._endpoint)
        sys.exit("kommo: a spent refresh token was taken")
    except AuthError:
        pass
    assert account.becomes()["spent_twice"] == 1


async def main(program: str) -> None:
    account = Account(program)
    async with httpx.AsyncClient(transport=ToLoopback(account.about["url"])) as http:
        amo = client(http, LongLivedToken(account.about["token"]), account.about["account"])
        await notes(account, amo)
        await errors(account, amo)
        await tokens(account, http)
    account.ends()
    print("aioamocrm and the simulated account agree on tokens, a moved account, notes and errors")


asyncio.run(main(sys.argv[1]))
