"""What users read: messages, lists, sync, and their markers (section 5)."""

from things import Refused, Time, payload_json


class Reading:
    def message_json(self, user, message):
        json = {"id": message.id, "from": message.sender, "time": Time(message.id),
                "kind": message.kind, "state": self.state(user, message)}
        json.update({"group": message.group} if message.group else {"to": message.to})
        json.update({"erased": True} if message.erased else payload_json(message.payload))
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
        return {"message": self.reacted_json(user, message)}

    def sync(self, user):
        """Everything in a user's mailbox, ascending."""
        items = [(self.places[m.id], dict(self.reacted_json(user, m), type="message"))
                 for m in self.messages if self.sees(user, m)
                 and (not m.group or self.was_in(user, m.group, self.places[m.id]))]
        items += [(place, said) for place, to, group, said in self.events
                  if to == user or group is not None and self.sees_event(
                      user, group, place, said.get("by", said.get("user")))]
        return [said for _, said in sorted(items, key=lambda item: item[0])]

    def conversations(self, user):
        """Newest first, by the last message that isn't held or declined."""
        others = {m.to if m.sender == user else m.sender for m in self.messages
                  if m.to and user in (m.sender, m.to)}
        rows = []
        for other in others:
            shown = self.outside_requests(user, other)
            rows.append(self.conversation_row(
                user, shown, shown, self.standing(user, other), user=other))
        rows = [row and (row[0], self.with_profile(user, row[1]["user"], row[1])) for row in rows]
        for group in self.groups.values():
            shown = [m for m in self.in_group(group.name) if self.sees(user, m)]
            rows.append(self.conversation_row(
                user, shown, self.while_in(user, group.name), {"title": self.title_for(group, user)},
                group=group.name))
        return [row for _, row in sorted(filter(None, rows), key=lambda row: -row[0])]

    def outside_requests(self, user, other):
        return [m for m in self.conversation(user, other)
                if self.state(user, m) in ("sent", "inbox")]

    def while_in(self, user, group):
        return [m for m in self.in_group(group)
                if self.sees(user, m) and self.was_in(user, group, self.places[m.id])]

    def standing(self, user, other):
        """How they stand with the other, from own sends and from receipts."""
        if user == other or (user, other) in self.open:
            row = {"standing": "open"}
        else:
            row = {"standing": "pending", "left": self.left(user, other)}
        receipts = self.receipts.get((user, other), {})
        return dict(row, **{"their-" + name: m.id for name, m in receipts.items()})

    def left(self, sender, to):
        """How many more messages a pending sender may send."""
        count = len(self.counted(sender, to))
        if count == 0 and len(self.waited_for(sender)) >= self.limits["request_max_pending"]:
            return 0
        return max(0, self.limits["request_max_messages"] - count)

    def unread(self, user, counted, read):
        return min(999, len([m for m in counted if m.sender != user and self.past(m, read)]))

    def conversation_row(self, user, shown, counted, more, /, **peer):
        """What to sort by, and the row; None if there is nothing to show."""
        if not shown:
            return None
        read = self.markers.get((user, peer.get("user"), peer.get("group")), {}).get("read")
        row = {**peer, **more, "last": self.message_json(user, shown[-1]),
               "unread": self.unread(user, counted, read)}
        if shown[-1].kind in ("text", "link"):
            row["preview"] = shown[-1].payload[:120].decode()
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
        counted = (self.outside_requests(user, other) if group is None
                   else self.while_in(user, group))
        self.tell(user, "marked", **peer, unread=self.unread(user, counted, markers.get("read")),
                  **{name: m.id for name, m in markers.items()})
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
            self.receipts.setdefault((other, user), {})[name] = passed[-1]

    def requests(self, user):
        rows = []
        for sender in {m.sender for m in self.messages if m.to == user}:
            held = self.held(user, sender)
            if held and not self.relation(user, sender).blocked:
                row = {"user": sender, "count": len(held), "first": held[0].id,
                       "last": held[-1].id, "time": Time(held[-1].id)}
                if held[-1].kind in ("text", "link"):
                    row["preview"] = held[-1].payload[:120].decode()
                rows.append((self.places[held[0].id], self.with_profile(user, sender, row)))
        for group in self.groups.values():
            invitation = self.standing_invitation(group, user)
            if invitation:
                rows.append((self.places[invitation.id], {
                    "group": group.name, "title": invitation.title, "by": invitation.by,
                    "time": Time(invitation.id)}))
        return [row for _, row in sorted(rows, key=lambda row: row[0])]

    def contacts(self, user):
        return sorted(other for owner, other in self.relations
                      if owner == user and self.is_contact(owner, other))

    def blocked(self, user):
        return sorted(other for (owner, other), relation in self.relations.items()
                      if owner == user and relation.blocked)

    def declined(self, user):
        return sorted(other for owner, other in self.relations
                      if owner == user and self.stance(owner, other) == "declined")

    def list_groups(self, user):
        return [{"group": g.name, "title": g.title, "role": g.members[user].role,
                 "members": len(g.members)}
                for g in sorted(self.groups_of(user), key=lambda g: g.name)]

    def list_members(self, user, name):
        group = self.role(name, user, "member")
        return [self.with_profile(user, member, {
                    "user": member, "role": group.members[member].role,
                    "joined": Time(group.members[member].joined)})
                for member in sorted(group.members)]
