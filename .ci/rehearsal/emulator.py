"""MiniStack in the place of AWS, the local runner's simulated PBX and CRM inbox, and what talks to them."""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


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


class World:
    """Everything that runs, each on a port of 127.0.0.1; it ends with the block that it was entered by."""

    def __init__(self, runner, scratch):
        self.runner, self.scratch = runner, pathlib.Path(scratch)
        self.gateway, self.entry, self.local = free_ports(1), free_ports(1), free_ports(3)
        self.aws = f"http://127.0.0.1:{self.gateway}"
        self.public, self.pbx, self.crm = (f"http://127.0.0.1:{port}" for port in (self.entry, self.local + 1, self.local + 2))
        self.running = contextlib.ExitStack()

    def __enter__(self):
        ministack = str(pathlib.Path(sys.executable).parent / "ministack")
        # Its other listeners, of services that nobody uses here, would open ports of their own.
        settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.gateway), "AWS_ENDPOINT_URL": self.aws}
        settings |= {"AUTH": "true", "MINISTACK_REGION": REGION, "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
        self.start([ministack], KEYS | settings, "ministack.log")
        self.start([self.runner, "--port", str(self.local), "--data", f"{self.scratch}/data"], {}, "local.log")
        for port in (self.gateway, self.local, self.local + 1, self.local + 2):
            until(f"port {port}", lambda: open_port(port))
        return self

    def __exit__(self, failure, *_):
        if failure:
            for log in ("local.log", "ministack.log"):
                print(f"-- {log}", *(self.scratch / log).read_text().splitlines()[-60:], sep="\n")
        self.running.close()

    def start(self, command, environment, log):
        output = self.running.enter_context(open(self.scratch / log, "w"))
        child = subprocess.Popen(command, env=os.environ | environment, stdout=output, stderr=output, cwd=self.scratch)
        self.running.callback(child.wait)
        self.running.callback(child.terminate)

    def secret(self):
        """What the inbox checks signatures with."""
        return (self.scratch / "data/inbox.secret").read_text().strip()

    def boto(self, service):
        import boto3

        return boto3.client(service, region_name=REGION, endpoint_url=self.aws, aws_access_key_id="test", aws_secret_access_key="test")

    def relay(self, api):
        """The name of an API leads to the emulator here, since nothing resolves it."""
        gateway, host = self.gateway, f"{api}.execute-api.localhost:{self.gateway}"

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

        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.entry), Relay)
        threading.Thread(target=server.serve_forever, daemon=True).start()
