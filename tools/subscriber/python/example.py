#!/usr/bin/python3
"""Prints messages as they come. Usage: example.py ENDPOINT [CURSOR]"""
import sys

import jackfield

subscriber = jackfield.Subscriber(sys.argv[1], cursor=(sys.argv[2:] or ["example"])[0],
                                  on_reset=lambda error: "oldest")
for event in subscriber.events():
    if event["type"].startswith("jf.message."):
        print(event["time"], event["type"], event["subject"], event["data"].get("status", ""))
