"""What the rules are about: users' names, messages, groups, and what goes out."""

import base64
import unicodedata

DAY_MS = 24 * 60 * 60 * 1000
FOREVER = float("inf")


class Silent(Exception):
    """A repeat too many: acknowledged, and that is all."""


class Refused(Exception):
    """A refusal, with its code on the wire (section 7)."""

    @property
    def code(self):
        return self.args[0]


class Unread(Refused):
    """One of a command that is past the rate, and read for its `ref` only if it is short."""


class Id:
    """A number that the product draws. Its value is unknown until the product shows it."""

    def __init__(self, step, ms, at, turns):
        self.step = step  # ids of later steps are greater
        self.ms = ms  # the time in it
        self.at = at  # what the clock showed when it was drawn
        self.turns = turns  # how often the clock had gone back by then
        self.value = None
        self.told = None  # the time that the product says it has

    def text(self):
        return "%016x" % self.value

    def __repr__(self):
        return "Id(%s)" % (self.text() if self.value is not None else "?")


class Time:
    """What the clock showed when an id was drawn."""

    def __init__(self, of):
        self.of = of


class Any:
    """A text that the protocol leaves open."""


class Message:
    def __init__(self, id, sender, to, group, payload, kind, msgid, reply_to, content_type,
                 origin):
        self.id = id
        self.sender = sender
        self.to = to
        self.group = group
        self.payload = payload
        self.kind = kind
        self.msgid = msgid
        self.reply_to = reply_to
        self.content_type = content_type
        self.origin = origin  # the message that this one forwards
        self.erased = False
        self.keepers = []  # open reports that have it as evidence, from before it was erased ...
        self.kept = None  # ... for whom it is as it was: kind, payload, content type
        self.box = None  # the recipient's: inbox, held, declined; None: they never see it

    @property
    def time(self):
        return self.id.at


class Publication:
    """What a client may receive: a topic, a payload, and who may read it."""

    def __init__(self, topic, payload, readable, properties=None, client=None, lasting=True,
                 after=None, moved=lambda: False):
        self.topic = topic  # its levels; one can be an Id
        self.payload = payload  # bytes, or what the JSON says
        self.readable = readable  # user -> whether READ is allowed, now
        self.properties = properties
        self.client = client  # to this client alone
        self.lasting = lasting  # it follows from what is stored: a crash can't lose it
        self.after = after  # a publication that goes out earlier
        self.moved = moved  # whether the same goes out in another box as well
        self.spare = False  # it may go out, or not


class Relation:
    """What a user holds about another."""

    def __init__(self):
        self.stance = "stranger"
        self.declined_until = 0
        self.blocked = False
        self.invitations = 0  # left waiting by the other as a stranger, since they were let in
        self.put_in = 0  # groups that the other put the owner into, since then
        self.profile = {}  # while blocked: the owner's, as it was before


class Invitation:
    def __init__(self, id, by, title, titled_by):
        self.id = id
        self.by = by
        self.title = title  # as it was when the invitation was made ...
        self.titled_by = titled_by  # ... and who had given it


class Member:
    def __init__(self, role, joined, put_in):
        self.role = role
        self.joined = joined
        self.put_in = put_in  # at once, by a contact


class Group:
    def __init__(self, name, title, titled_by):
        self.name = name
        self.title = title
        self.titled_by = titled_by
        self.members = {}  # user -> Member, in the order in which they joined
        self.stints = {}  # user -> [[joined, left], ...], as places in the order of all things
        self.title_seen = {}  # user -> the title when they left ...
        self.titled_by_seen = {}  # ... and who had given it
        self.invitations = {}  # user -> Invitation
        self.asks_again = set()  # users who left, declined or were removed
        self.silent_until = {}  # user -> end of a decline


class Report:
    def __init__(self, id, by, user, group, message, reason, note, evidence):
        self.id = id
        self.by = by
        self.user = user  # who is reported; None: the group as such
        self.group = group
        self.message = message  # None: the user or the group
        self.reason = reason
        self.note = note
        self.evidence = evidence  # messages, with what each was to the reporter then
        self.resolution = None
        self.note_goes = False  # when it is resolved: who wrote it was erased


RANKS = {"owner": 0, "admin": 1, "member": 2}


def properties(message, own, prev=None):
    """The MQTT 5 properties of a delivered message."""
    result = {"id": message.id, "from": message.sender, "time": Time(message.id),
              "kind": message.kind}
    result.update({"group": message.group} if message.group else {"to": message.to})
    if message.content_type:
        result["content-type"] = message.content_type
    if message.msgid and own:
        result["msgid"] = message.msgid
    if message.reply_to:
        result["reply-to"] = message.reply_to
    if message.origin:
        result["forwarded"] = "1"
    if prev is not None:
        result["prev"] = prev
    return result


def payload_json(payload):
    """A string where the bytes are valid UTF-8 without U+0000, else base64."""
    try:
        if b"\0" not in payload:
            return {"payload": payload.decode("utf-8")}
    except UnicodeDecodeError:
        pass
    return {"payload-base64": base64.b64encode(payload).decode()}


def unseen(character):
    """Controls, format characters, separators of lines and paragraphs, noncharacters."""
    number = ord(character)
    return (unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
            or number & 0xfffe == 0xfffe or 0xfdd0 <= number <= 0xfdef)


def valid_user(name):
    return (1 <= len(name.encode()) <= 64 and name[0] not in "$@"
            and not any(c in "/+#" or unseen(c) for c in name))


def valid_title(title):
    return len(title.encode()) <= 128 and not any(
        unseen(c) and c not in "\u200c\u200d" for c in title)


def valid_group(name):
    return 1 <= len(name) <= 64 and all(
        c.isascii() and (c.isalnum() or c in "._-") for c in name)
