"""What users hold about each other, and messages from one to another (section 3)."""

from things import (DAY_MS, FOREVER, Message, Publication, Refused, Relation, Silent, valid_group,
                    valid_user)


class Direct:
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
            "who-can-message": "everyone", "read-receipts": True, "group-invites": "contacts",
            "findable": False})

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
            same = repeated.erased or repeated.payload == payload
            if (repeated.to, repeated.group) != (to, group) or not same:
                raise Refused("bad-request")
            if not self.take_token(sender, "repeats"):
                raise Silent(repeated)
            if not repeated.erased:
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
        if not self.sees(sender, message) or message.erased:
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
        if count == 0 and len(self.waited_for(sender)) >= self.limits["request_max_pending"]:
            raise Refused("request-limit")

    def waited_for(self, sender):
        """With whom one is pending, and has sent messages that count."""
        return {m.to for m in self.messages if m.sender == sender and m.to not in (None, sender)
                and (sender, m.to) not in self.open and self.counted(sender, m.to)}

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
        self.wake_for_message(message)
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
        relation.invitations = relation.put_in = 0
        self.open.add((other, owner))
        self.tell(owner, "contact", user=other, contact=True)
        moved = [m for m in self.between(other, owner) if m.box in ("held", "declined")]
        for message in moved:
            message.box = "inbox"
            if not message.erased:
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
        relation.profile = self.profiles.get(owner, {})
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
            if self.is_member(group, sender) and self.take_token((sender, "group", group),
                                                                 "typing"):
                self.publish(Publication(
                    ("bc", "group", group, "typing", sender), payload,
                    lambda user: self.is_member(group, user)
                    and not self.relation(user, sender).blocked, lasting=False))
        elif (valid_user(to) and to != sender and self.is_contact(sender, to)
              and self.is_contact(to, sender)
              and self.take_token((sender, "user", to), "typing")):
            self.publish(Publication(("bc", "user", to, "typing", sender), payload,
                                     lambda user: user == to, lasting=False))
