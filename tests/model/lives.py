"""Random lives of a few users, from a seed."""

import base64
import random

import payloads

USERS = ["alice", "bob", "carol", "dave"]
STRANGERS = ["erin"]  # a name that nobody has connected with
GROUPS = ["g1", "g2"]
DEVICES = [["alice-1", "alice", 5], ["alice-2", "alice", 4], ["bob-1", "bob", 5],
           ["bob-2", "bob", 4], ["carol-1", "carol", 5], ["dave-1", "dave", 4]]
DAY = 24 * 60 * 60 * 1000
# So far, in ms, the clock is ever behind what it was. What windows make of messages from while it was further
# back follows from how far ids ran ahead, which the store approximates: tests/unit/timeline_test.c has it.
BACK = 1000
# Of each format, one of another, none, and one that is too large.
PICTURES = [base64.b64encode(picture).decode() for picture in (
    b"\x89PNG\r\n\x1a\n1", b"\x89PNG\r\n\x1a\n2", b"\xff\xd8\xff\xe0", b"RIFF1234WEBP", b"GIF89a", b"",
    b"\x89PNG\r\n\x1a\n" + b"x" * 65529)]


def config(rng):
    """Small limits, so that lives run into them."""
    limits = {
        "request_max_messages": rng.choice([1, 2, 3]),
        "request_max_pending": rng.choice([1, 2, 3]),
        "request_days": rng.choice([1, 3]),
        "msgid_days": rng.choice([1, 2, 4]),
        "group_max_members": rng.choice([2, 3, 4, 10]),
        "groups_per_user": rng.choice([1, 2, 10]),
        "history_for_new_members": rng.choice(["none", "none", "all"]),
        "kinds": rng.choice(["text,link,image,video", "text,link,image,video,binary",
                             "text,link,image,video,binary", "text,link"]),
        "request_kinds": rng.choice(["text,link", "text,link", "link", "text,link,binary"]),
    }
    if rng.random() < 0.1:
        limits.update(rate_burst=rng.choice([1, 5]), rate_per_minute=rng.choice([1, 60, 6000]))
    push = rng.random() < 0.5
    accounts = rng.choice(["off", "invites", "invites"])
    return {
        "limits": limits,
        "options": {
            "checkpoint_facts": str(rng.choice([1, 2, 5, 20, 1000])),
            "durability": rng.choice(["publish", "batch"]),
            "moderators": rng.choice(["alice", "alice bob"]),
            **({"push_user": "push"} if push else {}),
            **({"accounts": accounts, "invites_by": "everyone"} if accounts != "off" else {}),
        },
        "devices": DEVICES + ([["push-1", "push", 5]] if push else []),
    }


def does(who, name, /, **args):
    return {"do": "command", "client": who + "-1", "name": name, "args": args}


class Life:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.config = config(self.rng)
        self.retains = self.rng.random() < 0.25
        if self.retains:
            self.config["options"].update(
                {"retain_%s_days" % part: str(self.rng.choice([0, 1, 2, 3])) for part in ("direct", "group")},
                retain_erased_days="0")
        self.count = 0
        self.times = [0]  # that the clock has been at
        # Few people meet more often.
        self.users = self.rng.sample(USERS, self.rng.choice([2, 2, 2, 3, 4]))
        self.devices = [d[0] for d in DEVICES if d[1] in self.users]
        self.pushers = self.devices[:1] + [
            d[0] for d in self.config["devices"] if d[1] == self.config["options"].get("push_user")]
        self.others = self.users + self.rng.choice([[], STRANGERS])
        self.groups = GROUPS[:self.rng.choice([1, 2])]
        theme = self.rng.choice(["direct", "direct", "groups", "all", "all"])
        self.group_share = {"direct": 0, "groups": 0.8, "all": 0.4}[theme]
        self.kinds = [(weight * self.rng.choice([1, 1, 3]), step)
                      for weight, themes, step in STEPS if theme in themes]

    def steps(self, count):
        """At least ${count} steps."""
        steps = []
        while len(steps) < count:
            weights = [weight for weight, _ in self.kinds]
            step = self.rng.choices(self.kinds, weights)[0][1](self)
            steps += step if isinstance(step, list) else [step]
            # Mostly things go out before the next is done.
            if self.rng.random() < 0.8:
                steps.append({"do": "turn", "busy": 1 if self.rng.random() < 0.1 else 0})
                while self.rng.random() < 0.3:
                    steps.append(self.look())
        return steps + self.last_look()

    def last_look(self):
        """Everything that there is to see, sometimes after a restart."""
        steps = self.rng.choice([[], [{"do": "restart"}], [{"do": "kill"}]])
        for user in self.users:
            look = {"do": "look", "client": user + "-1",
                    "limit": self.rng.choice([3, self.longest_page()])}
            steps += [{"do": "back", "client": user + "-1"}]
            steps += [dict(look, what=what) for what in ("sync", "conversations", "requests", "contacts",
                                                         "blocked", "declined", "groups",
                                                         "stored", "push-subscriptions", "tokens", "invites")]
            steps += [dict(look, what="history", user=other) for other in self.others]
            steps += [dict(look, what=what, group=group) for what in ("history", "members")
                      for group in self.groups if self.group_share > 0]
        steps += [{"do": "look", "client": "alice-1", "what": "reports", "limit": 3,
                   "state": state} for state in ("open", "resolved")]
        return steps

    # ---- choices ----

    def client(self):
        return self.rng.choice(self.devices)

    def other(self):
        return self.rng.choice(self.others)

    def sensible(self):
        """Is a name valid? Whether one that isn't uses up rate is left open."""
        return "rate_burst" in self.config["limits"] or self.rng.random() < 0.99

    def longest_page(self):
        """Large answers use up rate by their bytes, which the reference doesn't count."""
        return 7 if "rate_burst" in self.config["limits"] else 200

    def group(self):
        return self.rng.choice(self.groups)

    def peer(self):
        to_group = self.rng.random() < self.group_share
        return {"group": self.group()} if to_group else {"user": self.other()}

    def command(self, name, /, **args):
        return {"do": "command", "client": self.client(), "name": name, "args": args}

    # ---- steps ----

    def send(self, to):
        self.count += 1
        what = self.rng.choice(["text"] * 6 + ["link"] * 2 + list(payloads.CATALOGUE))
        step = {"do": "send", "client": self.client(), "what": what, "n": self.count, **to}
        if self.rng.random() < 0.25:
            # Numbers that come back, with the same bytes or with others.
            step["msgid"] = "m%d" % self.rng.randrange(4)
            step["n"] = self.rng.randrange(2)
            step["what"] = self.rng.choice(["text", "link"])
        if self.rng.random() < 0.1:
            step["reply_to"] = self.rng.randrange(1000)
        if self.rng.random() < 0.1:
            step["content_type"] = "text/x-%d" % self.count
        if self.rng.random() < 0.3:
            step["as_command"] = True
        return step

    def send_to_user(self):
        return self.send({"to": self.other() if self.sensible() else "@nobody"})

    def send_to_group(self):
        return self.send({"group": self.group()})

    def forward(self):
        to = self.peer()
        if "user" in to:
            to["to"] = to.pop("user")
        return {"do": "forward", "client": self.client(), "message": self.rng.randrange(1000), **to}

    def mark(self):
        """Mostly one of the last few messages."""
        step = {"do": "mark", "client": self.client(), **self.peer()}
        for name in self.rng.choice([["read"], ["delivered"], ["read", "delivered"]]):
            step[name] = self.rng.choice([0, 1, 2, 5, self.rng.randrange(1000)])
        return step

    def react(self):
        step = {"do": "react", "client": self.client(),
                "message": self.rng.choice([0, 0, 1, 2, 5, self.rng.randrange(1000)])}
        emoji = self.rng.choice(["\U0001f44d", "\U0001f44d", "+1", "\u2764\ufe0f", None, None, "", "x" * 32,
                                 "x" * 33, "a\x07"])
        if emoji is not None:
            step["emoji"] = emoji
        return step

    def react_and_block(self):
        """Somebody reacts to what they see, is blocked, and reacts otherwise."""
        user, other = self.rng.sample(self.users, 2)
        self.count += 1
        react = {"do": "react", "client": other + "-1", "message": 0}
        to = {"to": other} if self.rng.random() > self.group_share else {"group": self.group()}
        return [does(other, "add-contact", user=user), does(user, "add-contact", user=other),
                {"do": "send", "client": user + "-1", "what": "text", "n": self.count, **to},
                {"do": "turn", "busy": 0}, dict(react, emoji="+1"), does(user, "block", user=other),
                self.rng.choice([dict(react, emoji="-1"), react]),
                does(user, "unblock", user=other)]

    def report(self):
        step = {"do": "report", "client": self.client(), "reason": self.rng.choice(
            ["spam", "abuse", "illegal", "other"])}
        step.update({"message": self.rng.randrange(1000)} if self.rng.random() < 0.6
                    else self.peer())
        if self.rng.random() < 0.3:
            step["block"] = self.rng.choice([True, False])
        if self.rng.random() < 0.5:
            step["note"] = "because %d" % self.rng.randrange(3)
        return step

    def moderate(self):
        if self.rng.random() < 0.6:
            step = {"do": "resolve", "client": self.client(), "report": self.rng.randrange(4),
                    "action": self.rng.choice(["dismiss", "warn", "suspend"])}
            if self.rng.random() < 0.8:
                step["days"] = 1
            return step
        if self.rng.random() < 0.5:
            return self.command("unsuspend", user=self.other())
        return self.command("suspend", user=self.other(), days=self.rng.choice([1, 3]), note="so")

    def note_and_erase(self):
        """Who wrote a note is erased, while the report is open or when it has been resolved."""
        user, other = self.rng.sample(self.users, 2)
        self.count += 1
        resolve = {"do": "resolve", "client": "alice-1", "report": 0, "action": "dismiss", "note": "so"}
        look = [{"do": "look", "client": "alice-1", "what": "reports", "limit": 7, "state": state}
                for state in ("open", "resolved")]
        steps = [{"do": "send", "client": other + "-1", "what": "text", "n": self.count, "to": user},
                 {"do": "report", "client": user + "-1", "user": other, "reason": "other",
                  "note": "because %d" % self.rng.randrange(3)}, {"do": "turn", "busy": 0}]
        erase = [{"do": "erase", "user": self.rng.choice([user, user, "alice"])}] + look
        return steps + self.rng.choice([erase + [resolve], [resolve] + erase]) + look

    def erase(self):
        if self.rng.random() < 0.4:
            return {"do": "erase", "message": self.rng.randrange(1000)}
        step = {"do": "erase", "user": self.rng.choice(self.users)}
        if self.rng.random() < 0.3:
            step["other"] = self.rng.choice(self.users)
        return step

    def about_user(self):
        name = self.rng.choice(["approve", "add-contact", "decline", "decline", "block", "unblock",
                                "unblock", "remove-contact", "remove-contact"])
        return self.command(name, user=self.other() if self.sensible() else "$sys")

    def about_invitation(self):
        name = self.rng.choice(["approve", "approve", "decline"])
        return self.command(name, group=self.group())

    def change_settings(self):
        change = {}
        if self.rng.random() < 0.5:
            change["who-can-message"] = self.rng.choice(["everyone", "everyone", "contacts"])
        if self.rng.random() < 0.5:
            change["group-invites"] = self.rng.choice(["contacts", "contacts", "ask", "none"])
        if self.rng.random() < 0.3:
            change["read-receipts"] = self.rng.choice([True, False])
        if self.rng.random() < 0.3:
            change["findable"] = self.rng.choice([True, False])
        return self.command("settings", **change)

    def store(self):
        """Mostly what is, or may be; sometimes so much that all of it has no room."""
        args = {"key": self.rng.choice(["draft", "mute/user/bob", "mute/user/alice", "mute/group/g1", "!",
                                         "~" * 64, "a b"])}
        value = self.rng.choice(["", "kept %d" % self.rng.randrange(3), "\u00fc", None, "x" * 8192,
                                 "y" * 8193])
        if self.rng.random() < 0.1:
            return [self.command("store", key="large/%d" % i, value="z" * 8000)
                    for i in range(9)]
        if value is not None:
            args["value"] = value
        return self.command("store", **args)

    def push(self):
        """Most of one endpoint, which moves about."""
        endpoint = "https://push.example/%d" % self.rng.choice([1, 1, 2, 3])
        device = self.rng.choice(["laptop", "phone"])
        what = self.rng.random()
        if what < 0.1:
            return self.command("push-unsubscribe", device=device)
        if what < 0.2:
            return {"do": "command", "client": self.rng.choice(self.pushers), "name": "push-gone",
                    "args": {"endpoint": endpoint}}
        keys = self.rng.choice([{}, {"p256dh": "BPk", "auth": "aA"}, {"auth": "aA"}])
        if what < 0.25:
            endpoint = "http://push.example/"
        return self.command("push-subscribe", device=device, endpoint=endpoint, **keys)

    def account(self):
        """Tokens and invitations come, go and are used, by those they are of and others, as long as they last."""
        device = self.rng.choice(["phone", "laptop", "d\u00fc", "a\nb"])
        if "accounts" not in self.config["options"]:
            return self.command("revoke-token", device=device)
        what = self.rng.random()
        if what < 0.2:
            days = self.rng.choice([{}, {"days": 1}])
            return {"do": "secret", "client": self.client(), "name": "create-token",
                    "args": {"device": device, **days}}
        if what < 0.3:
            return self.command("revoke-token", device=device)
        if what < 0.5:
            args = self.rng.choice([{}, {"days": 1}, {"uses": 2}, {"group": self.group()}])
            return {"do": "secret", "client": self.client(), "name": "create-invite", "args": args}
        if what < 0.55:
            return {"do": "revoke-invite", "client": self.client(), "invite": self.rng.randrange(3)}
        if what < 0.75:
            return {"do": "sign-in", "by": "create-token", "user": self.rng.choice(self.users),
                    "secret": self.rng.randrange(4)}
        return {"do": "sign-in", "by": "create-invite", "secret": self.rng.randrange(2),
                "user": self.rng.choice(["new1", "new2", "new3", "New", "n"])}

    def sleep_and_be_written(self):
        """All devices of somebody go away for some time, or for a moment, and others write."""
        who, *others = self.rng.sample(self.users, len(self.users))
        steps = [does(who, "push-subscribe", device="phone", endpoint="https://push.example/" + who)]
        if self.rng.random() < 0.7:
            steps.append(does(who, "add-contact", user=others[0]))
        steps += [{"do": "away", "client": d} for d in self.devices if d.startswith(who + "-")]
        for _ in range(self.rng.choice([2, 3, 4])):
            writer = self.rng.choice([others[0], self.rng.choice(others)]) + "-1"
            to = {"group": self.group()} if self.rng.random() < self.group_share else {"to": who}
            steps += [{"do": "back", "client": writer}, dict(self.send(to), client=writer),
                      {"do": "turn", "busy": 0},
                      {"do": "clock", "ms": self.rng.choice([1, 1000, 29999, 30000, 40000])},
                      {"do": "turn", "busy": 0}]
            if self.rng.random() < 0.5:
                steps += [{"do": "back", "client": who + "-1"}, does(who, "store", key="draft", value="x"),
                          {"do": "away", "client": who + "-1"}]
        return steps + [{"do": "back", "client": who + "-1"}, self.look()]

    def set_profile(self):
        change = {}
        if self.rng.random() < 0.6:
            change["name"] = self.rng.choice(["", "A name", "Another", "\u00fc" * 64, "n" * 129, "a\nb"])
        if self.rng.random() < 0.3:
            change["about"] = self.rng.choice(["", "one\ntwo", "a" * 512, "a" * 513])
        if self.rng.random() < 0.5:
            change["picture-base64"] = self.rng.choice(PICTURES)
        return self.command("set-profile", **change)

    def look_at_somebody(self):
        """Finding costs ten tokens: what is owed then is left open."""
        name = "profile" if "rate_burst" in self.config["limits"] else self.rng.choice(
            ["profile", "profile", "find"])
        return self.command(name, user=self.other() if self.sensible() else "a/b")

    def some_users(self):
        return [self.other() for _ in range(self.rng.choice([1, 1, 2, 3]))]

    def create_group(self):
        if self.rng.random() < 0.2:
            return {"do": "create", "client": self.client(), "args": {"users": self.some_users()}}
        args = {"group": self.group()}
        if self.rng.random() < 0.5:
            args["users"] = self.some_users()
        if self.rng.random() < 0.5:
            args["title"] = "title %d" % self.rng.randrange(3)
        return self.command("create-group", **args)

    def in_group(self):
        name = self.rng.choice(["invite"] * 3 + ["leave", "remove-member", "set-role", "set-role",
                                                 "rename-group"])
        args = {"group": self.group()}
        if name == "invite":
            args["users"] = self.some_users()
        if name in ("remove-member", "set-role"):
            args["user"] = self.other()
        if name == "set-role":
            args["role"] = self.rng.choice(["admin", "admin", "member", "owner"])
        if name == "rename-group":
            args["title"] = "title %d" % self.rng.randrange(3)
        return self.command(name, **args)

    def type(self):
        to = self.peer()
        if "user" in to:
            to["to"] = to.pop("user")
        return {"do": "type", "client": self.client(), "n": self.rng.choice([0, 1, 64, 65]), **to}

    def clock(self):
        """Some time passes, or none but just enough for something done earlier to end."""
        limits = self.config["limits"]
        days = self.rng.choice([limits["request_days"], limits["request_days"],
                                limits["msgid_days"]])
        since = self.rng.choice([self.times[-1], self.rng.choice(self.times)])
        edge = since + days * DAY + self.beside_an_edge()
        ms = self.rng.choice([1, 1000, DAY, -1, -BACK] + 6 * [edge - self.times[-1]])
        ms = self.not_too_far_back(ms)
        if "rate_burst" in limits or self.retains:
            # What rates make of a clock that goes back is left open, as is which messages are past by a second.
            ms = abs(ms)
        self.times.append(self.times[-1] + ms)
        return {"do": "clock", "ms": ms}

    def beside_an_edge(self):
        """Where the clock has gone back, a time may be told that is up to a second later."""
        back = any(then > now for then, now in zip(self.times, self.times[1:]))
        return self.rng.choice([-1, 1001] if back else [-1, 0, 0, 1])

    def not_too_far_back(self, ms):
        return max(ms, max(self.times) - self.times[-1] - BACK)

    def block_and_be_approved(self):
        """A sender no longer wants to hear of someone who approves them then."""
        sender, other = self.rng.sample(self.users, 2)
        self.count += 1
        return [{"do": "send", "client": sender + "-1", "what": "link", "to": other,
                 "n": self.count},
                does(sender, "block", user=other),
                does(other, self.rng.choice(["approve", "add-contact"]), user=sender)]

    def decline_and_wait(self):
        """A request is declined, and its sender tries again when that may have ended."""
        sender, other = self.rng.sample(self.users, 2)
        send = {"do": "send", "client": sender + "-1", "what": "link", "to": other}
        days = self.config["limits"]["request_days"]
        wait = {"do": "clock", "ms": days * DAY + self.beside_an_edge()}
        self.times.append(self.times[-1] + wait["ms"])
        self.count += 2
        return [dict(send, n=self.count - 1),
                does(other, "decline", user=sender), wait, dict(send, n=self.count)]

    def begin_and_turn_back(self):
        """A device asks for its first cursor, and then the clock goes back."""
        user, other = self.rng.sample(self.users, 2)
        back = -self.rng.choice([2, BACK])
        back = DAY if "rate_burst" in self.config["limits"] else self.not_too_far_back(back)
        self.times += [self.times[-1] + 1000, self.times[-1] + 1000 + back]
        self.count += 1
        return [{"do": "clock", "ms": 1000},
                {"do": "look", "client": user + "-1", "what": "whoami", "limit": 1,
                 "go_on": True},
                {"do": "clock", "ms": back},
                {"do": "send", "client": user + "-1", "what": "text", "to": other,
                 "n": self.count}]

    def make_members(self, owner, user, group):
        """What makes both members of the group, unless something else keeps them from it."""
        return [does(user, "add-contact", user=owner), does(owner, "create-group", group=group),
                does(owner, "invite", group=group, users=[user]),
                does(user, "approve", group=group)]

    def leave_and_be_asked(self):
        """Someone leaves a group, and whom they know invites them again."""
        user, inviter = self.rng.sample(self.users, 2)
        group = self.group()
        return self.make_members(inviter, user, group) + [
            does(user, "leave", group=group), does(inviter, "invite", group=group, users=[user])]

    def block_for_a_while(self):
        """A member has blocked another while that one writes."""
        user, other = self.rng.sample(self.users, 2)
        group = self.group()
        self.count += 1
        return self.make_members(other, user, group) + [
            does(user, "block", user=other),
            {"do": "send", "client": other + "-1", "what": "text", "n": self.count,
             "group": group},
            does(user, "unblock", user=other),
            {"do": "look", "client": user + "-1", "what": "history", "group": group, "limit": 7}]

    def invite_a_stranger(self):
        """Into as many groups as may be, and one more."""
        user, inviter = self.rng.sample(self.users, 2)
        count = self.config["limits"]["request_max_messages"] + 1
        return [does(user, "remove-contact", user=inviter)] + count * [
            {"do": "create", "client": inviter + "-1", "args": {"users": [user]}}]

    def read_unseen(self):
        """Someone reads what a contact wrote who wants no receipts for a while."""
        reader, writer = self.rng.sample(self.users, 2)
        self.count += 1
        return [does(reader, "add-contact", user=writer), does(writer, "add-contact", user=reader),
                {"do": "send", "client": writer + "-1", "what": "text", "n": self.count,
                 "to": reader},
                does(writer, "settings", **{"read-receipts": False}), {"do": "turn", "busy": 0},
                {"do": "mark", "client": reader + "-1", "user": writer, "read": 0},
                does(writer, "settings", **{"read-receipts": True})]

    def reload(self):
        """Some limits change; those that changed before are as configured again, or not."""
        drawn = config(self.rng)["limits"]
        drawn["message_max_bytes"] = self.rng.choice([100, 600])
        drawn["request_max_bytes"] = self.rng.choice([10, 60, 600])
        names = self.rng.sample(sorted(set(drawn) - {"rate_burst", "rate_per_minute"}),
                                self.rng.choice([0, 1, 2, 4]))
        return {"do": "reload", "limits": {name: drawn[name] for name in names}}

    def come_and_go(self):
        return {"do": self.rng.choice(["away", "back", "back"]), "client": self.client()}

    def restart(self):
        return {"do": self.rng.choice(["restart", "kill", "kill"])}

    def misuse(self):
        topic = self.rng.choice(["bc/user/bob/inbox/alice/0", "bc/nothing", "bc/do", "bc",
                                 "bc/reply/whoami", "bc/user/bob", "bc/group/g1"])
        retain = topic in ("bc/user/bob", "bc/group/g1")
        return {"do": "misuse", "client": self.client(), "topic": topic, "retain": int(retain)}

    def subscribe(self):
        name = self.rng.choice(["bc/user/%s" % self.other(), "bc/group/%s" % self.group(), "bc",
                                "bc/+", "bc/user/+", "bc/reply", "bc/error", "bc/do"])
        rest = self.rng.choice(["", "/#", "/+", "/inbox/#", "/messages/+/+"])
        return {"do": "subscribe", "client": self.client(), "filter": name + rest}

    def look(self):
        if self.rng.random() < 0.05:
            return {"do": "look", "client": self.client(), "what": "reports", "limit": 2,
                    "state": self.rng.choice(["open", "resolved"])}
        what = self.rng.choice(["history", "history", "history", "sync", "sync", "requests",
                                "conversations", "conversations", "contacts", "blocked",
                                "declined", "groups", "members", "get", "whoami", "stored"])
        step = {"do": "look", "client": self.client(), "what": what,
                "limit": self.rng.choice([1, 2, 7, self.longest_page()])}
        if what == "history":
            step.update(self.peer())
            step["from_start"] = self.rng.random() < 0.5
        elif what in ("sync", "whoami"):
            step["go_on"] = self.rng.random() < 0.7
        elif what == "members":
            step["group"] = self.group()
        elif what == "contacts":
            step["rows"] = self.rng.random() < 0.7
        elif what == "get":
            step["message"] = self.rng.randrange(1000)
        if what not in ("history", "sync", "get", "whoami", "stored"):
            step.update(self.rng.choice([{}, {}, {"max-bytes": 4096}]))
        if what in ("history", "sync"):
            step.update(self.rng.choice([{}, {"format": "protobuf"}]))
            step.update(self.rng.choice([{}, {}, {"max-bytes": self.rng.choice([512, 700, 1500])}]))
        return step


ALL = ("direct", "groups", "all")

# How often, in which lives, and what.
STEPS = [
    (20, ("direct", "all"), Life.send_to_user),
    (20, ALL, Life.about_user),
    (20, ("groups", "all"), Life.send_to_group),
    (10, ("groups", "all"), Life.about_invitation),
    (5, ("groups", "all"), Life.create_group),
    (15, ("groups", "all"), Life.in_group),
    (5, ALL, Life.look),
    (8, ALL, Life.clock),
    (3, ALL, Life.forward),
    (5, ALL, Life.mark),
    (6, ALL, Life.react),
    (0.5, ALL, Life.react_and_block),
    (2, ALL, Life.report),
    (1, ALL, Life.moderate),
    (3, ALL, Life.erase),
    (0.5, ALL, Life.note_and_erase),
    (2, ("direct",), Life.decline_and_wait),
    (0.5, ALL, Life.begin_and_turn_back),
    (1, ALL, Life.block_and_be_approved),
    (0.5, ("direct", "all"), Life.read_unseen),
    (0.5, ("groups", "all"), Life.leave_and_be_asked),
    (0.5, ("groups", "all"), Life.block_for_a_while),
    (0.5, ("groups", "all"), Life.invite_a_stranger),
    (2, ALL, Life.change_settings),
    (2, ALL, Life.store),
    (3, ALL, Life.push),
    (4, ALL, Life.account),
    (4, ALL, Life.sleep_and_be_written),
    (2, ALL, Life.set_profile),
    (3, ALL, Life.look_at_somebody),
    (2, ALL, Life.type),
    (0.5, ALL, Life.reload),
    (2, ALL, Life.come_and_go),
    (1, ALL, Life.restart),
    (0.5, ALL, Life.misuse),
    (0.5, ALL, Life.subscribe),
]
