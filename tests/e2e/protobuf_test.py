#!/usr/bin/python3
"""Pages in protobuf say what JSON says: read with Google's protobuf, which is none of ours.

Usage: protobuf_test.py <port> <folder of page_pb2.py>; fails with an assertion.
"""
import base64
import json
import queue
import socket
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes

port, folder = int(sys.argv[1]), sys.argv[2]
sys.path.insert(0, folder)
import page_pb2 as schema  # noqa: E402  (protoc has made it of schema/page.proto)


GROUP_EVENTS = {"joined", "left", "removed", "renamed", "role"}


class Device:
    def __init__(self, user, version=mqtt.MQTTv5):
        self.user, self.answers = user, queue.Queue()
        self.client = mqtt.Client(client_id=f"{user}-{version}", protocol=version)
        self.client.username_pw_set(user, user)
        self.client.on_message = lambda client, data, message: self.answers.put(message)
        self.client.connect("127.0.0.1", port)
        self.client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.loop_start()

    def send(self, topic, payload, content_type=None, **pairs):
        properties = mqtt.Properties(PacketTypes.PUBLISH)
        if content_type:
            properties.ContentType = content_type
        if pairs:
            properties.UserProperty = [(k.replace("_", "-"), v) for k, v in pairs.items()]
        self.client.publish(topic, payload, 1, properties=properties).wait_for_publish(10)

    def ask(self, command, properties=None, **arguments):
        """The answer to a command, as it came."""
        arguments = {k.replace("_", "-"): v for k, v in arguments.items()}
        self.client.publish(f"bc/do/{command}", json.dumps(arguments), 1, properties=properties)
        while True:
            message = self.answers.get(timeout=10)
            if message.topic.startswith("bc/reply/"):
                return message

    def ok(self, command, **arguments):
        answer = json.loads(self.ask(command, **arguments).payload)
        assert answer.pop("ok") is True, answer
        return answer

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def plain(message):
    """A protobuf message as the JSON that says the same; whatever field it has counts."""
    result = {}
    assert len(message.UnknownFields()) == 0
    for field, value in message.ListFields():
        name = field.name.replace("_", "-")
        if field.label == field.LABEL_REPEATED:
            value = [plain(item) for item in value]
        elif field.message_type is not None:
            value = plain(value)
        elif field.type == field.TYPE_FIXED64:
            value = f"{value:016x}"
        elif field.type == field.TYPE_ENUM:
            value = field.enum_type.values_by_number[value].name.split("_", 1)[1].lower()
        elif field.type == field.TYPE_BYTES:
            try:
                text = value.decode()
            except UnicodeDecodeError:
                text = "\0"
            name, value = ("payload", text) if "\0" not in text else (
                "payload-base64", base64.b64encode(value).decode())
        result[name] = value
    return result


def plain_item(item):
    """An item of sync, whose JSON says false where it matters, and has settings at the top."""
    kind = item.WhichOneof("item")
    result = {"type": kind, **plain(getattr(item, kind))}
    if result.get("event") == "contact":
        result.setdefault("contact", False)
    if result.get("event") == "marked":
        result.setdefault("unread", 0)
    if result.get("event") == "settings":
        result = {**result, "read-receipts": False, "findable": False, **result.pop("settings")}
        del result["settings"]
    return result


def answer_of(device, command, **arguments):
    """The answer in protobuf, which is what every such answer is."""
    message = device.ask(command, **arguments, format="protobuf")
    assert len(message.payload) <= arguments.get("max_bytes", 262144), len(message.payload)
    if device.client._protocol == mqtt.MQTTv5:
        assert message.properties.ContentType == "application/x-protobuf"
    return message.payload


def page(device, of, **arguments):
    """The history, from protobuf."""
    decoded = schema.HistoryPage.FromString(answer_of(device, "history", **of, **arguments))
    return {"messages": [], **plain(decoded)}


def mailbox(device, **arguments):
    """The mailbox, from protobuf."""
    decoded = schema.SyncPage.FromString(answer_of(device, "sync", **arguments))
    return {**plain(decoded), "items": [plain_item(item) for item in decoded.items]}


def same_mailbox(device, **arguments):
    """The whole mailbox in both formats, page by page; returns its items."""
    items, after = [], "0" * 16
    while True:
        expected = device.ok("sync", after=after, **arguments)
        found = mailbox(device, after=after, **arguments)
        assert found == expected, f"{after} {arguments}:\n{found}\n{expected}"
        items, after = items + found["items"], found["after"]
        if "more" not in found:
            assert mailbox(device, after=after, ref="r") == {
                "items": [], "ref": "r", "after": after}
            return items


def mailboxes_are_the_same(alice, bob, carol, dave):
    """Each kind of event is there, and says of which group it is."""
    alice.ok("settings", read_receipts=False, who_can_message="contacts", group_invites="ask")
    alice.ok("settings", read_receipts=True)
    bob.ok("add-contact", user="carol")
    bob.ok("remove-contact", user="carol")
    bob.ok("approve", user="alice")
    dave.ok("settings", group_invites="ask")
    alice.ok("invite", group="g", users=["bob", "dave"])
    alice.ok("set-role", group="g", user="bob", role="admin")
    alice.ok("rename-group", group="g", title="Größer")
    alice.ok("remove-member", group="g", user="bob")
    last = alice.ok("history", user="carol", limit=1)["messages"][0]["id"]
    carol.ok("mark", user="alice", read=last, delivered=last)
    carol.ok("leave", group="g")
    seen = set()
    for device in (alice, bob, carol, dave):
        for arguments in ({}, {"limit": 1}, {"limit": 200}):
            items = same_mailbox(device, **arguments)
        seen |= {item.get("event") for item in items}
        for item in items:
            assert item.get("event") not in GROUP_EVENTS or item["group"] == "g", item
        # Small pages have others than JSON's; what is in them is the same.
        small, after, more = [], "0" * 16, True
        while more:
            found = mailbox(device, after=after, max_bytes=512)
            small, after, more = small + found["items"], found["after"], "more" in found
        assert [item["id"] for item in small] == [item["id"] for item in items]
    assert seen >= GROUP_EVENTS | {None, "contact", "settings", "blocked", "unblocked", "approved",
                                   "request-declined", "group-invited", "group-joined",
                                   "group-left", "group-removed", "marked", "read"}, seen


def same(device, of, **arguments):
    """The same page in both formats; returns how many messages are in it."""
    expected = device.ok("history", **of, **arguments)
    found = page(device, of, **arguments)
    assert found == expected, f"{arguments}:\n{found}\n{expected}"
    return len(found["messages"])


def walk(device, of, cursor, **arguments):
    """All messages, page by page in protobuf: from the newest, or from the first."""
    messages, start = [], {} if cursor == "before" else {"after": "0" * 16}
    while True:
        answer = page(device, of, **start, **arguments)
        assert answer["messages"], "a page without a message, and more to come"
        messages = answer["messages"] + messages if cursor == "before" else \
            messages + answer["messages"]
        if "more" not in answer:
            return messages
        start = {cursor: answer[cursor]}


def errors_are_json(device):
    for arguments in ({"limit": 0}, {"limit": -1}, {"max_bytes": 511}, {"before": "1"}):
        answer = device.ask("history", user="bob", format="protobuf", ref="r", **arguments)
        assert answer.payload[:1] == b"{" and json.loads(answer.payload)["ref"] == "r"
        assert not hasattr(answer.properties, "ContentType")
    for wrong in ("xml", "Protobuf", "", 1, None, True):
        answer = json.loads(device.ask("history", user="bob", format=wrong).payload)
        assert answer["error"] == "bad-request" and "format" in answer["message"], answer
    assert json.loads(device.ask("history", group="none", format="protobuf").payload) == {
        "ok": False, "error": "not-a-member", "message": "You are not a member of this group."}


def write_everything(alice, bob, carol):
    """Messages of every state and with every field, between alice and bob, and in a group."""
    carol.ok("add-contact", user="alice")
    alice.ok("create-group", group="g", title="G", users=["carol"])
    alice.send("bc/group/g", "to all", "text/plain", msgid="in-g")
    carol.send("bc/group/g", "and back")
    alice.send("bc/user/bob", "declined")
    bob.ok("decline", user="alice")
    alice.send("bc/user/bob", "swallowed")
    bob.ok("block", user="alice")
    bob.ok("unblock", user="alice")
    alice.send("bc/user/carol", "held\r\n\t\"quoted\" \\ é \U0001f600", "text/markdown; x=\"y\"",
               msgid="m-1", reply_to="0123456789abcdef")
    first = carol.ok("history", user="alice", limit=1)["messages"][0]["id"]
    carol.send("bc/user/alice", "https://example.org/ https://example.org/a?b=%20",
               reply_to=first)
    for payload in (b"\0", b"\xff\xfe", bytes(range(256)), b"x", b"\xc3\xa9", b"{\"ok\":true}"):
        alice.send("bc/user/carol", payload)
    alice.ok("forward", id=first, user="carol")
    carol.ok("forward", id=first, group="g")
    for number in range(60):
        carol.send("bc/user/alice", f"number {number} " + "\"" * (number * 7), msgid=f"n-{number}")
    alice.send("bc/user/carol", b"\"" * 300000)
    alice.send("bc/user/carol", "after the large one")


def main():
    alice, bob, carol = Device("alice"), Device("bob"), Device("carol")
    dave = Device("dave", mqtt.MQTTv311)
    write_everything(alice, bob, carol)
    dave.client.publish("bc/user/alice", "held by alice", 1).wait_for_publish(10)

    states = set()
    for device, of in ((alice, {"user": "bob"}), (bob, {"user": "alice"}),
                       (alice, {"user": "carol"}), (carol, {"user": "alice"}),
                       (alice, {"group": "g"}), (carol, {"group": "g"}),
                       (dave, {"user": "alice"}), (alice, {"user": "dave"})):
        assert same(device, of, ref="héllo \" " + "x" * 50) > 0
        assert same(device, of, limit=1) == 1
        whole = device.ok("history", **of, limit=50, after="0" * 16)["messages"]
        states |= {m["state"] for m in whole}
        for limit in (1, 2, 7, 200):
            same(device, of, limit=limit, after="0" * 16)
            same(device, of, limit=limit, before=whole[-1]["id"])
    assert states == {"sent", "inbox", "held", "declined", "group"}, states

    # Whatever the size of its pages, a history is the same.
    of = {"user": "alice"}
    whole = carol.ok("history", **of, limit=200, after="0" * 16)
    expected = [m["id"] for m in whole["messages"]]
    while "more" in whole:
        whole = carol.ok("history", **of, limit=200, after=whole["after"])
        expected += [m["id"] for m in whole["messages"]]
    for size in (512, 700, 1024, 4096, 262144):
        for cursor in ("before", "after"):
            arguments = {"max_bytes": size, "limit": 200}
            messages = walk(carol, of, cursor, **arguments)
            assert [m["id"] for m in messages] == expected, (size, cursor)
            large = [m for m in messages if "payload-omitted" in m]
            assert 300000 in [m["size"] for m in large]

    assert page(bob, {"user": "nobody"}) == {"messages": []}
    assert page(bob, {"user": "nobody"}, ref="r") == {"messages": [], "ref": "r"}
    properties = mqtt.Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic, properties.CorrelationData = "bc/reply/mine", b"42"
    answer = bob.ask("history", properties, user="alice", format="protobuf")
    assert answer.topic == "bc/reply/mine" and answer.properties.CorrelationData == b"42"
    errors_are_json(alice)
    mailboxes_are_the_same(alice, bob, carol, dave)
    for device in (alice, bob, carol, dave):
        device.close()


main()
