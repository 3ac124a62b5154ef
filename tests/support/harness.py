"""Runs the real broker and the real simulator for tests, in a folder of their own and on loopback only.

Every wait has a deadline; every process that was started is ended by its pid.
"""

import atexit
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("JACKFIELD_BUILD", ROOT / "build" / "dev"))
sys.path.insert(0, str(ROOT / "tools" / "subscriber" / "python"))

APP_SECRET = "test-app-secret"
ACCESS_TOKEN = "test-access-token"
VERIFY_TOKEN = "test-verify-token"
PHONE_NUMBER_ID = "106540352242922"
# A sanitizer build is slower; its deadlines are longer.
PATIENCE = float(os.environ.get("JACKFIELD_PATIENCE", "1"))


def wait_for(condition, seconds=10.0, what="the condition"):
    """Polls until `condition()` is truthy and returns it."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds * PATIENCE:.0f} s")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A child whose first line on stdout says that it is ready."""

    def __init__(self, command, env=None, log=None):
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, env=env, start_new_session=True)
        self.ready = None
        atexit.register(self.kill)  # Also when the test failed before it could.

    def wait_ready(self, seconds=20.0):
        """The JSON of the ready line; None when the process ended before it."""
        result = {}

        def read():
            for line in self.process.stdout:
                with contextlib.suppress(ValueError):
                    result["ready"] = json.loads(line)
                    break
            else:
                result["ready"] = None
            # Keep the pipe empty, so that the process never waits for us.
            for _ in self.process.stdout:
                pass

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        wait_for(lambda: "ready" in result, seconds, f"{self.process.args[0]} being ready")
        self.ready = result["ready"]
        return self.ready

    def is_running(self):
        return self.process.poll() is None

    def kill(self):
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait(30)

    def terminate(self, seconds=20.0):
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGTERM)  # Also past a tracer in between.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(seconds * PATIENCE)
        self.kill()
        raise AssertionError("the process did not stop on SIGTERM")


class Sim(Process):
    """jackfield-sim: plays the provider and keeps the ledger of what it accepted."""

    def __init__(self, folder, callback, *options):
        super().__init__(
            [str(BUILD / "bin" / "jackfield-sim"), "--callback", callback, "--app-secret", APP_SECRET,
             "--access-token", ACCESS_TOKEN, "--verify-token", VERIFY_TOKEN,
             "--phone-number-id", PHONE_NUMBER_ID, *options],
            log=folder / "sim.log")
        self.port = self.wait_ready()["port"]

    def control(self, action, body=None, method="POST"):
        status, text = http_request(self.port, method, f"/control/{action}",
                                    json.dumps(body or {}).encode(), {"Content-Type": "application/json"})
        assert status == 200, f"control {action}: {status} {text}"
        return json.loads(text) if text.strip() else {}

    def ledger(self):
        status, text = http_request(self.port, "GET", "/control/ledger?after=0")
        assert status == 200
        return [json.loads(line) for line in text.splitlines() if line.strip()]

    def accepted(self):
        """Correlator -> how often a message with it was accepted."""
        counts = {}
        for entry in self.ledger():
            correlator = entry.get("correlator") or ""
            if entry.get("op") == "send" and entry.get("verdict") == "accepted" and correlator:
                counts[correlator] = counts.get(correlator, 0) + 1
        return counts


class Broker:
    """One installation: its configuration, its data and the process that serves it."""

    def __init__(self, folder, sim_port=1, livechat=True, settings=None, data_dir=None):
        self.folder = pathlib.Path(folder)
        self.data = pathlib.Path(data_dir) if data_dir else self.folder / "data"
        self.conf = self.folder / "conf.d"
        self.port = free_port()
        self.process = None
        self.write_configuration(sim_port, livechat, settings or {})

    def write_configuration(self, sim_port, livechat, settings):
        (self.conf / "accounts").mkdir(parents=True, exist_ok=True)
        for name, value in (("app_secret", APP_SECRET), ("access_token", ACCESS_TOKEN),
                            ("verify_token", VERIFY_TOKEN)):
            path = self.folder / name
            path.write_text(value)
            path.chmod(0o600)
        core = {
            "data_dir": str(self.data),
            "http": {"port": self.port},
            "log": {"level": "debug", "format": "text"},
            "plugins": {"directories": [str(BUILD / "lib" / "jackfield" / "plugins")]},
            "outbound": {"allow_private_addresses": True, "send_timeout_ms": 3000,
                         "reconcile_window_ms": 4000},
        }
        for section, values in settings.items():
            core.setdefault(section, {}).update(values)
        (self.conf / "00-core.json").write_text(json.dumps(core, indent=1))
        secret = lambda name: {"$file": str(self.folder / name)}
        (self.conf / "accounts" / "whatsapp-support.json").write_text(json.dumps({
            "account": "whatsapp:support", "queue": "support",
            "settings": {
                "phone_number_id": PHONE_NUMBER_ID, "app_secret": secret("app_secret"),
                "access_token": secret("access_token"), "verify_token": secret("verify_token"),
                "api_base": f"http://127.0.0.1:{sim_port}", "media_hosts": ["127.0.0.1"]}}, indent=1))
        if livechat:
            (self.conf / "accounts" / "livechat-site.json").write_text(json.dumps({
                "account": "livechat:site", "queue": "site",
                "settings": {"origins": ["http://shop.example"], "messages_per_minute": 6000,
                             "messages_burst": 1000, "new_visitors_per_minute": 60000}}, indent=1))

    @property
    def callback(self):
        return f"http://127.0.0.1:{self.port}/in/whatsapp/support/webhook"

    @property
    def log_path(self):
        return self.folder / "broker.log"

    def command(self):
        return [str(BUILD / "bin" / "jackfield"), "serve", "--config", str(self.conf)]

    def start(self, failpoint=None, wrapper=(), must_be_ready=True):
        env = dict(os.environ)
        env.pop("JACKFIELD_FAILPOINT", None)
        if failpoint:
            env["JACKFIELD_FAILPOINT"] = failpoint
        self.process = Process([*wrapper, *self.command()], env=env, log=self.log_path)
        ready = self.process.wait_ready(30)
        if must_be_ready and ready is None:
            raise AssertionError("the broker did not start:\n" + self.log_tail())
        return ready

    def log_tail(self, lines=30):
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def kill(self):
        return self.process.kill()

    def terminate(self):
        return self.process.terminate()

    def is_running(self):
        return self.process is not None and self.process.is_running()

    def wait_dead(self, seconds=15.0):
        wait_for(lambda: not self.is_running(), seconds, "the broker's death")
        return self.process.process.returncode

    @property
    def events(self):
        return f"ipc://{self.data}/run/events.sock"

    @property
    def events_pub(self):
        return f"ipc://{self.data}/run/events-pub.sock"

    def database(self):
        """A read-only look at the stopped broker's database."""
        path = self.data / "jackfield.db"
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def http_request(port, method, path, body=None, headers=None, timeout=15.0):
    """Status and text of one request over a connection of its own; status 0 when there was no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout * PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def signature(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post_webhook(port, body, secret=APP_SECRET, headers=None):
    """Posts bytes as Meta does, signed over exactly these bytes."""
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    all_headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(body, secret)}
    all_headers.update(headers or {})
    return http_request(port, "POST", "/in/whatsapp/support/webhook", body, all_headers)[0]


def wamid():
    return "wamid." + uuid.uuid4().hex


def text_message(message_id, text, sender="12125550122"):
    return {"from": sender, "id": message_id, "timestamp": str(int(time.time())), "type": "text",
            "text": {"body": text}}


def webhook_body(*messages, statuses=None, phone_number_id=PHONE_NUMBER_ID):
    value = {"messaging_product": "whatsapp",
             "metadata": {"display_phone_number": "12125550111", "phone_number_id": phone_number_id}}
    if messages:
        value["contacts"] = [{"profile": {"name": "Ann"}, "wa_id": messages[0].get("from", "")}]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = statuses
    return {"object": "whatsapp_business_account",
            "entry": [{"id": "WABA", "changes": [{"field": "messages", "value": value}]}]}


@contextlib.contextmanager
def workplace(name):
    """A folder that is kept when the test fails, with a broker.log worth reading."""
    # ipc paths are short: a socket's path has at most 107 bytes.
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"jf-{name}-", dir="/tmp"))
    try:
        yield folder
    except BaseException:
        log = folder / "broker.log"
        if log.exists():
            print(f"--- end of {log}", file=sys.stderr)
            print("\n".join(log.read_text(errors="replace").splitlines()[-25:]), file=sys.stderr)
        print(f"--- kept: {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder, ignore_errors=True)
