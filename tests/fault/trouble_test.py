"""A full disk, a subscriber that stops reading, a provider that misbehaves, a stop under load."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import harness  # noqa: E402
from harness import Broker, Sim, post_webhook, text_message, wait_for, wamid, webhook_body, workplace  # noqa: E402
from watch import Watch, said  # noqa: E402
import jackfield  # noqa: E402

FLOOD = 4_000
DISK_MEGABYTES = 160  # Room for a sanitizer build of the plugins; the ballast fills the rest.


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A file system of its own in memory; None where mounting is not allowed."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)],
                             capture_output=True).returncode == 0
    try:
        yield disk if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(disk)], check=True)


class Trouble(unittest.TestCase):
    def test_a_full_disk_answers_503_and_recovers_by_itself(self):
        with workplace("full") as folder, small_disk(folder, DISK_MEGABYTES) as disk:
            if disk is None:
                self.skipTest("mounting a small file system needs root")
            broker = Broker(folder, livechat=False, data_dir=disk / "data")
            broker.start()
            ballast = disk / "ballast"
            acknowledged = []

            def post():
                one = wamid()
                status = post_webhook(broker.port, webhook_body(text_message(one, "x" * 3000)))
                if status == 200:
                    acknowledged.append(one)
                return status

            self.assertEqual(post(), 200)
            with contextlib.suppress(OSError), open(ballast, "wb") as file:
                while True:
                    file.write(b"\0" * 65536)
                    file.flush()
            statuses = {post() for _ in range(50)}
            deadline = time.monotonic() + 30
            while 503 not in statuses and time.monotonic() < deadline:
                statuses.add(post())
            self.assertLessEqual(statuses, {200, 503})
            self.assertIn(503, statuses, "the disk never got full")
            self.assertTrue(broker.is_running())
            ballast.unlink()
            wait_for(lambda: post() == 200, 20, "recovery without a restart")
            self.assertEqual(broker.terminate(), 0)
            database = broker.database()
            stored = [row[0] for row in database.execute("SELECT external_id FROM message WHERE direction = 1")]
            self.assertEqual(sorted(stored), sorted(acknowledged), "acknowledged is stored, refused is not")
            database.close()

    def test_a_subscriber_that_stops_reading_loses_nothing_and_slows_nobody(self):
        with workplace("slow") as folder:
            broker = Broker(folder, livechat=False)
            broker.start()
            context = zmq.Context()
            deaf = context.socket(zmq.SUB)
            deaf.setsockopt(zmq.LINGER, 0)
            deaf.setsockopt(zmq.RCVHWM, 10)
            deaf.subscribe(b"")
            deaf.connect(broker.events_pub)
            # A named cursor that reads a little, stops for the whole flood, and comes back.
            sleeper = jackfield.Subscriber(broker.events, cursor="sleeper", start="oldest",
                                           pub_endpoint=broker.events_pub)
            post_webhook(broker.port, webhook_body(text_message(wamid(), "before")))
            seen = []
            while len(seen) < 2:
                event = sleeper.next(5)
                self.assertIsNotNone(event)
                if "sequence" in event:
                    seen.append(int(event["sequence"]))
            watch = Watch(broker.events, broker.events_pub)
            ids = [wamid() for _ in range(FLOOD)]
            refused = []

            def flood(part):
                for one in part:
                    if post_webhook(broker.port, webhook_body(text_message(one, "flood"))) != 200:
                        refused.append(one)

            started = time.monotonic()
            threads = [threading.Thread(target=flood, args=(ids[i::8],)) for i in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            took = time.monotonic() - started
            self.assertEqual(refused, [])
            head = jackfield.Client(broker.events).query("status")["journal_head"]
            wait_for(lambda: len(watch.durable()) >= head, 30, "the healthy subscriber having everything")
            while seen[-1] < head:
                event = sleeper.next(10)
                self.assertIsNotNone(event, f"nothing after {seen[-1]} of {head}")
                if "sequence" in event:
                    seen.append(int(event["sequence"]))
            self.assertEqual(seen, list(range(1, head + 1)))
            print(f"{FLOOD} messages in {took:.1f} s with a deaf subscriber; the sleeper caught up {head} events")
            sleeper.close()
            watch.stop()
            deaf.close()
            self.assertEqual(broker.terminate(), 0)

    def test_each_fault_of_the_provider_has_its_fate(self):
        with workplace("fates") as folder:
            broker = Broker(folder, livechat=False, settings={"outbound": {"attempts_max": 3}})
            sim = Sim(folder, broker.callback, "--status-delays", "20,40,60")
            broker.write_configuration(sim.port, False, {"outbound": {"attempts_max": 3}})
            broker.start()
            watch = Watch(broker.events, broker.events_pub)
            client = jackfield.Client(broker.events)
            rows = [  # fault, the first of these statuses that comes, acceptances in the ledger
                ({"fault": "throttle", "retry_after": "1"}, "read", 1),
                ({"fault": "cut_after_accept"}, "read", 1),  # Unknown until its receipts come.
                ({"fault": "garbage"}, "read", 1),
                ({"fault": "accept_without_id"}, "read", 1),
                ({"fault": "statuses_first"}, "read", 1),
                ({"fault": "reorder_statuses"}, "read", 1),
                ({"fault": "duplicate_statuses", "copies": 3}, "read", 1),
                ({"fault": "fail_later", "code": 131026}, "failed", 1),
                ({"fault": "error", "status": 400, "code": 131009}, "failed", 0),
            ]
            for i, (fault, status, acceptances) in enumerate(rows):
                text = f"row {i}"
                sim.control("inbound", {"from": f"1212555{i:04d}", "name": "R", "type": "text", "text": text})
                conversation = watch.wait_event(said(text))["data"]["conversation"]
                sim.control("faults", {"on": "send", "times": 1, **fault})
                message = client.command("message.send", {
                    "conversation": conversation, "parts": [{"kind": "text", "text": "re " + text}]})["message"]
                watch.wait_status(message, status, 20)
                self.assertEqual(sim.accepted().get(message, 0), acceptances, fault)
            client.close()
            watch.stop()
            broker.terminate()
            sim.terminate()

    def test_what_nobody_answers_stays_unknown_and_a_person_may_send_it_again(self):
        with workplace("unknown") as folder:
            broker = Broker(folder, livechat=False)
            sim = Sim(folder, broker.callback, "--status-delays", "off")
            settings = {"outbound": {"reconcile_window_ms": 500}}
            broker.write_configuration(sim.port, False, settings)
            broker.start()
            watch = Watch(broker.events, broker.events_pub)
            client = jackfield.Client(broker.events)
            sim.control("inbound", {"from": "12125550001", "name": "U", "type": "text", "text": "hello?"})
            conversation = watch.wait_event(said("hello?"))["data"]["conversation"]
            sim.control("faults", {"on": "send", "times": 1, "fault": "cut_after_accept"})
            first = client.command("message.send", {
                "conversation": conversation, "parts": [{"kind": "text", "text": "one"}]})["message"]
            second = client.command("message.send", {
                "conversation": conversation, "parts": [{"kind": "text", "text": "two"}]})["message"]
            watch.wait_status(first, "unknown")
            watch.wait_status(second, "accepted", 20)  # Held back for the window only.
            self.assertEqual(sim.accepted()[first], 1, "an unknown message must never be sent again by itself")
            client.command("message.resend", {"message": first})
            watch.wait_status(first, "accepted")
            self.assertEqual(sim.accepted()[first], 2)
            self.assertTrue(client.query("message", {"id": first})["possible_duplicate"])
            client.close()
            watch.stop()
            broker.terminate()
            sim.terminate()

    def test_a_stop_under_load_finishes_what_it_began(self):
        with workplace("stop") as folder:
            broker = Broker(folder, livechat=False)
            broker.start()
            acknowledged, stopping = [], threading.Event()

            def post():
                while not stopping.is_set():
                    one = wamid()
                    if post_webhook(broker.port, webhook_body(text_message(one, "x"))) == 200:
                        acknowledged.append(one)

            threads = [threading.Thread(target=post) for _ in range(8)]
            for thread in threads:
                thread.start()
            wait_for(lambda: len(acknowledged) > 200, 20, "load")
            started = time.monotonic()
            self.assertEqual(broker.terminate(), 0)
            took = time.monotonic() - started
            stopping.set()
            for thread in threads:
                thread.join()
            self.assertLess(took, 10 * harness.PATIENCE)
            database = broker.database()
            stored = {row[0] for row in database.execute("SELECT external_id FROM message WHERE direction = 1")}
            self.assertEqual(set(acknowledged) - stored, set())
            database.close()

    def test_a_second_broker_on_the_same_data_is_refused(self):
        with workplace("two") as folder:
            broker = Broker(folder, livechat=False)
            broker.start()
            second = subprocess.run([*broker.command(), "--set", f"http.port={harness.free_port()}"],
                                    capture_output=True, timeout=30)
            self.assertNotEqual(second.returncode, 0)
            self.assertIn(str(broker.data), second.stderr.decode())
            broker.terminate()


class Configuration(unittest.TestCase):
    def check(self, folder, broker):
        result = subprocess.run([str(harness.BUILD / "bin" / "jackfield"), "--config", str(broker.conf), "--check-config"],
                                capture_output=True, timeout=30)
        return result.returncode, result.stdout.decode() + result.stderr.decode()

    def test_check_config_names_file_line_and_key(self):
        with workplace("conf") as folder:
            broker = Broker(folder)
            self.assertEqual(self.check(folder, broker)[0], 0, self.check(folder, broker)[1])
            account = broker.conf / "accounts" / "whatsapp-support.json"
            text = account.read_text()
            account.write_text(text.replace('"phone_number_id"', '"phone_numbr_id"'))
            (broker.conf / "10-http.json").write_text('{\n "http": {"prot": 1}\n}')
            code, output = self.check(folder, broker)
            self.assertEqual(code, 78, output)
            self.assertRegex(output, r'10-http\.json:2:\d+: .*prot.*did you mean "port"')
            self.assertRegex(output, r"whatsapp-support\.json:\d+:\d+: .*phone_numbr_id.*phone_number_id")
            self.assertNotIn(harness.APP_SECRET, output)

    def test_secrets_are_never_printed(self):
        with workplace("secret") as folder:
            broker = Broker(folder)
            result = subprocess.run([str(harness.BUILD / "bin" / "jackfield"), "--config", str(broker.conf), "--print-config"],
                                    capture_output=True, timeout=30)
            self.assertEqual(result.returncode, 0, result.stderr)
            for secret in (harness.APP_SECRET, harness.ACCESS_TOKEN, harness.VERIFY_TOKEN):
                self.assertNotIn(secret.encode(), result.stdout)

    def test_a_literal_secret_is_refused(self):
        with workplace("literal") as folder:
            broker = Broker(folder)
            account = broker.conf / "accounts" / "whatsapp-support.json"
            settings = json.loads(account.read_text())
            settings["settings"]["app_secret"] = "in-the-open"
            account.write_text(json.dumps(settings))
            code, output = self.check(folder, broker)
            self.assertEqual(code, 78, output)
            self.assertIn("app_secret", output)
            self.assertNotIn("in-the-open", output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
