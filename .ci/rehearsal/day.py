"""A customer's day: he connects, maps his people, and calls come; everything that is logged must be at his CRM."""

from urllib.parse import quote

from emulator import expect, request, until

# Of the simulated PBX; tests/support/pbx/tenant.rs.
APP = {"app_id": "5d2c1f0a9b8e47d6a3c4b5e6f7089a1b", "app_secret": "c0ffee00112233445566778899aabbcc"}
USERS = [("mary", 731205), ("john", 731206), ("ann", 731207)]
# A schedule of a minute, the hold of missed calls, and a machine that is busy otherwise.
PATIENCE = 150
# Looks without a change after which nothing is expected any more: several seconds.
STILL = 20


class Customer:
    """With the simulator's PBX and the inbox for a CRM."""

    def __init__(self, world):
        self.world = world
        assert request("GET", f"{world.public}/healthz")[0] == 200
        body = {"name": "Example Ltd", "pbx": {"host": world.pbx} | APP, "crm": self.crm()}
        self.key = expect([201], "POST", f"{world.public}/api/v1/connections", body)["admin_key"]
        users = [{"crm_user": user, "extension_ids": [extension]} for user, extension in USERS]
        self.ask([200, 202], "PUT", "mapping", {"users": users})

        def provisioned():
            progress = self.ask([200], "GET", "provisioning")["progress"]
            return progress if progress["done"] == progress["total"] else None

        print("provisioned:", until("provisioning", provisioned, PATIENCE))

    def ask(self, wanted, method, path, body=None):
        return expect(wanted, method, f"{self.world.public}/api/v1/{path}", body, self.key)

    def crm(self):
        return {"kind": "webhook", "url": f"{self.world.crm}/hook", "secret": self.world.secret()}

    def enter_credentials_again(self):
        self.ask([200], "PATCH", "connection", {"pbx": {"host": self.world.pbx} | APP, "crm": self.crm()})

    def play(self, scenario):
        expect([200], "POST", f"{self.world.pbx}/simulator/play/{scenario}")

    def play_all(self):
        scenarios = expect([200], "GET", f"{self.world.pbx}/simulator/scenarios")
        for scenario in scenarios:
            self.play(scenario["name"])
        print(f"played {len(scenarios)} calls")

    def logged(self):
        """What is logged and stands; what was withdrawn is listed too, and is not to be at the CRM."""
        calls, page = [], {"cursor": ""}
        while page["cursor"] is not None:
            page = self.ask([200], "GET", f"calls?cursor={quote(page['cursor'])}" if page["cursor"] else "calls")
            calls += page["items"]
        return [one for one in calls if one["type"] != "call.withdrawn"]

    def records(self):
        """What stands in the inbox."""
        received = expect([200], "GET", f"{self.world.crm}/records")["items"]
        return sorted(one["record_id"] for one in received if one["type"] in ("call.ended", "call.missed"))

    def all_delivered(self):
        """Waits until nothing changes any more: every record that is logged is at the inbox, once."""
        seen = []

        def settled():
            calls = self.logged()
            received = self.records()
            delivered = all(one["delivery"]["state"] == "delivered" for one in calls)
            missed = any(one["type"] == "call.missed" for one in calls)
            # Missed ones are decided by the retry job, which the queue and the schedule wake: after its run nothing changes.
            seen.append(received)
            still = len(seen) > STILL and all(one == received for one in seen[-STILL:])
            same = received == sorted(one["record_id"] for one in calls)
            return calls if delivered and missed and same and still else None

        calls = until("records", settled, PATIENCE)
        kinds = {}
        for one in calls:
            kinds[one["outcome"]] = kinds.get(one["outcome"], 0) + 1
        print(f"{len(calls)} records delivered, all of them at the inbox:", kinds)

    def one_more(self, scenario, what):
        """One more call, and its record at the inbox."""
        before = len(self.records())
        self.play(scenario)
        until(what, lambda: len(self.records()) == before + 1, PATIENCE)
        print(f"{what}: a call's record was delivered")
