#!/usr/bin/python3
"""Prints the sequence of each event until the last one. Usage: follow.py ENDPOINT LAST [CURSOR]"""
import sys

import jackfield

subscriber = jackfield.Subscriber(sys.argv[1], cursor=(sys.argv[3:] or [None])[0], start="oldest")
for event in subscriber.events():
    if "sequence" in event:
        print(int(event["sequence"]), flush=True)
        if int(event["sequence"]) >= int(sys.argv[2]):
            break
subscriber.ack()
subscriber.close()
