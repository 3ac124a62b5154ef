"""Kills the broker at each named point of both roads and at every kind of write the kernel sees, restarts it, and checks
the promises: what was acknowledged is there once, nothing is there twice, and the provider accepted each message at most
once unless it is flagged.

    kill_points_test.py points            the named failpoints
    kill_points_test.py syscalls          strace -e inject at each write-type system call of the writer
"""

import collections
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import harness  # noqa: E402
from harness import Broker, Sim, post_webhook, text_message, wait_for, wamid, webhook_body, workplace  # noqa: E402
from watch import Watch, said  # noqa: E402
import jackfield  # noqa: E402

INBOUND_POINTS = [
    "intake.before_write", "intake.in_transaction", "store.before_commit", "store.after_commit",
    "intake.before_answer", "store.before_listener"]
OUTBOUND_POINTS = [
    "send.in_transaction", "send.promised", "sender.before_claim", "sender.claimed", "sender.answered",
    "sender.recorded"]
MEDIA_POINTS = ["media.before_rename", "media.after_rename", "media.before_commit"]
SYSCALLS = ["pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink"]
SYSCALL_POINTS_MAX = 60
# Not every point must be reached by every run, but most must: a sweep that kills nothing proves nothing.
KILLS_MIN = 12


class Tally:
    def __init__(self):
        self.kills = self.acknowledged = self.events = self.commands = self.accepted = self.unknown = 0

    def __str__(self):
        return (f"{self.kills} kills, {self.acknowledged} acknowledged webhooks, {self.commands} promised replies, "
                f"{self.accepted} accepted by the provider, {self.unknown} left unknown, {self.events} events")


def post_until_acknowledged(broker, message_id, text, attempts=200):
    """As the provider does: again and again until 200. True when this took more than one attempt."""
    for attempt in range(attempts):
        if post_webhook(broker.port, webhook_body(text_message(message_id, text))) == 200:
            return attempt > 0
        if not broker.is_running():
            broker.start()
        time.sleep(0.02)
    raise AssertionError("never acknowledged")


def check_database(broker, wamids, tally):
    """The stopped broker's own rows: each acknowledged message once; sequences without gaps."""
    database = broker.database()
    stored = collections.Counter(row[0] for row in database.execute(
        "SELECT external_id FROM message WHERE direction = 1 AND external_id <> ''"))
    for one in wamids:
        assert stored[one] == 1, f"{one} is stored {stored[one]} times"
    tally.acknowledged += len(wamids)
    sequences = [row[0] for row in database.execute("SELECT sequence FROM event ORDER BY sequence")]
    assert sequences == list(range(1, len(sequences) + 1)), "the journal has gaps"
    assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    database.close()


def check_ledger(sim, watch, messages, tally):
    """At most one acceptance per promised message, exactly one when its fate is accepted."""
    accepted = sim.accepted()
    for message in messages:
        statuses = [event["data"]["status"] for _, event in watch.durable()
                    if event["type"] == "jf.message.status" and event["data"]["id"] == message]
        count = accepted.get(message, 0)
        assert count <= 1, f"{message} reached the provider {count} times"
        if {"accepted", "sent", "delivered", "read"} & set(statuses):
            assert count == 1, f"{message} counts as {statuses} but never reached the provider"
            tally.accepted += 1
        else:
            assert "unknown" in statuses, f"{message} has no fate: {statuses}"
            tally.unknown += 1
    tally.commands += len(messages)


def converse(broker, sim, watch, label):
    """One message in, one reply out, over whatever deaths were arranged."""
    message_id = wamid()
    post_until_acknowledged(broker, message_id, label)
    if not broker.is_running():
        broker.start()
    event = watch.wait_event(said(label), 20, f"the event of {label}")
    client = jackfield.Client(broker.events)
    key = "reply-" + label
    args = {"conversation": event["data"]["conversation"], "parts": [{"kind": "text", "text": "re " + label}]}
    reply = None
    deadline = time.monotonic() + 30 * harness.PATIENCE
    while reply is None:
        if not broker.is_running():
            broker.start()
        try:
            reply = client.command("message.send", args, key=key, timeout=3)
        except jackfield.BrokerError as error:
            assert error.code == "UNREACHABLE" and time.monotonic() < deadline, error
    client.close()
    # Give the point on the sending road its chance, then make sure that a broker runs.
    ends = ("accepted", "sent", "delivered", "read", "unknown", "failed")

    def has_fate():
        if not broker.is_running():
            broker.start()
        return any(event["type"] == "jf.message.status" and event["data"]["id"] == reply["message"]
                   and event["data"]["status"] in ends for event in list(watch.events))

    wait_for(has_fate, 20, f"the fate of {label}")
    return message_id, reply["message"]


def sweep_points(tally):
    points = [*INBOUND_POINTS, *OUTBOUND_POINTS]
    with workplace("kill") as folder:
        broker = Broker(folder, livechat=False)
        sim = Sim(folder, broker.callback, "--status-delays", "off", "--webhook-attempts", "1")
        broker.write_configuration(sim.port, False, {})
        broker.start()
        watch = Watch(broker.events, broker.events_pub)
        wamids, messages = [], []
        for point in points:
            for nth in (1, 2):
                def prepare(point=point, nth=nth):
                    broker.terminate() if broker.is_running() else None
                    broker.start(failpoint=f"{point}=kill@{nth}", must_be_ready=False)
                    if not broker.is_running():
                        tally.kills += 1
                        broker.start()

                starts_before = tally.kills
                prepare()
                killed = broker_deaths(broker)
                for turn in range(nth):  # The second pass of a point may need a second message.
                    one, reply = converse(broker, sim, watch, f"{point}.{nth}.{turn}")
                    wamids.append(one)
                    messages.append(reply)
                tally.kills += max(0, broker_deaths(broker) - killed)
                print(f"  {point}@{nth}: {'killed' if tally.kills > starts_before else 'not reached'}")
        wait_for(lambda: len(watch.durable()) > 0, 5)
        finish(broker, sim, watch, wamids, messages, tally)


def sweep_media(tally):
    """An attachment's file, its row and its job agree after a death between any two of them."""
    with workplace("killm") as folder:
        broker = Broker(folder, livechat=False)
        sim = Sim(folder, broker.callback, "--status-delays", "off")
        broker.write_configuration(sim.port, False, {})
        for point in MEDIA_POINTS:
            broker.start(failpoint=f"{point}=kill@1")
            watch = Watch(broker.events, broker.events_pub)
            sim.control("inbound", {"from": "12125550123", "name": "M", "type": "image", "caption": point})
            broker.wait_dead()
            tally.kills += 1
            broker.start()
            stored = watch.wait_event(
                lambda kind, data, p=point: kind == "jf.attachment.stored" and data["parts"][0].get("text") == p,
                20, f"the attachment after {point}")
            media_id = stored["data"]["parts"][0]["media_id"]
            assert (broker.data / "media" / media_id[:2] / media_id[2:4] / media_id).exists()
            watch.stop()
            broker.terminate()
            print(f"  {point}: killed, fetched again")
        sim.terminate()


def broker_deaths(broker):
    """How often the broker was started without having been stopped by us: counted from its own log."""
    text = broker.log_path.read_text(errors="replace") if broker.log_path.exists() else ""
    return text.count("broker.ready") - text.count("broker.stopped") - (1 if broker.is_running() else 0)


def finish(broker, sim, watch, wamids, messages, tally):
    if not broker.is_running():
        broker.start()
    # The journal's end reaches the subscriber.
    head = jackfield.Client(broker.events).query("status")["journal_head"]
    wait_for(lambda: len(watch.durable()) >= head, 20, "the last event at the subscriber")
    watch.stop()
    tally.events += len(watch.durable())
    check_ledger(sim, watch, messages, tally)
    broker.terminate()
    check_database(broker, wamids, tally)
    sim.terminate()


def sweep_syscalls(tally):
    if shutil.which("strace") is None:
        raise SystemExit("strace is missing: tools/install-deps installs it")
    with workplace("sysc") as folder:
        broker = Broker(folder, livechat=False)
        sim = Sim(folder, broker.callback, "--status-delays", "off", "--webhook-attempts", "1")
        broker.write_configuration(sim.port, False, {})
        broker.start()
        watch = Watch(broker.events, broker.events_pub)
        wamids, messages = [], []
        for syscall in SYSCALLS:
            nth, step = 1, 1
            while nth <= SYSCALL_POINTS_MAX:
                if broker.is_running():
                    broker.terminate()
                wrapper = ["strace", "-f", "-qq", "-o", "/dev/null",
                           "-e", f"trace={syscall}", "-e", f"inject={syscall}:signal=KILL:when={nth}"]
                broker.start(wrapper=wrapper, must_be_ready=False)
                label = f"{syscall}.{nth}"
                before = tally.kills
                if not broker.is_running():
                    tally.kills += 1
                    broker.start()
                deaths = broker_deaths(broker)
                one, reply = converse(broker, sim, watch, label)
                tally.kills += max(0, broker_deaths(broker) - deaths)
                wamids.append(one)
                messages.append(reply)
                if tally.kills == before:
                    break  # One whole conversation needs fewer calls of this kind.
                step = 1 if nth < 12 else 4
                nth += step
            print(f"  {syscall}: {nth} points")
        finish(broker, sim, watch, wamids, messages, tally)


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else "points"
    tally = Tally()
    if what == "points":
        sweep_points(tally)
        sweep_media(tally)
    else:
        sweep_syscalls(tally)
    print(f"{what}: {tally}")
    assert tally.kills >= KILLS_MIN, f"only {tally.kills} kills: the sweep proves nothing"


if __name__ == "__main__":
    main()
