"""A subscriber in a thread of its own: keeps every event it gets, over restarts of the broker."""

import threading
import time

import harness
import jackfield


class Watch:
    """Follows from the oldest event on. `events` grows; wait_event() waits for one."""

    def __init__(self, endpoint, pub_endpoint=None, cursor=None):
        self.events = []
        self.problems = []
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._arguments = (endpoint, pub_endpoint, cursor)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        endpoint, pub_endpoint, cursor = self._arguments
        subscriber = jackfield.Subscriber(endpoint, cursor=cursor, start="oldest", pub_endpoint=pub_endpoint)
        try:
            while not self._stop.is_set():
                try:
                    event = subscriber.next(0.2)
                except jackfield.BrokerError as error:
                    if error.code != "UNREACHABLE":
                        self.problems.append(error)
                        return
                    continue
                if event is not None:
                    with self._changed:
                        self.events.append(event)
                        self._changed.notify_all()
        finally:
            subscriber.close()

    def wait_event(self, condition, seconds=10.0, what="an event"):
        """The first event, past or future, for which condition(type, data) holds."""
        deadline = time.monotonic() + seconds * harness.PATIENCE
        seen = 0
        while True:
            with self._changed:
                for event in self.events[seen:]:
                    if condition(event["type"], event["data"]):
                        return event
                seen = len(self.events)
                if self.problems:
                    raise AssertionError(f"the subscriber failed: {self.problems[0]}")
                if time.monotonic() > deadline:
                    kinds = [event["type"] for event in self.events[-20:]]
                    raise AssertionError(f"{what} did not come; the last events were {kinds}")
                self._changed.wait(0.2)

    def wait_status(self, message, status, seconds=10.0):
        return self.wait_event(
            lambda kind, data: kind == "jf.message.status" and data["id"] == message
            and data["status"] == status, seconds, f"status {status} of {message}")

    def durable(self):
        """(sequence, event) of everything from the journal, in order of arrival."""
        return [(int(event["sequence"]), event) for event in list(self.events) if "sequence" in event]

    def stop(self):
        self._stop.set()
        self._thread.join(10)
        assert not self.problems, self.problems
        sequences = [sequence for sequence, _ in self.durable()]
        assert sequences == list(range(1, len(sequences) + 1)), "events were lost, doubled or out of order"


def said(text):
    """For wait_event: a message with this text came in."""
    return lambda kind, data: (kind == "jf.message.received"
                               and any(part.get("text") == text for part in data["parts"]))
