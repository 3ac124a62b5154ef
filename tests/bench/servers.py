"""The servers that are measured, each in a fresh folder and on the first core, and what they use."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("JACKFIELD_BUILD", str(ROOT / "build" / "release"))
sys.path.insert(0, str(ROOT / "tests" / "support"))
import harness  # noqa: E402
import jackfield  # noqa: E402

BIN = harness.BUILD / "bin"
PEER = ROOT / "tests" / "bench" / "peer"
SERVER_CORE, LOAD_CORE = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")


def on_core(core, *command):
    return ["taskset", "-c", core, *map(str, command)]


def take_precedence(pid):
    """Over everything else on its core, for all threads of the process. Needs root."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        os.sched_setscheduler(int(task.name), os.SCHED_FIFO, os.sched_param(1))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS  # utime + stime


def rss_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def disk_syncs_per_second(folder, seconds):
    """How many 4 KB writes with fdatasync the disk takes, one after the other, on an existing file."""
    path = pathlib.Path(folder) / "probe"
    with open(path, "wb") as file:
        file.write(bytes(1 << 20))
        os.fsync(file.fileno())
    fd, count, block = os.open(path, os.O_WRONLY), 0, os.urandom(4096)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        os.pwrite(fd, block, (count % 256) * 4096)
        os.fdatasync(fd)
        count += 1
    os.close(fd)
    path.unlink()
    return count / seconds


class Server:
    """One started server. `commits()` is None where each message has its own or there is no store."""

    def __init__(self, process, port, commits=lambda: None):
        self.process, self.port, self.commits = process, port, commits
        self.pid = process.process.pid

    def cpu(self):
        return cpu_seconds(self.pid)

    def rss(self):
        return rss_mb(self.pid)


@contextlib.contextmanager
def folder_on(disk):
    # Short, for a socket's path has at most 107 bytes.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jfb-", dir=disk))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def simple(command, log):
    process = harness.Process(on_core(SERVER_CORE, *command), log=log)
    try:
        ready = process.wait_ready()
        if ready is None:
            raise SystemExit(f"{command[0]} did not start; see {log}")
        yield Server(process, ready["port"])
    finally:
        process.kill()


@contextlib.contextmanager
def bare(disk):
    with folder_on(disk) as folder, simple([BIN / "bench_bare_http"], folder / "log") as server:
        yield server


@contextlib.contextmanager
def peer(disk, installed):
    with folder_on(disk) as folder:
        command = ["node", installed / "server.js", harness.free_port(), folder / "peer.db",
                   harness.APP_SECRET]
        with simple(command, folder / "log") as server:
            yield server


@contextlib.contextmanager
def broker(disk, livechat=False, subscribers=0):
    """The broker as it ships: log level info, default limits, no failpoints."""
    with folder_on(disk) as folder:
        broker_ = harness.Broker(folder, livechat=livechat, settings={"log": {"level": "info"}})
        broker_.start(wrapper=on_core(SERVER_CORE))
        client = jackfield.Client(broker_.events)
        attached = [Subscriber(broker_.events_pub) for _ in range(subscribers)]
        try:
            server = Server(broker_.process, broker_.port,
                            lambda: client.query("status")["broker"]["commits"])
            server.events, server.subscribers = broker_.events, attached
            yield server
            if not broker_.is_running():
                raise SystemExit("the broker died:\n" + broker_.log_tail())
        finally:
            client.close()
            for subscriber in attached:
                subscriber.stop()
            broker_.kill()


class Subscriber:
    """bench_subscriber, beside the load."""

    def __init__(self, endpoint):
        self.process = subprocess.Popen(
            on_core(LOAD_CORE, BIN / "bench_subscriber", endpoint), stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        self.messages = None

    def stop(self):
        """How many messages it saw."""
        if self.messages is None:
            self.process.send_signal(signal.SIGTERM)
            self.messages = json.loads(self.process.communicate(timeout=30)[0])["messages"]
        return self.messages


def install_peer(log=print):
    """npm ci into the build folder, once per lock file. Returns the folder."""
    target = harness.BUILD / "bench" / "peer"
    stamp = target / "installed"
    wanted = hashlib.sha256((PEER / "package-lock.json").read_bytes()).hexdigest()
    target.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "server.js"):
        shutil.copy(PEER / name, target / name)
    if not stamp.exists() or stamp.read_text() != wanted:
        log("installing the peer (npm ci; builds better-sqlite3, takes minutes) ...")
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=target, check=True)
        stamp.write_text(wanted)
    return target
