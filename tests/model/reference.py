"""The rules of the protocol, written down a second time and as plainly as can be.

Everything is kept in dicts and lists, and looked for by walking them. Nothing here knows how the
product stores anything. What the protocol leaves open follows docs/design.md, "Decisions where the
contract is silent".

A method that a user can be refused raises Refused. What goes out to clients is appended to
Messenger.pending, as Publication.
"""

DAY_MS = 24 * 60 * 60 * 1000
FOREVER = float("inf")


class Refused(Exception):
    """A refusal, with its code on the wire (section 7)."""

    @property
    def code(self):
        return self.args[0]


class Id:
    """A number that the product draws. Its value is unknown until the product shows it."""

    def __init__(self, step, ms):
        self.step = step  # ids of later steps are greater
        self.ms = ms  # the time in it
        self.value = None

    def text(self):
        return "%016x" % self.value

    def __repr__(self):
        return "Id(%s)" % (self.text() if self.value is not None else "?")


class Time:
    """The time of an id."""

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
        self.box = None  # the recipient's: inbox, held, declined; None: they never see it

    @property
    def time(self):
        return self.id.ms


class Publication:
    """What a client may receive: a topic, a payload, and who may read it."""

    def __init__(self, topic, payload, readable, properties=None, client=None, lasting=True,
                 after=None):
        self.topic = topic  # its levels; one can be an Id
        self.payload = payload  # bytes, or what the JSON says
        self.readable = readable  # user -> whether READ is allowed, now
        self.properties = properties
        self.client = client  # to this client alone
        self.lasting = lasting  # it follows from what is stored: a crash can't lose it
        self.after = after  # a publication that goes out earlier


class Relation:
    """What a user holds about another."""

    def __init__(self):
        self.stance = "stranger"
        self.declined_until = 0
        self.blocked = False


class Invitation:
    def __init__(self, id, by):
        self.id = id
        self.by = by


class Member:
    def __init__(self, role, joined):
        self.role = role
        self.joined = joined


class Group:
    def __init__(self, name, title):
        self.name = name
        self.title = title
        self.members = {}  # user -> Member, in the order in which they joined
        self.stints = {}  # user -> [[joined, left], ...], as places in the order of all things
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


class Messenger:
    def __init__(self, limits, moderators=()):
        self.limits = limits
        self.moderators = moderators
        self.suspended_until = {}
        self.reports = []  # in the order in which they were made
        self.now = 0
        self.step = 0  # one for each thing that a user does
        self.high = 0  # the latest time in an id that was drawn ...
        self.high_stored = 0  # ... and that was stored
        self.relations = {}
        self.open = set()  # (a, b): a's standing with b is open
        self.messages = []  # in the order in which they were accepted
        self.events = []  # all that were told: (place, user or None, group or None, what it says)
        self.markers = {}  # (user, "user" or "group", name) -> {"read": Message, ...}
        self.settings_of = {}
        self.groups = {}
        self.blocks = []  # [blocker, blocked, since, until]: places in the order of all things
        self.places = {}  # id -> its place in the order of all things
        self.place = 0
        self.buckets = {}
        self.pending = []

    # ---- time and numbers ----

    def draw(self):
        self.high = max(self.high, self.now)
        return Id(self.step, self.high)

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
        self.pending = [p for p in self.pending if p.lasting]

    # ---- rates (section 7) ----

    def has_token(self, user):
        level, at = self.buckets.get(user, (self.limits["rate_burst"] * 60000, self.now))
        level += max(0, self.now - at) * self.limits["rate_per_minute"]
        level = min(level, self.limits["rate_burst"] * 60000)
        self.buckets[user] = (level, self.now)
        return level >= 60000

    def take_token(self, user):
        if not self.has_token(user):
            return False
        level, at = self.buckets[user]
        self.buckets[user] = (level - 60000, at)
        return True

    # ---- what users hold about each other (section 3) ----

    def relation(self, owner, other):
        return self.relations.setdefault((owner, other), Relation())

    def stance(self, owner, other):
        relation = self.relation(owner, other)
        if relation.blocked:
            return "blocked"
        if relation.stance == "declined" and self.now >= relation.declined_until:
            return "stranger"  # after request_days B is a stranger again
        return relation.stance

    def is_contact(self, owner, other):
        return self.stance(owner, other) == "contact"

    def settings(self, user):
        return self.settings_of.setdefault(user, {
            "who-can-message": "everyone", "read-receipts": True, "group-invites": "contacts"})

    # ---- messages (section 3) ----

    def between(self, sender, to):
        return [m for m in self.messages if m.sender == sender and m.to == to]

    def conversation(self, user, other):
        """What is between two users, as the first of them sees it."""
        return [m for m in self.messages if m.to and {m.sender, m.to} == {user, other}
                and self.sees(user, m)]

    def sees(self, user, message):
        if message.group:
            return self.sees_in_group(user, message)
        return message.sender == user or (message.to == user and message.box is not None)

    def state(self, user, message):
        if message.sender == user:
            return "sent"
        if message.group:
            return "group"
        if message.box == "held" and self.relation(user, message.sender).blocked:
            return "declined"
        return message.box

    def counted(self, sender, to):
        """The accepted messages that count while pending: each leaves request_days later."""
        days = self.limits["request_days"] * DAY_MS
        return [m for m in self.between(sender, to) if self.now < m.time + days]

    def held(self, owner, sender):
        return [m for m in self.between(sender, owner) if m.box == "held"]

    def find_repeat(self, sender, msgid):
        days = self.limits["msgid_days"] * DAY_MS
        for message in reversed(self.messages):
            if msgid is not None and (message.sender, message.msgid) == (sender, msgid):
                return message if self.now < message.time + days else None
        return None

    def send(self, client, sender, payload, kind, to=None, group=None, msgid=None, reply_to=None,
             content_type=None, origin=None):
        """A message to a user or a group. Returns its id."""
        # Judged in this order: name, size, repeat, suspension, rate, own block or membership,
        # kind, limit.
        if to is not None and not valid_user(to):
            raise Refused("bad-name")
        if group is not None and not valid_group(group):
            raise Refused("bad-name")
        if len(payload) == 0:
            raise Refused("empty-message")
        if len(payload) > self.limits["message_max_bytes"]:
            raise Refused("too-large")
        repeated = self.find_repeat(sender, msgid)
        if repeated:
            if (repeated.to, repeated.group, repeated.payload) != (to, group, payload):
                raise Refused("bad-request")
            self.echo(repeated, client)
            return repeated.id
        self.check_suspended(sender)
        if not self.take_token(sender):
            raise Refused("rate-limit")
        if to is not None and self.relation(sender, to).blocked:
            raise Refused("not-possible")
        if group is not None and not self.is_member(group, sender):
            raise Refused("not-a-member")
        if kind not in self.limits["kinds"]:
            raise Refused("kind-not-allowed")
        if to not in (None, sender) and (sender, to) not in self.open:
            self.check_pending(sender, to, payload, kind)
        self.stored()
        message = Message(self.draw(), sender, to, group, payload, kind, msgid, reply_to,
                          content_type, origin)
        self.places[message.id] = self.next_place()
        if group is not None:
            self.deliver_to_group(message)
        else:
            self.deliver_to_user(message)
        return message.id

    def forward(self, client, sender, message, to=None, group=None):
        """A copy of a message that the sender can see: the rule applies as to any send."""
        if not self.has_token(sender):
            raise Refused("rate-limit")
        if not self.sees(sender, message):
            self.take_token(sender)
            raise Refused("no-such-message")
        return self.send(client, sender, message.payload, message.kind, to, group,
                         content_type=message.content_type, origin=message)

    def check_pending(self, sender, to, payload, kind):
        """What a sender whom the recipient has not approved may send."""
        if kind not in self.limits["request_kinds"]:
            raise Refused("kind-not-allowed")
        if len(payload) > self.limits["request_max_bytes"]:
            raise Refused("request-limit")
        count = len(self.counted(sender, to))
        if count >= self.limits["request_max_messages"]:
            raise Refused("request-limit")
        others = {m.to for m in self.messages if m.sender == sender and m.to not in (None, sender)
                  and (sender, m.to) not in self.open and self.counted(sender, m.to)}
        if count == 0 and len(others) >= self.limits["request_max_pending"]:
            raise Refused("request-limit")

    def box_for(self, message):
        """Where the message goes, by the recipient's stance."""
        sender, to = message.sender, message.to
        stance = self.stance(to, sender)
        if stance == "stranger" and self.settings(to)["who-can-message"] == "contacts":
            stance = "declined"  # strangers are treated as declined
        if stance == "contact":
            return "inbox"
        if stance in ("declined", "blocked"):
            return None
        if (sender, to) in self.open and (
                message.kind not in self.limits["request_kinds"]
                or len(message.payload) > self.limits["request_max_bytes"]
                or len(self.held(to, sender)) >= self.limits["request_max_messages"]):
            return None
        return "held"

    def deliver_to_user(self, message):
        sender, to = message.sender, message.to
        if sender != to:
            message.box = self.box_for(message)
        self.messages.append(message)
        echo = self.echo(message)
        if message.box is not None:
            self.copy(message, "inbox" if message.box == "inbox" else "requests", echo)
        # Writing to someone is knowing them.
        if sender != to and self.relation(sender, to).stance != "contact":
            self.know(sender, to)

    def know(self, owner, other):
        """${owner} makes ${other} a contact, and what was held goes to the inbox, in order."""
        relation = self.relation(owner, other)
        relation.stance = "contact"
        self.open.add((other, owner))
        self.tell(owner, "contact", user=other, contact=True)
        moved = [m for m in self.between(other, owner) if m.box in ("held", "declined")]
        for message in moved:
            message.box = "inbox"
            self.copy(message, "inbox")
        return len(moved)

    def approve(self, owner, other):
        if owner == other:
            raise Refused("bad-request")
        relation = self.relation(owner, other)
        if relation.blocked:
            raise Refused("not-possible")
        if relation.stance == "contact":
            return 0
        self.stored()
        pending = (other, owner) not in self.open
        moved = self.know(owner, other)
        if pending and self.between(other, owner) and not self.relation(other, owner).blocked:
            self.tell(other, "approved", user=owner)
        return moved

    def decline(self, owner, other):
        if owner == other:
            raise Refused("bad-request")
        relation = self.relation(owner, other)
        if self.stance(owner, other) == "contact":
            raise Refused("not-possible")
        held = self.held(owner, other)
        if relation.blocked or not held:
            return  # there is nothing to do
        self.stored()
        relation.stance = "declined"
        relation.declined_until = self.now + self.limits["request_days"] * DAY_MS
        for message in held:
            message.box = "declined"
        self.tell(owner, "request-declined", user=other)

    def block(self, owner, other):
        if owner == other:
            raise Refused("bad-request")
        relation = self.relation(owner, other)
        if relation.blocked:
            return
        self.stored()
        relation.blocked = True
        self.blocks.append([owner, other, self.next_place(), FOREVER])
        for group in self.groups.values():  # a blocked inviter's invitations vanish
            if owner in group.invitations and group.invitations[owner].by == other:
                del group.invitations[owner]
        self.tell(owner, "blocked", user=other)

    def unblock(self, owner, other):
        relation = self.relation(owner, other)
        if not relation.blocked:
            return
        self.stored()
        relation.blocked = False
        for block in self.blocks:
            if block[:2] == [owner, other] and block[3] == FOREVER:
                block[3] = self.next_place()
        self.tell(owner, "unblocked", user=other)

    def remove_contact(self, owner, other):
        if self.stance(owner, other) != "contact":
            return
        self.stored()
        self.relation(owner, other).stance = "stranger"
        self.tell(owner, "contact", user=other, contact=False)

    def change_settings(self, user, **change):
        settings = self.settings(user)
        if any(settings[name] != value for name, value in change.items()):
            self.stored()
            settings.update(change)
            self.tell(user, "settings", **settings)
        return dict(settings)

    def type_to(self, sender, payload, to=None, group=None):
        """Typing is never answered, whatever becomes of it."""
        if len(payload) > 64 or not self.take_token(sender):
            return
        if self.is_suspended(sender):
            return
        if group is not None:
            if self.is_member(group, sender):
                self.publish(Publication(
                    ("bc", "group", group, "typing", sender), payload,
                    lambda user: self.is_member(group, user)
                    and not self.relation(user, sender).blocked, lasting=False))
        elif (valid_user(to) and to != sender and self.is_contact(sender, to)
              and self.is_contact(to, sender)):
            self.publish(Publication(("bc", "user", to, "typing", sender), payload,
                                     lambda user: user == to, lasting=False))

    # ---- groups (section 4) ----

    def is_member(self, group, user):
        return group in self.groups and user in self.groups[group].members

    def was_member(self, group, user):
        return group in self.groups and user in self.groups[group].stints

    def was_in(self, user, group, place):
        return any(joined < place < left
                   for joined, left in self.groups[group].stints.get(user, []))

    def sees_in_group(self, user, message):
        stints = self.groups[message.group].stints.get(user, [])
        place = self.places[message.id]
        if self.limits["history_for_new_members"] == "all":
            inside = bool(stints) and place < stints[-1][1]
        else:
            inside = self.was_in(user, message.group, place)
        hidden = any(block[:2] == [user, message.sender] and block[2] < place < block[3]
                     for block in self.blocks)
        return inside and not hidden

    def reads_in_group(self, user, message):
        """Whether it is delivered, now: to members who have not blocked its sender."""
        return (self.is_member(message.group, user)
                and not self.relation(user, message.sender).blocked
                and self.sees_in_group(user, message))

    def in_group(self, name):
        return [m for m in self.messages if m.group == name]

    def deliver_to_group(self, message):
        before = self.in_group(message.group)
        self.messages.append(message)
        self.publish(Publication(
            ("bc", "group", message.group, "messages", message.sender, message.id),
            message.payload, lambda user: self.reads_in_group(user, message),
            properties=properties(message, True, before[-1].id if before else None)))

    def role(self, group, user, least):
        """To others every group is not-a-member; who may not do something is told so."""
        if not self.is_member(group, user):
            raise Refused("not-a-member")
        role = self.groups[group].members[user].role
        if RANKS[role] > RANKS[least]:
            raise Refused("not-authorized")
        return self.groups[group]

    def groups_of(self, user):
        return [g for g in self.groups.values() if user in g.members]

    def has_room(self, user):
        return len(self.groups_of(user)) < self.limits["groups_per_user"]

    def join(self, group, user, role, by):
        id = self.draw()
        group.members[user] = Member(role, id)
        group.stints.setdefault(user, []).append([self.next_place(), FOREVER])
        group.invitations.pop(user, None)
        group.silent_until.pop(user, None)
        if user != by or role != "owner":
            self.tell_group(group, "joined", user=user, by=by)
        self.tell(user, "group-joined", group=group.name, title=group.title, by=by)

    def create_group(self, user, name, title="", users=()):
        if not valid_group(name):
            raise Refused("bad-name")
        self.check_suspended(user)
        if name in self.groups:
            raise Refused("group-exists")
        if not self.has_room(user):
            raise Refused("not-possible")
        self.check_invited(users, 1)
        self.stored()
        self.groups[name] = Group(name, title)
        self.join(self.groups[name], user, "owner", user)
        self.invite_all(self.groups[name], user, users)

    def check_invited(self, users, members):
        if not all(valid_user(user) for user in users):
            raise Refused("bad-name")
        if len(users) > self.limits["group_max_members"] - members:
            raise Refused("group-full")

    def invite(self, user, name, users):
        if not valid_group(name):
            raise Refused("bad-name")
        self.check_suspended(user)
        group = self.role(name, user, "admin")
        self.check_invited(users, len(group.members))
        self.stored()
        self.invite_all(group, user, users)

    def standing_invitation(self, group, user):
        """The invitation that waits for ${user}: while its sender may invite."""
        invitation = group.invitations.get(user)
        if invitation is None or invitation.by not in group.members:
            return None
        return invitation if group.members[invitation.by].role in ("owner", "admin") else None

    def invite_all(self, group, by, users):
        for user in dict.fromkeys(users):  # who is named twice is invited once
            settings = self.settings(user)
            contact = self.is_contact(user, by)
            if (user == by or user in group.members
                    or self.stance(user, by) in ("blocked", "declined")
                    or (settings["who-can-message"] == "contacts" and not contact)
                    or settings["group-invites"] == "none"
                    or self.now < group.silent_until.get(user, 0)):
                continue  # dropped silently
            if (contact and settings["group-invites"] == "contacts"
                    and user not in group.asks_again and self.has_room(user)):
                self.join(group, user, "member", by)
            elif not self.standing_invitation(group, user):
                group.invitations[user] = Invitation(self.draw(), by)
                self.places[group.invitations[user].id] = self.next_place()
                self.tell(user, "group-invited", group=group.name, title=group.title, by=by)

    def join_invited(self, user, name):
        if not valid_group(name):
            raise Refused("bad-name")
        if self.is_member(name, user):
            return
        group = self.groups.get(name)
        invitation = self.standing_invitation(group, user) if group else None
        if not invitation:
            raise Refused("not-a-member")
        if len(group.members) >= self.limits["group_max_members"]:
            raise Refused("group-full")
        if not self.has_room(user):
            raise Refused("not-possible")
        self.stored()
        self.join(group, user, "member", invitation.by)

    def decline_invitation(self, user, name):
        if not valid_group(name):
            raise Refused("bad-name")
        if self.is_member(name, user):
            raise Refused("not-possible")
        group = self.groups.get(name)
        if not group or not self.standing_invitation(group, user):
            return
        self.stored()
        del group.invitations[user]
        group.asks_again.add(user)
        group.silent_until[user] = self.now + self.limits["request_days"] * DAY_MS
        self.tell(user, "request-declined", group=name)

    def part(self, group, user):
        del group.members[user]
        group.stints[user][-1][1] = self.next_place()
        group.asks_again.add(user)

    def leave(self, user, name):
        group = self.role(name, user, "member")
        self.stored()
        was_owner = group.members[user].role == "owner"
        self.part(group, user)
        self.tell_group(group, "left", user=user)
        self.tell(user, "group-left", group=name)
        if was_owner and group.members:
            # The oldest admin, else the oldest member, becomes owner.
            heirs = [m for m in group.members if group.members[m].role == "admin"]
            heir = (heirs or list(group.members))[0]
            group.members[heir].role = "owner"
            self.tell_group(group, "role", user=heir, role="owner", by=user)

    def remove_member(self, user, name, other):
        group = self.role(name, user, "admin")
        if user == other:
            raise Refused("bad-request")
        if other not in group.members:
            raise Refused("not-found")
        if RANKS[group.members[other].role] <= RANKS[group.members[user].role]:
            raise Refused("not-authorized")
        self.stored()
        self.part(group, other)
        self.tell_group(group, "removed", user=other, by=user)
        self.tell(other, "group-removed", group=name, by=user)

    def set_role(self, user, name, other, role):
        group = self.role(name, user, "owner")
        if other not in group.members:
            raise Refused("not-found")
        if group.members[other].role == role:
            return
        if user == other:
            raise Refused("not-possible")
        self.stored()
        group.members[other].role = role
        self.tell_group(group, "role", user=other, role=role, by=user)
        if role == "owner":
            group.members[user].role = "admin"
            self.tell_group(group, "role", user=user, role="admin", by=user)

    def rename_group(self, user, name, title):
        self.check_suspended(user)
        group = self.role(name, user, "admin")
        if group.title != title:
            self.stored()
            group.title = title
            self.tell_group(group, "renamed", title=title, by=user)

    # ---- reports and moderators (section 5) ----

    def is_suspended(self, user):
        return self.now < self.suspended_until.get(user, 0)

    def check_suspended(self, user):
        if self.is_suspended(user):
            raise Refused("suspended")

    def report(self, user, reason, message=None, other=None, group=None, note="", block=False):
        """Keeps the evidence: the message and up to 10 before it. Returns the report's id."""
        if message is not None:
            if not self.sees(user, message):
                raise Refused("no-such-message")
            if message.sender == user:
                raise Refused("bad-request")
            other, group = message.sender, message.group
            seen = self.history(user, other if group is None else None, group)
            seen = seen[:seen.index(message) + 1]
        else:
            if other == user or (group is not None and block):
                raise Refused("bad-request")
            seen = self.history(user, other, group)
            if group is None and not seen:
                raise Refused("not-found")
        report = next((r for r in self.reports if not r.resolution and (
            r.by, r.message, r.message or (r.user, r.group)) == (
            user, message, message or (other, group))), None)
        if report is None:
            self.stored()
            report = Report(self.draw(), user, other, group, message, reason, note,
                            [(m, self.state(user, m)) for m in seen[-11:]])
            self.reports.append(report)
        if block:
            self.block(user, other)
        return report.id

    def resolve(self, moderator, report, action, days=36500, note=""):
        if report.resolution:
            raise Refused("not-possible")
        if report.user == moderator:
            raise Refused("not-authorized")
        if report.user is None and action != "dismiss":
            raise Refused("bad-request")
        self.stored()
        id = self.draw()
        report.resolution = {"action": action, "by": moderator, "time": Time(id), "note": note}
        self.tell(report.by, "report-resolved", report=report.id, action=action)
        if action == "warn":
            self.tell(report.user, "warned", note=note)
        if action == "suspend":
            self.set_suspension(report.user, days, note)
            report.resolution["until"] = self.suspended_until[report.user]

    def set_suspension(self, user, days, note):
        self.suspended_until[user] = self.now + days * DAY_MS
        self.tell(user, "suspended", until=self.suspended_until[user], note=note)

    def suspend(self, moderator, user, days=36500, note=""):
        if moderator == user:
            raise Refused("bad-request")
        self.stored()
        self.set_suspension(user, days, note)

    def unsuspend(self, moderator, user):
        if moderator == user:
            raise Refused("bad-request")
        if self.is_suspended(user):
            self.stored()
            self.suspended_until[user] = 0
            self.tell(user, "unsuspended")

    def list_reports(self, user, state="open"):
        if user not in self.moderators:
            raise Refused("not-authorized")
        return [self.report_json(report) for report in self.reports
                if bool(report.resolution) == (state == "resolved")]

    def report_json(self, report):
        json = {"report": report.id, "by": report.by, "reason": report.reason,
                "note": report.note, "time": Time(report.id),
                "state": "resolved" if report.resolution else "open",
                "evidence": [self.evidence_json(report.by, *e) for e in report.evidence]}
        if report.user is not None:
            json["user"] = report.user
        if report.group is not None:
            json["group"] = report.group
        if report.message is not None:
            json["id"] = report.message.id
        if report.resolution:
            json["resolution"] = report.resolution
        return json

    def evidence_json(self, reporter, message, state):
        json = dict(self.message_json(reporter, message), state=state)
        origin = message.origin
        if origin:  # moderators are told who wrote first what was forwarded
            json["origin"] = {"id": origin.id, "from": origin.sender, "time": Time(origin.id)}
            json["origin"].update(
                {"group": origin.group} if origin.group else {"to": origin.to})
        return json

    # ---- reading (section 5) ----

    def message_json(self, user, message):
        json = {"id": message.id, "from": message.sender, "time": Time(message.id),
                "kind": message.kind, "state": self.state(user, message)}
        json.update({"group": message.group} if message.group else {"to": message.to})
        json.update(payload_json(message.payload))
        if message.content_type:
            json["content-type"] = message.content_type
        if message.msgid and message.sender == user:
            json["msgid"] = message.msgid
        if message.reply_to:
            json["reply-to"] = message.reply_to
        if message.origin:
            json["forwarded"] = True
        return json

    def history(self, user, other=None, group=None):
        if group is not None:
            if not self.was_member(group, user):
                raise Refused("not-a-member")
            return [m for m in self.in_group(group) if self.sees(user, m)]
        return self.conversation(user, other)

    def get(self, user, message):
        if not self.sees(user, message):
            raise Refused("no-such-message")
        return {"message": self.message_json(user, message)}

    def sync(self, user):
        """Everything in a user's mailbox, ascending."""
        items = [(self.places[m.id], dict(self.message_json(user, m), type="message"))
                 for m in self.messages if self.sees(user, m)
                 and (not m.group or self.was_in(user, m.group, self.places[m.id]))]
        items += [(place, said) for place, to, group, said in self.events
                  if to == user or group is not None and self.was_in(user, group, place)]
        return [said for _, said in sorted(items, key=lambda item: item[0])]

    def conversations(self, user):
        """Newest first, by the last message that isn't held or declined."""
        others = {m.to if m.sender == user else m.sender for m in self.messages
                  if m.to and user in (m.sender, m.to)}
        rows = []
        for other in others:
            shown = [m for m in self.conversation(user, other)
                     if self.state(user, m) in ("sent", "inbox")]
            rows.append(self.conversation_row(user, shown, shown, user=other))
        for group in self.groups.values():
            shown = [m for m in self.in_group(group.name) if self.sees(user, m)]
            since = [m for m in shown if self.was_in(user, group.name, self.places[m.id])]
            rows.append(self.conversation_row(
                user, shown, since, group=group.name, title=group.title))
        return [row for _, row in sorted(filter(None, rows), key=lambda row: -row[0])]

    def conversation_row(self, user, shown, counted, /, title=None, **peer):
        """What to sort by, and the row; None if there is nothing to show."""
        if not shown:
            return None
        read = self.markers.get((user, peer.get("user"), peer.get("group")), {}).get("read")
        row = {**peer, "last": self.message_json(user, shown[-1]), "unread": len(
            [m for m in counted if m.sender != user and self.past(m, read)])}
        if title is not None:
            row["title"] = title
        if read is not None:
            row["read"] = read.id
        return self.places[shown[-1].id], row

    def mark(self, user, other=None, group=None, **positions):
        """Markers go to the newest message that the user sees at or before a position."""
        if group is not None and not self.was_member(group, user):
            raise Refused("not-a-member")
        seen = self.history(user, other, group)
        before = self.markers.get((user, other, group), {})
        markers = dict(before)
        for name, position in positions.items():
            reached = [m for m in seen if self.places[m.id] <= self.places[position.id]]
            if reached and self.past(reached[-1], markers.get(name)):
                markers[name] = reached[-1]
        if markers == before:
            return
        self.stored()
        self.markers[user, other, group] = markers
        peer = {"user": other} if group is None else {"group": group}
        self.tell(user, "marked", **peer, **{name: m.id for name, m in markers.items()})
        if group is None and other != user and self.wants_receipts(user, other):
            for name in ("delivered", "read"):
                self.tell_receipt(user, other, name, before.get(name), markers.get(name))

    def past(self, message, marker):
        return marker is None or self.places[message.id] > self.places[marker.id]

    def wants_receipts(self, user, other):
        return (self.is_contact(user, other) and self.is_contact(other, user)
                and self.settings(user)["read-receipts"] and self.settings(other)["read-receipts"])

    def tell_receipt(self, user, other, name, before, marker):
        """It names the newest message that the other sees, too, of those that were passed."""
        passed = [m for m in self.conversation(user, other) if self.past(m, before)
                  and marker is not None and not self.past(m, marker) and self.sees(other, m)]
        if passed:
            self.tell(other, name, **{"user": user, "up-to": passed[-1].id})

    def requests(self, user):
        rows = []
        for sender in {m.sender for m in self.messages if m.to == user}:
            held = self.held(user, sender)
            if held and not self.relation(user, sender).blocked:
                row = {"user": sender, "count": len(held), "first": held[0].id,
                       "last": held[-1].id, "time": Time(held[-1].id)}
                if held[-1].kind in ("text", "link"):
                    row["preview"] = held[-1].payload[:120].decode()
                rows.append((self.places[held[0].id], row))
        for group in self.groups.values():
            invitation = self.standing_invitation(group, user)
            if invitation:
                rows.append((self.places[invitation.id], {
                    "group": group.name, "title": group.title, "by": invitation.by,
                    "time": Time(invitation.id)}))
        return [row for _, row in sorted(rows, key=lambda row: row[0])]

    def contacts(self, user):
        return sorted(other for owner, other in self.relations
                      if owner == user and self.is_contact(owner, other))

    def blocked(self, user):
        return sorted(other for (owner, other), relation in self.relations.items()
                      if owner == user and relation.blocked)

    def list_groups(self, user):
        return [{"group": g.name, "title": g.title, "role": g.members[user].role,
                 "members": len(g.members)}
                for g in sorted(self.groups_of(user), key=lambda g: g.name)]

    def list_members(self, user, name):
        group = self.role(name, user, "member")
        return [{"user": member, "role": group.members[member].role,
                 "joined": Time(group.members[member].joined)}
                for member in sorted(group.members)]

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
            topic, message.payload, lambda user: user == message.sender,
            properties(message, True), lasting=client is None))

    def copy(self, message, box, after=None):
        """The recipient's copy of a direct message."""
        to, sender = message.to, message.sender
        before = [m for m in self.conversation(to, sender)
                  if self.places[m.id] < self.places[message.id]]

        def readable(user):
            return (user == to and not self.relation(to, sender).blocked
                    and not (box == "requests" and message.box == "declined"))

        self.publish(Publication(
            ("bc", "user", to, box, sender, message.id), message.payload, readable,
            properties(message, False, before[-1].id if before else None), after=after))

    def tell(self, user, event, /, **fields):
        """An event for all devices of one user."""
        fields = self.event(event, fields, user=user)
        self.publish(Publication(("bc", "user", user, "events", event), fields,
                                 lambda reader: reader == user))

    def tell_group(self, group, event, /, **fields):
        """An event for the members of a group."""
        fields = self.event(event, fields, group=group.name)
        self.publish(Publication(("bc", "group", group.name, "events", event), fields,
                                 lambda reader: reader in group.members))

    def event(self, event, fields, user=None, group=None):
        id = self.draw()
        fields = dict(fields, id=id, time=Time(id))
        self.places[id] = self.next_place()
        said = dict(fields, type="event", event=event)
        if group is not None:
            said["group"] = group  # live it is in the topic
        self.events.append((self.places[id], user, group, said))
        return fields


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
    import base64
    try:
        if b"\0" not in payload:
            return {"payload": payload.decode("utf-8")}
    except UnicodeDecodeError:
        pass
    return {"payload-base64": base64.b64encode(payload).decode()}


def valid_user(name):
    return (1 <= len(name.encode()) <= 64 and name[0] not in "$@"
            and not any(c in "/+#" or ord(c) < 32 or 127 <= ord(c) < 160 for c in name))


def valid_group(name):
    return 1 <= len(name) <= 64 and all(
        c.isascii() and (c.isalnum() or c in "._-") for c in name)
