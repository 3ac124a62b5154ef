"""The main job: a message comes in over a plugin, is durable, is published, is answered, and both ends see it."""

import base64
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import harness  # noqa: E402
from harness import Broker, Sim, post_webhook, text_message, wait_for, wamid, webhook_body, workplace  # noqa: E402
from visitor import Visitor  # noqa: E402
from watch import Watch, said  # noqa: E402
import jackfield  # noqa: E402  (the subscriber library)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082")


class Roads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.context = workplace("roads")
        cls.folder = cls.context.__enter__()
        cls.broker = Broker(cls.folder)
        cls.sim = Sim(cls.folder, cls.broker.callback, "--status-delays", "30,60,90")
        cls.broker.write_configuration(cls.sim.port, True, {})
        cls.broker.start()
        cls.watch = Watch(cls.broker.events, cls.broker.events_pub)
        cls.client = jackfield.Client(cls.broker.events)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.watch.stop()
        assert cls.broker.terminate() == 0, "the broker did not stop cleanly:\n" + cls.broker.log_tail()
        cls.sim.terminate()
        cls.context.__exit__(None, None, None)

    def reply(self, conversation, text, **more):
        return self.client.command("message.send", {
            "conversation": conversation, "parts": [{"kind": "text", "text": text}],
            "author": "agent:ada", **more})["message"]

    def test_a_whatsapp_message_is_answered_and_its_receipts_come_back(self):
        self.sim.control("inbound", {"from": "12125550177", "name": "Eve", "type": "text",
                                     "text": "Is the bike still for sale?"})
        event = self.watch.wait_event(said("Is the bike still for sale?"))
        self.assertEqual(event["data"]["contact"]["name"], "Eve")
        self.assertEqual(event["data"]["account"], "whatsapp:support")

        message = self.reply(event["data"]["conversation"], "Yes, until Friday.")

        self.watch.wait_status(message, "read")
        statuses = [e["data"]["status"] for _, e in self.watch.durable()
                    if e["type"] == "jf.message.status" and e["data"]["id"] == message]
        self.assertEqual(statuses, ["accepted", "sent", "delivered", "read"])
        self.assertEqual(self.sim.accepted()[message], 1)
        entry = next(e for e in self.sim.ledger() if e.get("correlator") == message)
        self.assertIn("Yes, until Friday.", json.dumps(entry))

    def test_the_handshake_is_answered(self):
        answer = self.sim.control("handshake")
        self.assertTrue(answer["verified"], answer)

    def test_media_comes_in_and_goes_out(self):
        self.sim.control("inbound", {"from": "12125550188", "name": "Pia", "type": "image",
                                     "caption": "look", "data_base64": base64.b64encode(PNG).decode()})
        arrived = self.watch.wait_event(
            lambda kind, data: kind == "jf.message.received" and data["parts"][0]["kind"] == "media", what="the picture")
        self.assertEqual(arrived["data"]["parts"][0]["attachment"], "pending")
        stored = self.watch.wait_event(
            lambda kind, data: kind == "jf.attachment.stored" and data["id"] == arrived["data"]["id"], 15, "the bytes")
        part = stored["data"]["parts"][0]
        self.assertEqual((part["mime"], part["size_bytes"]), ("image/png", len(PNG)))
        path = self.broker.data / "media" / part["media_id"][:2] / part["media_id"][2:4] / part["media_id"]
        self.assertEqual(path.read_bytes(), PNG)

        put = self.client.command("media.put", {"filename": "bike.png", "total": len(PNG)}, binary=PNG)
        self.assertEqual(put["media_id"], part["media_id"])
        sent = self.client.command("message.send", {
            "conversation": arrived["data"]["conversation"],
            "parts": [{"kind": "text", "text": "This one:"},
                      {"kind": "media", "media_id": put["media_id"], "caption": "red", "filename": "bike.png"}]})
        self.watch.wait_status(sent["message"], "read", 15)
        accepted = self.sim.accepted()
        self.assertEqual((accepted[sent["message"]], accepted[sent["message"] + "/1"]), (1, 1))

    def test_a_visitor_writes_and_reads_the_answer(self):
        vera = Visitor(self.broker.port)
        vera.say("c1", "Do you ship to Malta?")
        ack = vera.wait("ack")
        event = self.watch.wait_event(said("Do you ship to Malta?"))
        self.assertEqual(event["data"]["id"], ack["id"])
        message = self.reply(event["data"]["conversation"], "We do.")
        frame = vera.wait("message", lambda f: f.get("direction") == "outbound")
        self.assertEqual(frame["parts"][0]["text"], "We do.")
        self.watch.wait_status(message, "accepted")
        vera.send({"type": "read", "id": frame["id"]})
        self.watch.wait_status(message, "read")

        vera.send({"type": "typing", "on": True})
        self.watch.wait_event(lambda kind, data: kind == "jf.contact.typing" and data["on"], what="typing")
        self.client.command("conversation.typing", {"conversation": event["data"]["conversation"], "on": True})
        self.assertTrue(vera.wait("typing")["on"])
        vera.close()

    def test_a_visitor_resumes_with_nothing_lost_or_doubled(self):
        vera = Visitor(self.broker.port)
        vera.say("c1", "first")
        first = vera.wait("ack")
        conversation = self.watch.wait_event(lambda k, d: k == "jf.message.received" and d["id"] == first["id"])
        conversation = conversation["data"]["conversation"]
        vera.close()
        missed = [self.reply(conversation, f"while you were away {i}") for i in range(3)]
        for message in missed:
            self.watch.wait_status(message, "accepted")

        again = Visitor(self.broker.port, token=vera.token, after=first["id"])
        self.assertTrue(again.welcome["resumed"])
        texts = [again.wait("message")["parts"][0]["text"] for _ in missed]
        self.assertEqual(texts, [f"while you were away {i}" for i in range(3)])
        again.say("c1", "first")
        self.assertEqual(again.wait("ack")["id"], first["id"], "the same client id is the same message")
        again.close()

    def test_the_first_reply_takes_and_the_second_agent_loses(self):
        self.sim.control("inbound", {"from": "12125550199", "name": "Oz", "type": "text", "text": "anyone?"})
        event = self.watch.wait_event(said("anyone?"))
        conversation = event["data"]["conversation"]
        self.client.command("message.send", {
            "conversation": conversation, "parts": [{"kind": "text", "text": "I am"}],
            "author": "agent:ada", "take": True})
        with self.assertRaises(jackfield.BrokerError) as caught:
            self.client.command("message.send", {
                "conversation": conversation, "parts": [{"kind": "text", "text": "me too"}],
                "author": "agent:bo", "take": True})
        self.assertEqual(caught.exception.code, "CONFLICT")
        self.assertEqual(caught.exception.details["owner"], "agent:ada")
        self.client.command("conversation.archive", {"conversation": conversation})
        self.sim.control("inbound", {"from": "12125550199", "name": "Oz", "type": "text", "text": "me again"})
        later = self.watch.wait_event(said("me again"))
        self.assertNotEqual(later["data"]["conversation"], conversation)
        self.assertEqual(later["data"]["state"] if "state" in later["data"] else "waiting", "waiting")

    def test_one_key_is_one_command(self):
        self.sim.control("inbound", {"from": "12125550166", "name": "Key", "type": "text", "text": "key"})
        conversation = self.watch.wait_event(said("key"))["data"]["conversation"]
        args = {"conversation": conversation, "parts": [{"kind": "text", "text": "once"}]}
        first = self.client.command("message.send", args, key="k1")
        self.assertEqual(self.client.command("message.send", args, key="k1"), first)
        with self.assertRaises(jackfield.BrokerError):
            self.client.command("message.send", {**args, "author": "other"}, key="k1")
        self.watch.wait_status(first["message"], "read")
        self.assertEqual(self.sim.accepted()[first["message"]], 1)

    def test_jackctl_shows_the_same(self):
        import subprocess
        answer = subprocess.run(
            [str(harness.BUILD / "bin" / "jackctl"), "--data-dir", str(self.broker.data), "--json", "status"],
            capture_output=True, timeout=20)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertTrue(json.loads(answer.stdout)["broker"]["ready"])
        nowhere = subprocess.run(
            [str(harness.BUILD / "bin" / "jackctl"), "--data-dir", str(self.folder / "nothing"), "status"],
            capture_output=True, timeout=30)
        self.assertEqual(nowhere.returncode, 69, nowhere.stderr)

    def test_pages_of_conversations_follow_each_other(self):
        for i in range(3):
            self.sim.control("inbound", {"from": f"1212555030{i}", "name": "P", "type": "text", "text": f"page {i}"})
            self.watch.wait_event(said(f"page {i}"))
        seen, page = [], {}
        while len(seen) < 3:
            before = {"before": page["next"]} if page else {}
            page = self.client.query("conversations", {"limit": 1, **before})
            seen += [conversation["id"] for conversation in page["conversations"]]
        self.assertEqual(len(set(seen)), 3)

    def test_every_event_is_as_declared(self):
        declared = {event["name"]: event["schema"] for event in self.client.query("declarations")["events"]}
        self.sim.control("inbound", {"from": "12125550155", "name": "D", "type": "text", "text": "declared?"})
        conversation = self.watch.wait_event(said("declared?"))["data"]["conversation"]
        self.watch.wait_status(self.reply(conversation, "declared"), "read")
        self.assertGreater(len(self.watch.durable()), 3)
        for _, event in self.watch.durable():
            self.assertIn(event["type"], declared)
            missing = set(declared[event["type"]].get("required", [])) - set(event["data"])
            self.assertEqual(missing, set(), event["type"])

    def test_health_is_answered_and_nothing_else(self):
        for path, expected in (("/livez", 200), ("/readyz", 200), ("/", 404), ("/in/whatsapp/nobody/webhook", 404)):
            self.assertEqual(harness.http_request(self.broker.port, "GET", path)[0], expected, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
