"""Subscriptions to pushes, and whom they wake (section 9)."""

from things import Publication, Refused, Time

PAUSE_MS = 30_000
URGENCIES = {1: "low", 2: "high"}


class Pushes:
    def subscribe_to_pushes(self, user, device, endpoint, p256dh="", auth=""):
        self.check_pushes()
        if not endpoint.startswith("https://"):
            raise Refused("bad-request")
        mine = self.pushes.setdefault(user, {})
        new = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth}
        if device in mine and {name: mine[device][name] for name in new} == new:
            return  # there is nothing to do
        self.stored()
        self.pushes[user] = {other: push for other, push in mine.items() if push["endpoint"] != endpoint}
        self.pushes[user][device] = dict(new, id=self.draw())

    def unsubscribe_from_pushes(self, user, device):
        self.check_pushes()
        if device not in self.pushes.get(user, {}):
            raise Refused("not-found")
        self.stored()
        del self.pushes[user][device]

    def push_is_gone(self, user, endpoint):
        if user != self.push_user:
            raise Refused("not-authorized")
        for mine in self.pushes.values():
            for device in [device for device, push in mine.items() if push["endpoint"] == endpoint]:
                self.stored()
                del mine[device]

    def list_pushes(self, user):
        self.check_pushes()
        return [{"device": device, "endpoint": push["endpoint"], "created": Time(push["id"])}
                for device, push in sorted(self.pushes.get(user, {}).items())]

    def check_pushes(self):
        if not self.push_user:
            raise Refused("not-possible")

    # ---- who is there ----

    def is_here(self, user):
        return user in self.here.values()

    def comes(self, client, user):
        if client not in self.here:
            self.here[client] = user
            self.woken.pop(user, None)
            self.due.pop(user, None)

    def goes(self, client):
        self.here.pop(client, None)

    def forget_sleepers(self):
        self.here = {}
        self.woken = {}  # user -> how urgently, since a device was there
        self.due = {}  # user -> how urgently, at the end of their pause
        self.pauses = []  # [user, since], in the order in which they were woken
        self.reasons = []  # functions that say whom to wake how urgently

    # ---- waking ----

    def wake_for_message(self, message):
        """To be looked at when it is durable: who is there then, or was blocked since, isn't woken."""
        if message.group:
            self.reasons.append(lambda: [
                (user, 2) for user in self.groups[message.group].members
                if not self.is_muted(user, message.sender, message.group, False)
                and user != message.sender])
        elif message.sender != message.to:
            self.reasons.append(lambda box=message.box: self.judge_direct(message, box))

    def judge_direct(self, message, box):
        to, sender = message.to, message.sender
        held = [m for m in self.between(sender, to) if m.box == "held"]
        level = 2 if box == "inbox" else 1 if box == "held" and held and held[0] is message else 0
        return [] if self.is_muted(to, sender, None, True) else [(to, level)]

    def wake_for_invitation(self, user, by, group):
        self.reasons.append(
            lambda: [] if self.is_muted(user, by, group, True) else [(user, 1)])

    def is_muted(self, user, by, group, direct):
        """By own data, or since who did it is blocked."""
        own = self.own.get(user, {})
        return (self.relation(user, by).blocked or (direct and "mute/user/" + by in own)
                or (group is not None and "mute/group/" + group in own))

    def wake_sleepers(self):
        """What has become durable is looked at, and whose pause is over."""
        heard = self.push_user and self.is_here(self.push_user)
        while self.pauses and self.now >= self.pauses[0][1] + PAUSE_MS:
            user = self.pauses.pop(0)[0]
            level = self.due.pop(user, 0)
            if heard and level:
                self.wake(user, level)
        reasons, self.reasons = self.reasons, []
        for reason in reasons if heard else []:
            for user, level in reason():
                self.wake(user, level)

    def wake(self, user, level):
        tokens = self.tokens.get(user, {})
        mine = {device: push for device, push in self.pushes.get(user, {}).items()
                if device not in tokens or self.can_sign_in(tokens[device])}
        if (not mine or self.is_here(user) or level <= self.woken.get(user, 0)
                or level <= self.due.get(user, 0)):
            return
        if user in [other for other, _ in self.pauses]:
            self.due[user] = level
            return
        self.woken[user] = level
        self.pauses.append([user, self.now])
        for _, push in sorted(mine.items()):
            said = {name: push[name] for name in ("endpoint", "p256dh", "auth") if push[name]}
            self.publish(Publication(
                ("bc", "user", self.push_user, "wake"), dict(said, urgency=URGENCIES[level]),
                lambda reader: reader == self.push_user, lasting=False))
