"""The commands of infra/README.md, run as they stand there, in one shell as an operator would."""

import os
import pathlib
import re
import subprocess
import sys
import textwrap

from emulator import KEYS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DONE = "-- done --"
# Nobody is here to confirm, arm64 can't be built without its standard library, and the emulator knows no saved queries.
SAM = """#!/bin/sh
case $1 in
  build) set -- "$@" --parameter-overrides Architecture=x86_64 ;;
  deploy) set -- "$@" Architecture=x86_64 Watching=basic; shift; set -- deploy --no-confirm-changeset --no-fail-on-empty-changeset "$@" ;;
  delete) set -- "$@" --no-prompts ;;
esac
exec "{sam}" "$@" </dev/null
"""


def commands(heading, notes="README.md"):
    """The fenced blocks below a heading."""
    text = (ROOT / "infra" / notes).read_text()
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [textwrap.dedent(block.rstrip(" ")) for block in section.split("```")[1::2]]


def procedures():
    """The runbook's alarms, each with its fenced blocks."""
    text = (ROOT / "infra/runbook.md").read_text()
    headings = re.findall(r"^## (\d+\. \w+Alarm)$", text, re.MULTILINE)
    return [(heading, commands(heading, "runbook.md")) for heading in headings]


class Terminal:
    """A shell in infra/ that has sam, aws and cargo lambda, and stops at the first command that fails."""

    def __init__(self, world, tools):
        bin = world.scratch / "bin"
        bin.mkdir()
        (bin / "sam").write_text(SAM.replace("{sam}", f"{tools}/sam/bin/sam"))
        (bin / "sam").chmod(0o755)
        # The CLI's first version asks SQS at an address of its own, whatever the variable says.
        (bin / "aws").write_text(f'#!/bin/sh\nexec "{tools}/aws/bin/aws" --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n')
        (bin / "aws").chmod(0o755)
        path = f"{bin}:{tools}/emulator/bin:{tools}/aws/bin:{os.environ['PATH']}"
        environment = os.environ | KEYS | {"PATH": path, "AWS_ENDPOINT_URL": world.aws, "AWS_PAGER": ""}
        self.shell = subprocess.Popen(
            ["bash", "-euo", "pipefail"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def run(self, block, may_fail=False):
        """What a block printed; with `may_fail`, `None` if it failed."""
        print("$", block.strip().replace("\n", "\n$ "), flush=True)
        block = f"if {block}\nthen echo; else echo FAILED; fi" if may_fail else block
        self.shell.stdin.write(f"{block}\necho\necho '{DONE}'\n")
        self.shell.stdin.flush()
        lines = []
        for line in self.shell.stdout:
            if line.rstrip("\n") == DONE:
                printed = "".join(lines)
                return None if may_fail and "FAILED\n" in printed[-20:] else printed
            lines.append(line)
        sys.exit(f"it failed:\n{''.join(lines)}")
