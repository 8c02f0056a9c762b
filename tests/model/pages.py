"""Answers that come in pages, of JSON or protobuf, and of no more bytes than were asked for."""

import base64
import json
import os
import subprocess

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from things import payload_json

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../schema")
LISTS = {"history": ("HistoryPage", "messages"), "sync": ("SyncPage", "items")}

# The most that an answer is beside its items, and what a byte of a payload takes at most.
ROOM = 200
BYTES_PER_BYTE = {"json": 2, "protobuf": 1}


def compile_schema():
    """The messages of schema/page.proto, as Google's compiler reads them."""
    compiled = subprocess.run(
        ["protoc", "--proto_path", SCHEMA, "--descriptor_set_out=/dev/stdout", "page.proto"],
        stdout=subprocess.PIPE, check=True).stdout
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(compiled).file:
        pool.Add(file)
    types = message_factory.MessageFactory(pool)
    return {name: types.GetPrototype(pool.FindMessageTypeByName("backchannel.v1." + name))
            for name, _ in LISTS.values()}


TYPES = compile_schema()


def plain(field, value):
    """A field's value as JSON has it."""
    if field.type == field.TYPE_FIXED64:
        return "%016x" % value
    if field.type == field.TYPE_ENUM:
        return field.enum_type.values_by_number[value].name.split("_")[1].lower()
    return value


def fields(message):
    """What a message, an event or the end of a page says, under the names of JSON."""
    said = {}
    for field, value in message.ListFields():
        if field.name == "payload":
            said.update(payload_json(value))
        elif field.name == "settings":
            said.update(fields(value))
        elif field.name == "reactions":
            said["reactions"] = [dict(fields(reaction), by=list(reaction.by))
                                 for reaction in value]
        elif field.name not in ("messages", "items"):
            said[field.name.replace("_", "-")] = plain(field, value)
    return said


def item(message):
    kind = message.WhichOneof("item")
    return dict(fields(getattr(message, kind)), type=kind)


def read(topic, payload):
    """What an answer says; as in JSON, but without what is empty, 0 or false."""
    if payload.startswith(b"{"):
        return json.loads(payload)
    command = topic.split("/")[2]
    name, items = LISTS[command]
    page = TYPES[name].FromString(payload)
    read_item = item if command == "sync" else fields
    answer = dict(fields(page), ok=True, **{items: [read_item(m) for m in getattr(page, items)]})
    if command == "sync":
        answer.setdefault("after", "0" * 16)
    return answer


def without_nothing(items):
    """Items as they are in protobuf, where what is empty, 0 or false is absent."""
    return [{name: value for name, value in item.items() if value not in ("", 0, False)}
            for item in items]


def is_left_out(item):
    return isinstance(item, dict) and item.get("payload-omitted") is True


def wrongly_left_out(page, first, most, format):
    """Is a payload left out that isn't of the page's ${first} item, or that had room alone?"""
    return any(at != first or ROOM + len(json.dumps(item))
               + item["size"] * BYTES_PER_BYTE[format] <= most
               for at, item in enumerate(page) if is_left_out(item))


def as_shown(expected, found):
    """The expected items, but without their payloads where those found have none."""
    return [without_payload(without_reactions(item, got)) if is_left_out(got)
            and isinstance(item, dict) else without_reactions(item, got)
            for item, got in zip(expected, found + [None] * len(expected))]


def without_reactions(item, got):
    """A message whose reactions had no room, as that says."""
    if not isinstance(got, dict) or "reactions-omitted" not in got or "reactions" not in item:
        return item
    return dict({name: value for name, value in item.items() if name != "reactions"},
                **{"reactions-omitted": True})


def without_payload(item):
    """A message without its payload, whose size is told; an event as it is."""
    if "payload" not in item and "payload-base64" not in item:
        return item
    payload = (item["payload"].encode() if "payload" in item
               else base64.b64decode(item["payload-base64"]))
    rest = {name: value for name, value in item.items()
            if name not in ("payload", "payload-base64")}
    return dict(rest, **{"payload-omitted": True, "size": len(payload)})
