"""Verifies one captured webhook with the independent package `standardwebhooks` (pip install standardwebhooks).

Reads {"secret", "headers", "body"} as JSON from standard input. Exit code 0: accepted, 1: refused.
"""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def main() -> int:
    request = json.load(sys.stdin)
    try:
        Webhook(request["secret"]).verify(request["body"], request["headers"])
    except WebhookVerificationError as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 1
    return 0


# Exceptions of any other kind mean a mistake in the test; they must not look like a refusal.
if __name__ == "__main__":
    try:
        code = main()
    except Exception as mistake:  # noqa: BLE001
        print(f"mistake: {mistake!r}", file=sys.stderr)
        code = 2
    sys.exit(code)
