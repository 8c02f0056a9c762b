#!/usr/bin/python3
"""A messenger in a terminal: messenger.py <me> [<broker> [<port>]]

Type "<user> <text>" to write to somebody, "requests" to see who waits for your consent,
"approve <user>" or "block <user>" to decide, "react <user> <emoji>" to react to what they wrote last,
"name <name>" to have one, and Ctrl-D to leave. Your password, or a token, is in $PASSWORD;
without it, it is your name, as in the demo. Needs python3-paho-mqtt 1.6 or 2.
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


# paho-mqtt 2 wants to be told which callbacks are meant; 1.6 has one kind alone.
CALLBACKS = [mqtt.CallbackAPIVersion.VERSION2] if hasattr(mqtt, "CallbackAPIVersion") else []
DECISIONS = ("approve", "decline", "block", "unblock", "add-contact", "remove-contact")


class Messenger:
    def __init__(self, me, host="localhost", port=1883):
        self.me, self.answers, self.up_to_date = me, {}, threading.Event()
        self.file = pathlib.Path.home() / f".messenger-py-{me}"
        self.client = mqtt.Client(*CALLBACKS, protocol=mqtt.MQTTv5)
        self.client.username_pw_set(me, os.environ.get("PASSWORD", me))
        self.client.on_connect = lambda client, *_: client.subscribe(f"bc/user/{me}/#", 1)
        # Whether we were away for a moment or a week, whatever we missed is in sync.
        self.client.on_subscribe = lambda *_: self.catch_up()
        self.client.on_message = lambda client, data, message: self.came(message)
        self.shown = set()  # MQTT and sync may both bring a message: its id tells
        self.names = {}  # user -> what they call themselves, "" for nothing, None: it was asked for
        self.lines = []  # what is to be printed in this order, once the names in it are known
        self.texts, self.last = {}, {}  # what was said, by its id; the id of what each wrote last
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
            if levels == ["profile"] and done:
                done(answer)  # who can't be looked up now has no name
            elif not answer["ok"] and (done or "ref" not in answer):
                print("refused:", answer["message"], flush=True)
            elif done:
                done(answer)
        elif kind == "error":
            print("refused:", json.loads(message.payload)["message"], flush=True)
        elif kind == "user" and levels[1] in ("inbox", "requests", "sent"):
            self.show(levels[1], levels[2], levels[3], message.payload.decode(errors="replace"))
        elif kind == "user" and levels[1:] == ["events", "reaction"]:
            self.reacted(json.loads(message.payload))

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
            elif item.get("event") == "reaction" and "user" in item:
                self.reacted(item)
        self.file.write_text(answer["after"])
        if answer.get("more"):
            self.catch_up()
        else:  # answers come in order: what was asked before has been answered by then
            self.ask("profile", lambda answer: self.up_to_date.set(), user=self.me)

    def show(self, box, other, id, text):
        if (box, id) not in self.shown:
            self.shown.add((box, id))
            self.texts[id] = text
            if box == "inbox":
                self.last[other] = id
            arrow = {"sent": "->", "inbox": "<-", "requests": "<?"}[box]
            self.say(other, lambda name: f"{arrow} {name}: {plain(text)}")

    def reacted(self, event):
        if ("reaction", event["id"]) not in self.shown:
            self.shown.add(("reaction", event["id"]))
            what = plain(event["emoji"]) if "emoji" in event else "no more"
            text = plain(self.texts.get(event["message"], "something earlier"))
            self.say(event["by"], lambda name: f"* {name} reacts {what} to: {text}")

    def say(self, user, line):
        """Print what line(name) says, in order; a profile is asked for once."""
        self.lines.append((user, line))
        if user not in self.names:
            self.names[user] = None
            self.ask("profile", lambda answer: self.met(user, answer), user=user)
        self.print_lines()

    def met(self, user, answer):
        self.names[user] = answer.get("profile", {}).get("name", "")
        self.print_lines()

    def print_lines(self):
        """The user's name is what counts: anybody may call themselves anything."""
        while self.lines and self.names[self.lines[0][0]] is not None:
            user, line = self.lines.pop(0)
            name = self.names[user]
            print(line(f"{plain(name)} ({plain(user)})" if name else plain(user)), flush=True)

    def show_requests(self, answer):
        for request in answer["requests"]:
            if "user" in request:
                self.say(request["user"], lambda name, text=request.get("preview", ""): (
                    f"? {name}: {plain(text)}"))
            else:
                self.say(request["by"], lambda name, group=request["group"]: (
                    f"? an invitation to {plain(group)} by {name}"))
        self.say(self.me, lambda name, count=len(answer["requests"]): f"{count} waiting")

    def react(self, user, emoji):
        if user in self.last:
            self.ask("react", lambda answer: None, id=self.last[user],
                     **({"emoji": emoji} if emoji else {}))  # without one it is taken back
        else:
            print(f"nothing of {plain(user)}'s is here to react to", flush=True)

    def typed(self, line):
        word, _, rest = line.strip().partition(" ")
        if word == "requests":
            self.ask(word, self.show_requests)
        elif word == "react" and rest:
            self.react(*rest.split(" ", 1) if " " in rest else (rest, ""))
        elif word == "name":
            self.ask("set-profile", lambda answer: print("done", flush=True), name=rest)
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
