"""Groups: roles, invitations, who sees what (section 4)."""

from things import (
    DAY_MS, FOREVER, RANKS, Group, Invitation, Member, Publication, Refused, properties, valid_group,
    valid_user)


class Groups:
    def is_member(self, group, user):
        return group in self.groups and user in self.groups[group].members

    def was_member(self, group, user):
        return group in self.groups and user in self.groups[group].stints

    def was_in(self, user, group, place):
        return any(joined < place < left
                   for joined, left in self.groups[group].stints.get(user, []))

    def sees_in_group(self, user, message):
        return self.sees_at(user, message.group, message.sender, self.places[message.id])

    def sees_at(self, user, group, actor, place):
        """Whether ${user} is shown what ${actor} said then."""
        stints = self.groups[group].stints.get(user, [])
        if self.limits["history_for_new_members"] == "all":
            inside = bool(stints) and place < stints[-1][1]
        else:
            inside = self.was_in(user, group, place)
        return inside and not self.was_blocked(user, actor, place)

    def was_blocked(self, user, other, place):
        """Had ${user} blocked ${other} at a place in the order of all things?"""
        return any(block[:2] == [user, other] and block[2] < place < block[3]
                   for block in self.blocks)

    def sees_event(self, user, group, place, actor):
        """What happens in a group is for those who are in it then, and haven't blocked who does it."""
        return self.was_in(user, group, place) and not self.was_blocked(user, actor, place)

    def title_for(self, group, user):
        """The one that they consented to see."""
        return group.title if user in group.members else group.title_seen.get(user, "")

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
        self.wake_for_message(message)
        self.publish(Publication(
            ("bc", "group", message.group, "messages", message.sender, message.id),
            message.payload, lambda user: not message.erased and self.reads_in_group(user, message),
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

    def has_room(self, user, put_in=False):
        """As many groups as one may create and approve, and as many that one is put into."""
        count = [g for g in self.groups_of(user) if g.members[user].put_in == put_in]
        return len(count) < self.limits["groups_per_user"]

    def join(self, group, user, role, by, put_in=False):
        id = self.draw()
        group.members[user] = Member(role, id, put_in)
        group.stints.setdefault(user, []).append([self.next_place(), FOREVER])
        group.invitations.pop(user, None)
        group.silent_until.pop(user, None)
        if user != by or role != "owner":
            self.tell_group(group, "joined", user=user, by=by)
        self.tell(user, "group-joined", group=group.name, title=group.title, role=role,
                  members=len(group.members), by=by)

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
        self.groups[name] = Group(name, title, user)
        self.join(self.groups[name], user, "owner", user)
        for other in users:
            self.relation(user, other).put_in = 0
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
                    and user not in group.asks_again
                    and self.relation(user, by).put_in < self.limits["request_max_messages"]
                    and self.has_room(user, True)):
                self.wake_for_invitation(user, by, group.name)
                self.join(group, user, "member", by, True)
                self.relation(user, by).put_in += 1
            elif not self.standing_invitation(group, user):
                if not contact:
                    if (self.relation(user, by).invitations
                            >= self.limits["request_max_messages"]):
                        continue  # silently as well
                    self.relation(user, by).invitations += 1
                self.wake_for_invitation(user, by, group.name)
                group.invitations[user] = Invitation(
                    self.draw(), by, group.title, group.titled_by)
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
        self.relation(user, invitation.by).invitations = 0
        self.relation(user, invitation.by).put_in = 0
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
        group.title_seen[user] = group.title
        group.titled_by_seen[user] = group.titled_by
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
            group.titled_by = user
            self.tell_group(group, "renamed", title=title, by=user)
