#!/usr/bin/python3
"""A messenger in a terminal: messenger.py <me> [<broker> [<port>]]

Type "<user> <text>" to write to somebody, "requests" to see who waits for your consent,
"approve <user>" or "block <user>" to decide, and Ctrl-D to leave. Your password is in $PASSWORD;
without it, it is your name, as in the demo. Needs python3-paho-mqtt 1.6.
"""
import json
import os
import pathlib
import sys
import threading
import uuid

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes

def plain(text):
    """On one line, and without what terminals obey: or what one writes could look as if another had."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " / ".join(text.splitlines()))


DECISIONS = ("approve", "decline", "block", "unblock", "add-contact", "remove-contact")


class Messenger:
    def __init__(self, me, host="localhost", port=1883):
        self.me, self.answers, self.up_to_date = me, {}, threading.Event()
        self.file = pathlib.Path.home() / f".messenger-py-{me}"
        self.client = mqtt.Client(protocol=mqtt.MQTTv5)
        self.client.username_pw_set(me, os.environ.get("PASSWORD", me))
        self.client.on_connect = lambda client, *_: client.subscribe(f"bc/user/{me}/#", 1)
        # Whether we were away for a moment or a week, whatever we missed is in sync.
        self.client.on_subscribe = lambda *_: self.catch_up()
        self.client.on_message = lambda client, data, message: self.came(message)
        self.shown = set()  # MQTT and sync may both bring a message: its id tells
        self.client.connect(host, int(port))
        self.client.loop_start()

    def ask(self, command, done, **arguments):
        """Publish a command; done(answer) is called when it has been answered."""
        ref = uuid.uuid4().hex
        self.answers[ref] = done
        self.client.publish(f"bc/do/{command}", json.dumps({**arguments, "ref": ref}), 1)

    def write(self, to, text):
        """A msgid makes it safe to send again: what was lost is sent, what was not is not doubled."""
        properties = mqtt.Properties(PacketTypes.PUBLISH)
        properties.UserProperty = ("msgid", uuid.uuid4().hex)
        self.client.publish(f"bc/user/{to}", text, 1, properties=properties)

    def came(self, message):
        kind, *levels = message.topic.split("/")[1:]  # all begin with bc/
        if kind == "reply":
            answer = json.loads(message.payload)
            done = self.answers.pop(answer.get("ref"), None)  # None: it came twice
            if not answer["ok"] and (done or "ref" not in answer):
                print("refused:", answer["message"], flush=True)
            elif done:
                done(answer)
        elif kind == "error":
            print("refused:", json.loads(message.payload)["message"], flush=True)
        elif kind == "user" and levels[1] in ("inbox", "requests", "sent"):
            self.show(levels[1], levels[2], levels[3], message.payload.decode(errors="replace"))

    def catch_up(self):
        cursor = self.file.read_text() if self.file.exists() else "0" * 16
        self.ask("sync", self.page, after=cursor)

    def page(self, answer):
        for item in answer["items"]:
            if item["type"] == "message" and "to" in item:
                own = item["from"] == self.me
                box = item["state"] if item["state"] in ("sent", "inbox") else "requests"
                self.show(box, item["to"] if own else item["from"], item["id"],
                          item.get("payload", f"({item['kind']})"))
        self.file.write_text(answer["after"])
        if answer.get("more"):
            self.catch_up()
        else:
            self.up_to_date.set()

    def show(self, box, other, id, text):
        if (box, id) not in self.shown:
            self.shown.add((box, id))
            arrow = {"sent": "->", "inbox": "<-", "requests": "<?"}[box]
            print(f"{arrow} {plain(other)}: {plain(text)}", flush=True)

    def show_requests(self, answer):
        for request in answer["requests"]:
            who = request.get("user") or f"an invitation to {request.get('group')}"
            print(f"? {plain(who)}: {plain(request.get('preview', ''))}", flush=True)
        print(f"{len(answer['requests'])} waiting", flush=True)

    def typed(self, line):
        word, _, rest = line.strip().partition(" ")
        if word == "requests":
            self.ask(word, self.show_requests)
        elif word in DECISIONS:
            self.ask(word, lambda answer: print("done", flush=True), user=rest)
        elif rest:
            self.write(word, rest)
        elif word:
            print(f"what about {plain(word)}? Write <user> <text>, or requests", flush=True)

    def leave(self):
        """Once more: it is answered after all that was typed, and moves the cursor to here."""
        self.up_to_date.clear()
        self.catch_up()
        self.up_to_date.wait(10)
        self.client.disconnect()
        self.client.loop_stop()


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    messenger = Messenger(*sys.argv[1:])
    messenger.up_to_date.wait(10)
    for line in sys.stdin:
        messenger.typed(line)
    messenger.leave()
