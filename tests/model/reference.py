"""The rules of the protocol, written down a second time and as plainly as can be.

Everything is kept in dicts and lists, and looked for by walking them. Nothing here knows how the
product stores anything. docs/protocol.md is what it follows.

A method that a user can be refused raises Refused. What goes out to clients is appended to
Messenger.pending, as Publication.
"""

from accounts import Accounts
from direct import Direct
from erasing import Erasing
from groups import Groups
from own import Own
from profiles import Profiles
from pushes import Pushes
from reactions import Reactions
from reading import Reading
from reports import Reports
from things import Id, Publication, Time, properties

# Events of what others did, and the field that names who.
OF_OTHERS = {"approved": "user", "read": "user", "delivered": "user", "invited": "user",
             "group-invited": "by", "reaction": "by"}


class Messenger(Accounts, Direct, Erasing, Groups, Own, Profiles, Pushes, Reactions, Reports, Reading):
    def __init__(self, limits, moderators=(), push_user=None):
        self.limits = limits
        self.moderators = moderators
        self.push_user = push_user
        self.pushes = {}  # user -> {device: {"endpoint": ...}}
        self.forget_sleepers()
        self.accounts = "off"
        self.tokens = {}  # user -> {device: {"secret": ...}}
        self.invites = []
        self.signups = {}  # name -> (the invitation that they came by, when), until they have a token
        self.came = set()
        self.suspended_until = {}
        self.reports = []  # in the order in which they were made
        self.now = 0
        self.retain_days = {"direct": 0, "group": 0}  # after so many messages end by themselves; 0: never
        self.step = 0  # one for each thing that a user does
        self.turns = 0  # how often the clock has gone back
        self.high = 0  # the latest time in an id that was drawn ...
        self.high_stored = 0  # ... and that was stored
        self.relations = {}
        self.open = set()  # (a, b): a's standing with b is open
        self.messages = []  # in the order in which they were accepted
        self.events = []  # all that were told: (place, user or None, group or None, what it says)
        self.authors = {}  # id of an event with a title or a note -> whose that is
        self.receipts = {}  # (user, other) -> {"read": Message, ...}: what the other was told to have
        self.markers = {}  # (user, "user" or "group", name) -> {"read": Message, ...}
        self.settings_of = {}
        self.reactions = []  # in the order in which they were made
        self.own = {}  # user -> {key: value}
        self.profiles = {}  # user -> {"version": Id, ...}, empty of who has none
        self.groups = {}
        self.blocks = []  # [blocker, blocked, since, until]: places in the order of all things
        self.places = {}  # id -> its place in the order of all things
        self.place = 0
        self.buckets = {}
        self.pending = []

    # ---- time and numbers ----

    def draw(self):
        self.high = max(self.high, self.now)
        return Id(self.step, self.high, self.now, self.turns)

    def stored(self):
        """Something was changed: from here on the time in ids survives a restart."""
        self.high = self.high_stored = max(self.high, self.now)

    def next_place(self):
        self.place += 1
        return self.place

    def restart(self):
        """What is only in memory is gone: answers, typing, rates."""
        self.high = self.high_stored
        self.buckets = {}
        self.forget_sleepers()
        self.pending = [p for p in self.pending if p.lasting]
        for publication in self.pending:  # as late as this, a request may be in the inbox alone
            publication.spare = publication.moved()

    # ---- rates (section 7) ----

    def size_of_bucket(self, of):
        """Sending and repeating have one each; typing is passed on once in two seconds."""
        if of == "typing":
            return 1 * 60000, 30
        return self.limits["rate_burst"] * 60000, self.limits["rate_per_minute"]

    def has_token(self, user, of="sending"):
        full, per_minute = self.size_of_bucket(of)
        level, at = self.buckets.get((of, user), (full, self.now))
        level = min(level + max(0, self.now - at) * per_minute, full)
        self.buckets[of, user] = (level, self.now)
        return level >= 60000

    def take_token(self, user, of="sending"):
        if not self.has_token(user, of):
            return False
        self.owe_token(user, of)
        return True

    def wait(self, user):
        """In how many ms there is a token again."""
        full, per_minute = self.size_of_bucket("sending")
        level = full if self.has_token(user) else self.buckets["sending", user][0]
        return -(-max(0, 60000 - level) // per_minute)

    def owe_token(self, user, of):
        """Take one, whether there is one or not."""
        self.has_token(user, of)
        level, at = self.buckets[of, user]
        self.buckets[of, user] = (max(level - 60000, -self.size_of_bucket(of)[0]), at)

    # ---- what goes out (sections 2 and 6) ----

    def publish(self, publication):
        self.pending.append(publication)
        return publication

    def echo(self, message, client=None):
        """The "stored" tick of the sender's devices; ${client} has repeated the message."""
        if message.group:
            topic = ("bc", "group", message.group, "messages", message.sender, message.id)
            before = [m for m in self.in_group(message.group)
                      if self.places[m.id] < self.places[message.id]]
            return self.publish(Publication(
                topic, message.payload, None,
                properties(message, True, before[-1].id if before else None), client,
                lasting=False))
        topic = ("bc", "user", message.sender, "sent", message.to, message.id)
        return self.publish(Publication(
            topic, message.payload, lambda user: user == message.sender and not message.erased,
            properties(message, True), lasting=client is None))

    def copy(self, message, box, after=None):
        """The recipient's copy of a direct message."""
        to, sender = message.to, message.sender
        before = [m for m in self.conversation(to, sender)
                  if self.places[m.id] < self.places[message.id]]

        def readable(user):
            return (user == to and not message.erased and not self.relation(to, sender).blocked
                    and not (box == "requests" and message.box == "declined"))

        self.publish(Publication(
            ("bc", "user", to, box, sender, message.id), message.payload, readable,
            properties(message, False, before[-1].id if before else None), after=after,
            moved=lambda: box == "requests" and message.box == "inbox"))

    def tell(self, user, event, /, **fields):
        """An event for all devices of one user; a block withholds what others did from queues, too."""
        fields = self.event(event, fields, user=user)
        other = fields.get(OF_OTHERS.get(event), user)
        self.publish(Publication(
            ("bc", "user", user, "events", event), fields,
            lambda reader: reader == user and not self.relation(user, other).blocked))
        return fields

    def tell_group(self, group, event, /, **fields):
        """An event for the members of a group."""
        fields = self.event(event, fields, group=group.name)
        actor = fields.get("by", fields.get("user"))
        place = self.place
        self.publish(Publication(
            ("bc", "group", group.name, "events", event), fields,
            lambda reader: reader in group.members and not self.relation(reader, actor).blocked
            and self.sees_event(reader, group.name, place, actor)))

    def event(self, event, fields, user=None, group=None):
        id = fields.get("id") or self.draw()
        fields = dict(fields, id=id, time=Time(id))
        self.places[id] = self.next_place()
        if "title" in fields:
            self.authors[id] = self.groups[group or fields["group"]].titled_by
        said = dict(fields, type="event", event=event)
        if group is not None:
            said["group"] = group  # live it is in the topic
        self.events.append((self.places[id], user, group, said))
        return fields
