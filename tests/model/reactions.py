"""Reactions to messages (section 5)."""

from things import Refused

CHANGES_MAX = 8  # of one user's to a group's message


class Reaction:
    """A change of what somebody reacts with, and who was shown it."""

    def __init__(self, message, by, emoji, shown, place):
        self.message = message
        self.by = by
        self.emoji = emoji  # None: taken back
        self.shown = shown  # of a direct message's
        self.place = place  # in the order of all things


class Reactions:
    def changes(self, message, by):
        changes = [r for r in self.reactions if r.message is message and r.by == by]
        return changes[-CHANGES_MAX:] if message.group else changes

    def reaction(self, user, message, by):
        """What ${by} reacts with, as ${user} sees it."""
        seen = [r for r in self.changes(message, by) if self.sees_reaction(user, r)]
        return seen[-1] if seen and seen[-1].emoji else None

    def sees_reaction(self, user, reaction):
        """As a message that was sent then by who reacted."""
        if user == reaction.by:
            return True
        group = reaction.message.group
        return (self.sees_at(user, group, reaction.by, reaction.place) if group
                else user in reaction.shown)

    def react(self, user, message, emoji=None):
        # Judged as a send is; beyond the rate it isn't read.
        if not self.has_token(user):
            raise Refused("rate-limit")
        if emoji is not None and not (1 <= len(emoji.encode()) <= 32
                                      and not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in emoji)):
            self.take_token(user)
            raise Refused("bad-request")
        self.check_suspended(user)
        if not self.take_token(user):
            raise Refused("rate-limit")
        if not self.sees(user, message) or message.erased or self.state(user, message) == "declined":
            raise Refused("no-such-message")
        if self.state(user, message) == "held":
            raise Refused("not-possible")
        shown = (self.reach_of_group if message.group else self.reach_of_user)(user, message)
        before = self.changes(message, user)
        if (before[-1].emoji if before else None) == emoji:
            return  # there is nothing to do
        self.stored()
        reaction = Reaction(message, user, emoji, shown, self.next_place())
        self.reactions.append(reaction)
        said = {"by": user, "message": message.id}
        if emoji is not None:
            said["emoji"] = emoji
        if message.group:
            self.tell_group(self.groups[message.group], "reaction", group=message.group, **said)
            return
        other = message.to if message.sender == user else message.sender
        self.tell(user, "reaction", user=other, **said)
        if other != user and other in shown:
            self.tell(other, "reaction", user=user, **said)

    def reach_of_group(self, user, message):
        if not self.is_member(message.group, user):
            raise Refused("not-a-member")
        return None  # it is looked for where it is read, as a message is

    def reach_of_user(self, user, message):
        other = message.to if message.sender == user else message.sender
        if other == user:
            return {user}
        if self.relation(user, other).blocked or (user, other) not in self.open:
            raise Refused("not-possible")
        heard = self.is_contact(other, user) and self.sees(other, message)
        return {user, other} if heard else {user}

    def reactions_json(self, user, message):
        """In the order of the first of each; who reacted in the order in which they did."""
        seen = [self.reaction(user, message, by)
                for by in {r.by for r in self.reactions if r.message is message}]
        rows = {}
        for reaction in sorted(filter(None, seen), key=self.reactions.index):
            rows.setdefault(reaction.emoji, []).append(reaction.by)
        return {"reactions": [{"emoji": emoji, "by": by, "count": len(by)}
                              for emoji, by in rows.items()]} if rows else {}

    def reacted_json(self, user, message):
        """A message where its reactions are shown."""
        return dict(self.message_json(user, message), **self.reactions_json(user, message))
