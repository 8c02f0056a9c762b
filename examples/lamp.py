#!/usr/bin/python3
"""A lamp that people switch by writing "on" or "off" to it: lamp.py <me> [<broker> [<port>]]

It stands for any small device: MQTT 3.1.1, no properties, a buffer of 1 KB, and one number to keep.
Only those whom its owner has approved can switch it, since it listens to its inbox alone; what one of
them wrote before that comes to the inbox with the approval, and is done then. Its password
is in $PASSWORD; without it, it is its name. Needs python3-paho-mqtt 1.6 or 2.
"""
import json
import os
import pathlib
import sys

import paho.mqtt.client as mqtt

# paho-mqtt 2 wants to be told which callbacks are meant; 1.6 has one kind alone.
CALLBACKS = [mqtt.CallbackAPIVersion.VERSION2] if hasattr(mqtt, "CallbackAPIVersion") else []
BUFFER = 1024  # bytes of an answer that it can hold; 512 is the least


class Lamp:
    def __init__(self, me, host="localhost", port=1883):
        self.on, self.busy, self.again = False, False, False
        self.file = pathlib.Path.home() / f".lamp-{me}"
        self.client = mqtt.Client(*CALLBACKS, client_id="", clean_session=True, protocol=mqtt.MQTTv311)
        self.client.username_pw_set(me, os.environ.get("PASSWORD", me))
        self.client.on_connect = lambda client, *_: client.subscribe(f"bc/user/{me}/inbox/#", 1)
        self.client.on_subscribe = lambda *_: self.catch_up()
        self.client.on_message = self.came
        self.client.connect(host, int(port))

    def ask(self, command, **arguments):
        self.client.publish(f"bc/do/{command}", json.dumps(arguments), 1)

    def catch_up(self):
        """Ask for what comes after the cursor; at the very first, for a cursor."""
        self.again, self.busy = self.busy, True
        if self.again:
            return
        if self.file.exists():
            self.ask("sync", after=self.file.read_text(), **{"max-bytes": BUFFER})
        else:
            self.ask("whoami")

    def came(self, client, data, message):
        """A message only says that there is something new; what it is, and once, is in sync."""
        if message.topic.startswith("bc/user/"):
            self.catch_up()
        elif message.topic in ("bc/reply/sync", "bc/reply/whoami"):
            answer = json.loads(message.payload)
            if not answer["ok"]:
                sys.exit(answer["message"])
            for item in answer.get("items", []):
                if item["type"] == "message" and item["state"] == "inbox":
                    self.order(item["from"], item["id"], item.get("payload"))
            self.file.write_text(answer.get("after") or answer["newest"])
            more, self.busy = answer.get("more") or self.again, False
            if more:
                self.catch_up()

    def order(self, who, id, text):
        if text in ("on", "off"):
            self.on = text == "on"
            print(f"{text}, since {who} says so", flush=True)
        # With a msgid of the order's, a lamp that fails right here answers once all the same.
        self.ask("send", user=who, payload=f"I am {'on' if self.on else 'off'}.", msgid=f"re-{id}")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    Lamp(*sys.argv[1:]).client.loop_forever()
