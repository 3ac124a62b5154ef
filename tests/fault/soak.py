#!/usr/bin/python3
"""Kills the broker at random moments under load, again and again, and checks the promises at the end.

    tests/fault/soak.py --minutes 60 --seed 7     (not part of the gate; prints the seed it used)
"""

import argparse
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import harness  # noqa: E402
from harness import Broker, Sim, post_webhook, text_message, wait_for, wamid, webhook_body, workplace  # noqa: E402
from kill_points_test import Tally, check_database, check_ledger  # noqa: E402
from watch import Watch  # noqa: E402
import jackfield  # noqa: E402

CONTACTS = 20
POSTERS = 4
SETTLE_SECONDS = 30


class Load:
    """Contacts who write and programs that reply, whatever happens to the broker."""

    def __init__(self, broker, watch):
        self.broker, self.watch = broker, watch
        self.acknowledged, self.promised = [], []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(i,)) for i in range(POSTERS)]
        self.threads.append(threading.Thread(target=self._reply))
        for thread in self.threads:
            thread.start()

    def _write(self, number):
        count = 0
        while not self.stop.is_set():
            one, count = wamid(), count + 1
            sender = f"1212555{(number * 1000 + count) % CONTACTS:04d}"
            body = webhook_body(text_message(one, f"{number}.{count}", sender=sender))
            while not self.stop.is_set():
                if post_webhook(self.broker.port, body) == 200:
                    self.acknowledged.append(one)
                    break
                time.sleep(0.05)

    def _reply(self):
        client, seen = jackfield.Client(self.broker.events), 0
        while not self.stop.is_set():
            events = self.watch.events[seen:seen + 200]
            seen += len(events)
            conversations = {event["data"]["conversation"] for event in events if event["type"] == "jf.message.received"}
            for conversation in conversations:
                try:
                    answer = client.command("message.send", {
                        "conversation": conversation, "parts": [{"kind": "text", "text": "re"}]}, timeout=20)
                    self.promised.append(answer["message"])
                except jackfield.BrokerError as error:
                    if error.code not in ("UNREACHABLE", "BUSY"):
                        raise
            time.sleep(0.05)
        client.close()

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    random.seed(options.seed)
    tally = Tally()
    with workplace("soak") as folder:
        broker = Broker(folder, livechat=False)
        sim = Sim(folder, broker.callback, "--status-delays", "50,100,150")
        broker.write_configuration(sim.port, False, {})
        broker.start()
        watch = Watch(broker.events, broker.events_pub)
        load = Load(broker, watch)
        until = time.monotonic() + options.minutes * 60
        while time.monotonic() < until:
            time.sleep(random.uniform(0.1, 1.5))
            broker.kill()
            tally.kills += 1
            broker.start()
        load.end()
        client = jackfield.Client(broker.events)

        def is_settled():
            return not client.query("outbox", {"limit": 1})["outbox"]

        wait_for(is_settled, SETTLE_SECONDS, "an empty outbox")
        head = client.query("status")["journal_head"]
        wait_for(lambda: len(watch.durable()) >= head, SETTLE_SECONDS, "the last event at the subscriber")
        client.close()
        watch.stop()
        tally.events = len(watch.durable())
        check_ledger(sim, watch, load.promised, tally)
        broker.terminate()
        check_database(broker, load.acknowledged, tally)
        sim.terminate()
    print(f"soak: {tally}")


if __name__ == "__main__":
    main()
