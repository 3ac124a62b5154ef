"""Follows a Jackfield broker's events without loss or doubles, and sends it commands and queries.

Needs pyzmq (Debian: python3-zmq). The protocol is in docs/events.md. An object belongs to one thread.

    subscriber = Subscriber("ipc:///var/lib/jackfield/run/events.sock", cursor="billing")
    for event in subscriber.events():
        handle(event["type"], event["data"])
"""
import json
import secrets
import time

import zmq

ATTEMPT = 2.0        # Seconds without an answer until the connection is made anew.
GAP_PATIENCE = 0.25  # Seconds a heartbeat may be ahead of what we have.
ACK_BATCH, ACK_PAUSE = 64, 0.5


class BrokerError(Exception):
    """What the broker refused: code (GONE, EPOCH, DENIED, FENCED, ... or UNREACHABLE) and details."""

    def __init__(self, details):
        super().__init__("%s: %s" % (details.get("code"), details.get("text")))
        self.code = details.get("code", "INTERNAL")
        self.details = details


class Client:
    """Requests and answers. Each call tries again with the same idempotency key until its time is
    over, also across a restart of the broker: a command is carried out once.

    curve: (server key, our public key, our secret key), Z85, for tcp endpoints."""

    def __init__(self, endpoint, pub_endpoint=None, curve=None, context=None):
        self.endpoint, self.pub_endpoint, self.curve = endpoint, pub_endpoint, curve
        self._context = context or zmq.Context.instance()
        self._socket, self._count, self._prefix = None, 0, secrets.token_hex(4)

    def command(self, name, args, key=None, timeout=10.0, binary=None):
        """Carries a command out; the same key within 24 hours gives the same answer."""
        body = {"name": name, "key": key or secrets.token_hex(16), "args": args}
        return self.request("COMMAND", body, timeout, binary)

    def query(self, name, args=None, timeout=10.0):
        return self.request("QUERY", {"name": name, "args": args or {}}, timeout)

    def request(self, verb, body, timeout, binary=None):
        """Any verb that has one answer. Raises BrokerError."""
        deadline = time.monotonic() + timeout
        last = {"code": "UNREACHABLE", "text": "no answer from the broker in time"}
        while True:
            self._socket = self._socket or self.connect(zmq.DEALER, self.endpoint)
            self._count += 1
            request_id = ("%s%08x" % (self._prefix, self._count)).encode()
            frames = [b"JF1", verb.encode(), request_id, json.dumps(body).encode()]
            answer = None
            if send(self._socket, frames + ([binary] if binary else [])):
                answer = self._await(request_id, min(deadline, time.monotonic() + ATTEMPT))
            if answer is None:
                self._socket.close()
                self._socket = None
            elif answer[1] == b"OK":
                return json.loads(answer[3])
            else:
                last = json.loads(answer[3])
                if last.get("code") != "BUSY":
                    raise BrokerError(last)
                pause = min(max(last.get("retry_ms", 200), 1), 5000) / 1000
                time.sleep(max(0, min(pause, deadline - time.monotonic())))
            if time.monotonic() >= deadline:
                raise BrokerError(last)

    def close(self):
        if self._socket:
            self._socket.close()
            self._socket = None

    def connect(self, kind, endpoint):
        socket = self._context.socket(kind)
        socket.linger = 0
        socket.reconnect_ivl, socket.reconnect_ivl_max = 50, 2000
        socket.heartbeat_ivl, socket.heartbeat_timeout = 2000, 6000
        if self.curve:
            keys = [key.encode() if isinstance(key, str) else key for key in self.curve]
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = keys
        if kind == zmq.SUB:
            socket.sndhwm = 0  # Or subscriptions get lost when the broker comes back.
            socket.rcvhwm = 10000
            socket.subscribe(b"jf.")
        socket.connect(endpoint)
        return socket

    def _await(self, request_id, deadline):
        while wait(self._socket, deadline):
            frames = self._socket.recv_multipart()
            if len(frames) > 3 and frames[2] == request_id:
                return frames
        return None


class Subscriber:
    """Every event of one partition, each once, in order: live from PUB, from the journal whenever
    something was missed.

    cursor: the broker keeps our place under this name; asking for the next event acknowledges the
        one before, in batches.
    start: "now", "oldest" or (epoch, sequence) of the last event we have; store that in the
        transaction with what you do, and each event has its effect exactly once. With a cursor:
        "now" or "oldest", used while the cursor is new.
    on_reset: called with a BrokerError EPOCH (another journal, e.g. restored from a backup) or GONE
        (our place was removed); returns "oldest" or "now". Without it the error is raised."""

    def __init__(self, endpoint, cursor=None, start="now", partition=0, on_reset=None,
                 pub_endpoint=None, curve=None, context=None, window=512):
        self.client = Client(endpoint, pub_endpoint, curve, context)
        self._cursor, self._start, self._partition = cursor, start, partition
        self._on_reset, self._window = on_reset, window
        self._position = start if isinstance(start, tuple) else None
        self._state, self._live, self._stream = "connect", None, None
        self._fence, self._acked, self._last_ack, self._is_reset = None, 0, 0.0, False
        self._gap_since, self._gap_head, self._heard, self._silence = None, 0, 0.0, 4.0
        self._stream_id, self._used = 0, 0

    @property
    def position(self):
        """(epoch, sequence) of the last durable event; None before the first answer."""
        return self._position

    @property
    def is_live(self):
        return self._state == "live"

    def events(self):
        """Yields events for ever."""
        while True:
            event = self.next(1.0)
            if event is not None:
                yield event

    def next(self, timeout):
        """The next event (the CloudEvents envelope as a dict), or None when none came in time."""
        deadline = time.monotonic() + timeout
        while True:
            self._send_ack()
            step = {"connect": self._connect, "live": self._read_live}.get(
                self._state, self._read_stream)
            event = step(deadline)
            if event is not None or time.monotonic() >= deadline:
                return event

    def ack(self, timeout=5.0):
        """Acknowledges every event returned so far and waits until that is durable."""
        if self._cursor and self._position and self._fence is not None:
            self.client.request("ACK", self._ack_body(), timeout)
            self._acked = self._position[1]

    def close(self):
        for socket in (self._live, self._stream):
            if socket:
                socket.close()
        self._live = self._stream = None
        self.client.close()

    def _connect(self, deadline):
        # Subscribes first, then asks for what was before: nothing can fall between.
        try:
            hello = self.client.request(
                "HELLO", {}, max(0.0, min(deadline - time.monotonic(), ATTEMPT)))
        except BrokerError as error:
            if error.code == "DENIED":
                raise
            return
        self._silence = max(3.0, hello["heartbeat_ms"] * 4 / 1000)
        if self._live:
            self._live.close()
        self._live = self.client.connect(zmq.SUB, self._pub_endpoint(hello["pub"]))
        self._resume()

    def _pub_endpoint(self, told):
        if self.client.pub_endpoint:
            return self.client.pub_endpoint
        if told.startswith(("tcp://0.0.0.0:", "tcp://[::]:")):  # It listens everywhere.
            return self.client.endpoint.rpartition(":")[0] + ":" + told.rpartition(":")[2]
        return told

    def _resume(self):
        if self._stream:
            self._stream.close()
        self._stream = self.client.connect(zmq.DEALER, self.client.endpoint)
        body = {"partition": self._partition, "live": False}
        if self._cursor:
            body["cursor"] = self._cursor
            body["new"] = self._start
            if self._fence is not None:
                body["fence"] = self._fence
        if self._position:
            body["from"] = {"epoch": self._position[0], "sequence": self._position[1]}
        else:
            body["from"] = "cursor" if self._cursor and not self._is_reset else self._start
        self._tell("RESUME", b"resume", body)
        self._gap_since, self._heard, self._state = None, time.monotonic(), "resume"

    def _tell(self, verb, request_id, body):
        return send(self._stream, [b"JF1", verb.encode(), request_id, json.dumps(body).encode()])

    def _read_stream(self, deadline):
        patience = self._heard + ATTEMPT
        if not wait(self._stream, min(deadline, patience)):
            if time.monotonic() >= patience:
                self._resume()  # The broker may have come back without our stream.
            return None
        self._heard = time.monotonic()
        frames = self._stream.recv_multipart()
        if len(frames) < 4 or frames[2] == b"ack":
            return self._ack_answer(frames)
        if frames[1] == b"ERROR":
            return self._stream_error(json.loads(frames[3]))
        if frames[1] == b"END":
            self._state = "live"
        elif frames[1] == b"OK":
            self._begin_catch_up(json.loads(frames[3]))
        elif frames[1] == b"EVENT":
            return self._stream_event(json.loads(frames[4]))
        return None

    def _begin_catch_up(self, answer):
        self._stream_id = answer["stream"]
        self._position = (answer["epoch"], answer["sequence"])
        if self._fence is None:
            self._acked = answer["sequence"]
        self._fence = answer.get("fence")
        self._is_reset, self._used, self._state = False, 0, "catch_up"
        self._tell("CREDIT", b"credit", {"stream": self._stream_id, "events": self._window})

    def _stream_event(self, event):
        self._used += 1
        if self._used >= self._window // 2:
            self._tell("CREDIT", b"credit", {"stream": self._stream_id, "events": self._used})
            self._used = 0
        sequence = int(event["sequence"])
        if sequence <= self._position[1]:
            return None
        if sequence != self._position[1] + 1:
            return self._resume()
        self._position = (event["epoch"], sequence)
        return event

    def _stream_error(self, details):
        error = BrokerError(details)
        if error.code in ("EPOCH", "GONE") and self._on_reset:
            self._start = self._on_reset(error)
            self._position, self._is_reset = None, True
            return self._resume()
        if error.code in ("EPOCH", "GONE", "FENCED", "BAD", "DENIED"):
            raise error
        if error.code == "NOT_FOUND":
            self._resume()  # The broker has no such stream any more.
        return None  # BUSY and the like: asked again after ATTEMPT.

    def _read_live(self, deadline):
        wake = min(deadline, self._heard + self._silence)
        if self._gap_since is not None:
            wake = min(wake, self._gap_since + GAP_PATIENCE)
        if self._fence is not None and self._acked < self._position[1]:
            wake = min(wake, self._last_ack + ACK_PAUSE)
        wait(self._live, wake, self._stream)
        if self._stream.poll(0):
            self._ack_answer(self._stream.recv_multipart())
        now = time.monotonic()
        if self._live.poll(0):
            self._heard = now
            return self._live_frames(self._live.recv_multipart())
        if now >= self._heard + self._silence:
            self._state = "connect"
        elif self._gap_since is not None and now >= self._gap_since + GAP_PATIENCE:
            self._resume()
        return None

    def _live_frames(self, frames):
        event = json.loads(frames[1])
        if frames[0] == b"jf.heartbeat":
            return self._heartbeat(event)
        if event["partitionkey"] != str(self._partition):
            return None
        if "sequence" not in event:
            return event  # Not durable.
        sequence = int(event["sequence"])
        if event["epoch"] != self._position[0] or sequence > self._position[1] + 1:
            return self._resume()
        if sequence <= self._position[1]:
            return None
        self._position = (event["epoch"], sequence)
        if sequence >= self._gap_head:
            self._gap_since = None
        return event

    def _heartbeat(self, beat):
        # Finds what was lost at the tail, and a broker that came back with another journal.
        if beat["partition"] != self._partition:
            return
        self._gap_head = beat["head"]
        if beat["epoch"] != self._position[0]:
            self._resume()
        elif self._gap_head > self._position[1] and self._gap_since is None:
            self._gap_since = time.monotonic()

    def _ack_body(self):
        return {"cursor": self._cursor, "partition": self._partition, "fence": self._fence,
                "epoch": self._position[0], "sequence": self._position[1]}

    def _send_ack(self):
        if self._fence is None or not self._position or self._acked >= self._position[1]:
            return
        now = time.monotonic()
        if self._position[1] - self._acked < ACK_BATCH and now < self._last_ack + ACK_PAUSE:
            return
        if self._tell("ACK", b"ack", self._ack_body()):
            self._acked = self._position[1]
        self._last_ack = now

    def _ack_answer(self, frames):
        if len(frames) > 3 and frames[1] == b"ERROR" and frames[2] == b"ack":
            details = json.loads(frames[3])
            if details.get("code") == "FENCED":
                raise BrokerError(details)


def send(socket, frames):
    """Sends without waiting; False when the broker is not there."""
    try:
        socket.send_multipart(frames, zmq.DONTWAIT)
        return True
    except zmq.Again:
        return False


def wait(socket, deadline, other=None):
    """Whether `socket` (or `other`) can be read before the deadline."""
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    if other is not None:
        poller.register(other, zmq.POLLIN)
    return bool(poller.poll(max(0, (deadline - time.monotonic()) * 1000 + 1)))
