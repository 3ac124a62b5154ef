"""A live-chat visitor on a real WebSocket."""

import json

import websocket

import harness


class Visitor:
    """One tab. Frames that were read and not asked for yet wait in `frames`."""

    def __init__(self, port, token=None, after=None, origin="http://shop.example", name="Vera"):
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/in/livechat/site/ws", origin=origin, timeout=10 * harness.PATIENCE)
        self.frames = []
        hello = {"type": "hello", "name": name}
        if token:
            hello["token"] = token
        if after:
            hello["after"] = after
        self.send(hello)
        self.welcome = self.wait("welcome")
        self.token = self.welcome["token"]

    def send(self, frame):
        self.socket.send(json.dumps(frame))

    def say(self, client_id, text):
        self.send({"type": "message", "client_id": client_id, "text": text})

    def wait(self, kind, condition=lambda frame: True):
        """The next frame of that type for which the condition holds."""
        for i, frame in enumerate(self.frames):
            if frame["type"] == kind and condition(frame):
                return self.frames.pop(i)
        while True:
            text = self.socket.recv()
            if not text:
                raise AssertionError(f"the connection closed while waiting for {kind}")
            frame = json.loads(text)
            if frame["type"] == kind and condition(frame):
                return frame
            self.frames.append(frame)

    def close(self):
        self.socket.close()
