"""Hostile input against the whole broker: a clear refusal, nothing stored, nobody else harmed, never a 5xx."""

import json
import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import harness  # noqa: E402
from harness import Broker, http_request, post_webhook, signature, text_message, wamid, webhook_body, workplace  # noqa: E402
from watch import Watch, said  # noqa: E402
import jackfield  # noqa: E402

PATH = "/in/whatsapp/support/webhook"


def raw_request(port, data, timeout=8.0):
    """Sends bytes as they are; returns all that came back until the peer closed or went quiet."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout * harness.PATIENCE) as peer:
        received = b""
        try:
            peer.sendall(data)
            peer.settimeout(1.5 * harness.PATIENCE)
            while chunk := peer.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionError, BrokenPipeError):
            pass
        return received


def statuses(answer):
    return [int(part[9:12]) for part in answer.split(b"\r\n") if part.startswith(b"HTTP/1.1 ")]


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.context = workplace("hostile")
        cls.folder = cls.context.__enter__()
        cls.broker = Broker(cls.folder)
        cls.broker.start()
        cls.watch = Watch(cls.broker.events, cls.broker.events_pub)
        cls.client = jackfield.Client(cls.broker.events)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.watch.stop()
        assert cls.broker.terminate() == 0, cls.broker.log_tail()
        log = cls.broker.log_path.read_text(errors="replace")
        for secret in (harness.APP_SECRET, harness.ACCESS_TOKEN, harness.VERIFY_TOKEN):
            assert secret not in log, "a secret is in the log"
        cls.context.__exit__(None, None, None)

    def head(self):
        return self.client.query("status")["journal_head"]

    def quarantined(self):
        return self.client.query("quarantine", {"limit": 200})["quarantine"]

    def assert_alive(self):
        marker = wamid()
        self.assertEqual(post_webhook(self.broker.port, webhook_body(text_message(marker, marker))), 200)
        self.watch.wait_event(said(marker))

    def test_a_wrong_signature_stores_nothing(self):
        body = json.dumps(webhook_body(text_message(wamid(), "forged"))).encode()
        good = signature(body)
        rows = {
            "none": (None, {401, 403}), "other secret": (signature(body, "other"), {403}),
            "empty": ("", {401, 403}), "short": (good[:-1], {403}), "long": (good + "0", {403}),
            "no prefix": (good[7:], {403}), "sha1": ("sha1=" + good[7:47], {403}),
            "of another body": (signature(body + b" "), {403}), "not hex": ("sha256=" + "z" * 64, {403}),
        }
        before = self.head()
        for name, (value, expected) in rows.items():
            headers = {"Content-Type": "application/json"}
            if value is not None:
                headers["X-Hub-Signature-256"] = value
            status, text = http_request(self.broker.port, "POST", PATH, body, headers)
            self.assertIn(status, expected, name)
            self.assertNotIn(good[7:20], text)
        self.assertEqual(self.head(), before)
        self.assertEqual([row for row in self.quarantined() if "forged" in row["reason"]], [])

    def test_hostile_json_is_kept_and_answered_200(self):
        deep = "[" * 200_000
        bodies = {
            "the 42-byte number": b'{"t":-0.000000000000000000001e-2147483639}',
            "200,000 brackets": deep.encode(), "balanced brackets": (deep + "]" * 200_000).encode(),
            "lone surrogate": b'{"object":"whatsapp_business_account","entry":"\\ud800"}',
            "NUL": b'{"object":"a\\u0000b","entry":[]}', "raw NUL": b'{"object":"a\x00b"}',
            "invalid UTF-8": b'{"object":"\xff\xfe"}', "duplicate keys": b'{"entry":[],"entry":[1]}',
            "1e400": b'{"entry":1e400}', "not JSON": b"<html>", "empty": b"", "half": b'{"entry":[{"changes":',
            "numbers for objects": b'{"object":"whatsapp_business_account","entry":[1,null,"x",[]]}',
            "200,000 keys": ("{" + ",".join(f'"k{i}":1' for i in range(200_000)) + "}").encode(),
            "3 MB string": b'{"object":"' + b"a" * 3_000_000 + b'"}',
        }
        before = len(self.quarantined())
        for name, body in bodies.items():
            status = post_webhook(self.broker.port, body)
            self.assertEqual(status, 200, name)
        self.assertGreater(len(self.quarantined()), before + 5)
        self.assert_alive()

    def test_hostile_values_inside_a_good_envelope(self):
        for name, message in {
            "no id": {"from": "1", "type": "text", "text": {"body": "x"}}, "id is a number": {"id": 7, "type": "text"},
            "text is an array": {"id": wamid(), "from": "12125550101", "type": "text", "text": [1]},
            "type is null": {"id": wamid(), "from": "12125550101", "type": None},
            "NUL in the text": text_message(wamid(), "a\x00b"), "lone surrogate": text_message(wamid(), "a\ud800b"),
            "a huge text": text_message(wamid(), "x" * 200_000), "a huge id": text_message("w" * 5_000, "x"),
            "timestamp is text": {**text_message(wamid(), "t"), "timestamp": "soon"},
            "hostile file name": {"id": wamid(), "from": "12125550101", "type": "document", "document": {
                "id": "1", "mime_type": "text/html", "filename": "../../etc/passwd\u202egpj.exe\u0000"}},
        }.items():
            status = post_webhook(self.broker.port, json.dumps(webhook_body(message)).encode())
            self.assertEqual(status, 200, name)
        self.assert_alive()

    def test_one_broken_element_loses_no_neighbour(self):
        first, last = wamid(), wamid()
        before = len(self.quarantined())
        status = post_webhook(self.broker.port, webhook_body(
            text_message(first, first), {"id": ["broken"], "type": {}}, text_message(last, last)))
        self.assertEqual(status, 200)
        self.watch.wait_event(said(first))
        self.watch.wait_event(said(last))
        rows = self.quarantined()
        self.assertEqual(len(rows), before + 1)
        self.client.command("quarantine.replay", {"id": rows[-1]["id"]})
        harness.wait_for(lambda: self.quarantined()[-1]["attempts"] == 1, what="the replay")
        self.assertEqual(self.quarantined()[-1]["state"], "held", "it is still broken")

    def test_twenty_parallel_copies_are_one_message(self):
        one = wamid()
        body = json.dumps(webhook_body(text_message(one, one))).encode()
        answers = []
        barrier = threading.Barrier(20)

        def post():
            barrier.wait()
            answers.append(post_webhook(self.broker.port, body))

        threads = [threading.Thread(target=post) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200] * 20)
        self.watch.wait_event(said(one))
        self.assertEqual(post_webhook(self.broker.port, body), 200)
        received = [event for _, event in self.watch.durable() if event["data"].get("external_id") == one]
        self.assertEqual(len(received), 1)

    def test_ten_first_messages_of_one_contact_are_one_conversation(self):
        ids = [wamid() for _ in range(10)]
        threads = [threading.Thread(target=post_webhook, args=(
            self.broker.port, webhook_body(text_message(one, one, sender="12125550909")))) for one in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events = [self.watch.wait_event(said(one)) for one in ids]
        self.assertEqual(len({event["data"]["conversation"] for event in events}), 1)

    def test_smuggling_is_refused_and_never_two_requests(self):
        head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\n"
        inner = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        corpus = {
            "CL and TE": head + f"Content-Length: {len(inner) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
            "two CL": head + f"Content-Length: 0\r\nContent-Length: {len(inner)}\r\n\r\n" + inner,
            "CL list": head + f"Content-Length: 0, {len(inner)}\r\n\r\n" + inner,
            "CL with plus": head + "Content-Length: +5\r\n\r\nhello" + inner,
            "TE identity": head + "Transfer-Encoding: identity\r\n\r\n" + inner,
            "TE xchunked": head + "Transfer-Encoding: xchunked\r\n\r\n" + inner,
            "TE list": head + "Transfer-Encoding: chunked, identity\r\n\r\n" + inner,
            "two TE": head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner,
            "TE with tab": head + "Transfer-Encoding:\tchunked \x0b\r\n\r\n0\r\n\r\n" + inner,
            "TE on 1.0": head.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
            "obs-fold": head + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + inner,
            "space before colon": head + "Content-Length : 0\r\n\r\n" + inner,
            "bare LF": head.replace("\r\n", "\n") + "Content-Length: 0\n\n" + inner,
            "bare CR": head + "X: a\rb\r\nContent-Length: 0\r\n\r\n" + inner,
            "two Host": head + "Host: b\r\nContent-Length: 0\r\n\r\n" + inner,
            "no Host": f"POST {PATH} HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + inner,
            "NUL in a field": head + "X: a\0b\r\nContent-Length: 0\r\n\r\n" + inner,
            "trailer": head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n" + inner,
            "negative chunk": head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + inner,
            "huge chunk": head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n" + inner,
        }
        for name, data in corpus.items():
            got = statuses(raw_request(self.broker.port, data.encode("latin-1")))
            self.assertTrue(got and got[0] == 400, f"{name}: {got}")
            self.assertEqual(len(got), 1, f"{name} was read as {len(got)} requests")
        self.assert_alive()

    def test_the_70_kilobyte_trailer_and_its_family(self):
        head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for name, tail in {
            "70 KB trailer": "0\r\nX: " + "a" * 70_000 + "\r\n\r\n",
            "20,000 trailers": "0\r\n" + "".join(f"X{i}: 1\r\n" for i in range(20_000)) + "\r\n",
            "4 MB chunk extension": "1;" + "a" * 4_000_000 + "\r\nx\r\n0\r\n\r\n",
        }.items():
            got = statuses(raw_request(self.broker.port, (head + tail).encode()))
            self.assertIn(got[:1], ([400], []), name)  # [] when the close overtook the answer.
            self.assert_alive()

    def test_sizes_are_bounded(self):
        port = self.broker.port
        self.assertEqual(statuses(raw_request(port, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"))[:1][0] // 100, 4)
        many = b"".join(b"X%d: 1\r\n" % i for i in range(5_000))
        self.assertEqual(statuses(raw_request(port, b"GET /livez HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n"))[:1][0] // 100, 4)
        status, _ = http_request(port, "POST", PATH, b"x" * (5 * 1024 * 1024))
        self.assertIn(status, (0, 413))
        self.assert_alive()

    def test_paths_stay_inside(self):
        for path in ("/in/../livez", "/in/%2e%2e/livez", "/in/whatsapp/support/%2e%2e/%2e%2e", "/in/whatsapp%00/x",
                     "/in\\whatsapp\\support", "//in/whatsapp/support/webhook", "/in/whatsapp/support%2fwebhook"):
            self.assertIn(http_request(self.broker.port, "GET", path)[0], (400, 404), path)

    def test_the_handshake_gives_nothing_away(self):
        base = PATH + "?hub.mode=subscribe"
        good = f"&hub.verify_token={harness.VERIFY_TOKEN}"
        rows = {good + "&hub.challenge=12345": (200, "12345"), "&hub.verify_token=wrong&hub.challenge=1": (403, None),
                "&hub.challenge=1": (403, None), good + "&hub.challenge=%3Cscript%3E": (403, None),
                good + "&hub.challenge=" + "1" * 500: (403, None)}
        for query, (expected, text) in rows.items():
            status, body = http_request(self.broker.port, "GET", base + query)
            self.assertTrue(status == expected or (expected == 403 and status == 400), f"{query}: {status}")
            if text is not None:
                self.assertEqual(body, text)
            self.assertNotIn("<script>", body)


if __name__ == "__main__":
    unittest.main(verbosity=2)
