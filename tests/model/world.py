"""Runs one life in the product and in the reference, and compares what clients observe.

A life is a list of steps, each a dict with "do" and its arguments (see World.DO): what is done, by
which client, and nothing about what should come of it. That is the reference's part.
"""

import json
import os
import shutil
import socket
import tempfile
import time

import pages
import payloads
from commands import COMMANDS, LOOKS, for_moderators, rename
from describe import describe, lines, printable
from product import Mismatch, Product
from reference import Messenger
from things import DAY_MS, Any, Id, Publication, Refused, Silent, Time, Unread

START_MS = 1_700_000_000_000
REF_READ_BYTES = 1024  # a command past the rate is read no further for its `ref`
TURNS = 60  # so often the clock may go back before old times are no longer known
ACCEPTED = 0  # MOSQ_ERR_SUCCESS
DENIED = 12  # MOSQ_ERR_ACL_DENIED
SINK = "$bc"  # where accepted publishes are routed to
PAGES_MAX = 500
DOOR_S = 60  # that the operator waits for an answer

# What the reference has to know of the options; what a life sets comes on top.
LIMITS = {
    "kinds": "text,link,image,video", "message_max_bytes": 600, "request_kinds": "text,link",
    "request_max_messages": 3, "request_max_pending": 2, "request_max_bytes": 60,
    "request_days": 3, "msgid_days": 2, "group_max_members": 4, "groups_per_user": 3,
    "history_for_new_members": "none", "rate_per_minute": 1_000_000, "rate_burst": 1_000_000,
    "reply_max_bytes": 20_000,
}

# Those that users are told of.
LIMITS_TOLD = [name for name in LIMITS if name not in ("kinds", "history_for_new_members")]


class Device:
    def __init__(self, client, user, version, cursor):
        self.client = client
        self.user = user
        self.version = version
        self.online = True
        self.groups = set()  # subscribed to
        self.waiting = []  # publications, while it is away
        self.cursor = cursor  # of sync


class World:
    PRODUCT = Product
    REAL = False  # a real broker, where what comes to different clients has no common order

    def __init__(self, host, plugin, config):
        self.config = config
        self.directory = tempfile.mkdtemp(
            prefix="model-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        os.mkdir(os.path.join(self.directory, "data"))
        self.configured = dict(LIMITS, **config["limits"])
        self.limits_file = os.path.join(self.directory, "limits")
        self.options = dict({name: str(value) for name, value in self.configured.items()},
                            data_dir=os.path.join(self.directory, "data"),
                            limits_file=self.limits_file, **config["options"])
        self.model = Messenger({}, config["options"].get("moderators", "").split(),
                               config["options"].get("push_user"))
        self.model.accounts = config["options"].get("accounts", "off")
        self.model.retain_days = {part: int(config["options"].get("retain_%s_days" % part, 0))
                                  for part in ("direct", "group")}
        self.secrets = {"create-token": [], "create-invite": []}  # that were ever told
        self.limit({})
        self.model.now = START_MS
        self.devices = {}
        self.issued = {}  # what has gone out and follows from what is stored
        self.repeats_allowed = False  # after a restart, until all is handed out again
        self.starts = 0
        self.answers = {}  # ref -> answer, of commands whose answers are compared as a whole
        self.refs = 0
        self.told = (0, 0)  # the last step in which whoami gave a cursor, and that
        self.bound = []  # ids that are known, in the order of their steps
        self.values = set()
        self.latest_ms = START_MS  # that the clock has been at
        self.product = self.PRODUCT(host, plugin, self.directory)
        self.start()

    def limit(self, given):
        """What is ${given} goes into the file of limits, and before what is configured."""
        with open(self.limits_file, "w") as file:
            file.writelines("%s %s\n" % limit for limit in given.items())
        limits = dict(self.configured, **given)
        for name in ("kinds", "request_kinds"):
            limits[name] = limits[name].split(",")
        self.model.limits = limits

    def close(self):
        self.product.close()
        shutil.rmtree(self.directory)

    # ---- starting and ending ----

    def start(self):
        self.starts += 1
        operations = [{"op": "clock", "ms": self.model.now},
                      {"op": "start", "options": self.options, "random": self.starts}]
        if self.product.run(operations)[1]["rc"] != 0:
            raise Mismatch("the plugin doesn't start:\n" + self.product.said())
        for name, user, version in self.config["devices"]:
            cursor = self.devices[name].cursor if name in self.devices else None
            device = self.devices[name] = Device(name, user, version, cursor)
            self.product.run([{"op": "connect", "client": name, "user": user, "version": version}])
            self.subscribe(device, "bc/user/%s/#" % user, True)
        self.subscribe_to_groups()

    def restart(self):
        self.model.restart()
        self.repeats_allowed = True
        self.answers = {}
        self.told = (0, 0)
        self.start()

    def subscribe(self, device, topic, allowed):
        rc = self.product.run(
            [{"op": "subscribe", "client": device.client, "filter": topic}])[0]["rc"]
        self.model.comes(device.client, device.user)
        if (rc == ACCEPTED) != allowed:
            raise Mismatch("%s may%s subscribe to %s" % (
                device.user, "" if allowed else " not", topic))

    def subscribe_to_groups(self):
        """Clients subscribe to a group when they have joined it."""
        for device in self.devices.values():
            for group in self.model.groups_of(device.user):
                if device.online and group.name not in device.groups:
                    self.subscribe(device, "bc/group/%s/#" % group.name, True)
                    device.groups.add(group.name)

    # ---- comparing ----

    def matches(self, expected, got, bindings):
        """Is ${got} what is expected? An id that is seen for the first time gets its value."""
        if isinstance(expected, Any):
            return isinstance(got, str)
        if isinstance(expected, Id):
            return isinstance(got, str) and len(got) == 16 and self.is_id(
                expected, int(got, 16), bindings)
        if isinstance(expected, Time):
            return self.is_time_of(expected.of, int(got), bindings)
        if isinstance(expected, dict):
            # The id comes first, since the time follows from it.
            return (isinstance(got, dict) and set(expected) == set(got)
                    and all(self.matches(expected[name], got[name], bindings)
                            for name in sorted(expected, key=lambda name: name != "id")))
        if isinstance(expected, (list, tuple)):
            return (isinstance(got, list) and len(expected) == len(got)
                    and all(self.matches(e, g, bindings) for e, g in zip(expected, got)))
        return type(expected) is type(got) and expected == got

    def is_time_of(self, id, time, bindings):
        """
        Is it what the clock showed, or up to a second more when it had gone back by less? Once it was told, it
        is that. Of what is older than many turns of the clock, it is no longer known by how much ids were ahead.
        """
        told = bindings.get(("at", id), id.told)
        if told is not None:
            good = time == told
        else:
            good = id.at <= time <= max(id.at + 1000, self.latest_ms + 1 if self.REAL else 0)
        if good:
            bindings["at", id] = time
        return good or (self.model.turns - id.turns > TURNS and time <= id.ms)

    def is_time(self, id, ms):
        """
        Ids never go back; a request that changes nothing may have drawn one, too. Where the clock has gone back,
        they may stay up to a day further ahead of it than they have to.
        """
        ahead = DAY_MS + 1000 if self.model.turns > 0 else 0
        return id.ms <= ms <= max(id.ms, self.latest_ms) + 1 + ahead

    def is_id(self, id, value, bindings):
        known = bindings.get(id, id.value)
        if known is None:
            bindings[id] = value
            return value not in self.values and self.is_time(id, value >> 22)
        return known == value

    def bind(self, bindings):
        """Ids are unique, and rise from step to step."""
        for (_, id), time in [item for item in bindings.items() if isinstance(item[0], tuple)]:
            id.at = id.told = time
        for id, value in [item for item in bindings.items() if isinstance(item[0], Id)]:
            if id.step > self.told[0] and value <= self.told[1]:
                raise Mismatch("whoami's cursor %016x is ahead of %016x" % (self.told[1], value))
            id.value = value
            id.ms = value >> 22
            self.model.high_stored = max(self.model.high_stored, id.ms)
            self.model.high = max(self.model.high, id.ms)
            self.values.add(value)
            at = len(self.bound)
            while at > 0 and self.bound[at - 1].step > id.step:
                at -= 1
            earlier = [other for other in self.bound[max(0, at - 8):at] if other.step < id.step]
            if (any(other.value > value for other in earlier)
                    or (at < len(self.bound) and self.bound[at].value < value)):
                raise Mismatch("the id %s doesn't rise" % id.text())
            self.bound.insert(at, id)

    def fits(self, publication, got):
        """Is ${got} the publication ${publication}? Then the ids in it are known from here on."""
        bindings = {}
        levels = got["topic"].split("/")
        payload = bytes.fromhex(got["payload"])
        if got.get("to") != publication.client or not self.matches(
                publication.topic, levels, bindings):
            return False
        if isinstance(publication.payload, bytes):
            same = payload == publication.payload
        else:
            same = self.matches(publication.payload, json.loads(payload), bindings)
        if same and None not in (publication.properties, got["properties"]):
            same = self.matches(publication.properties, got["properties"], bindings)
        if same:
            self.bind(bindings)
        return same

    def readers(self, publication):
        """The devices that get it; for those that are away it waits."""
        if publication.client is not None:
            return {publication.client}
        branch, owner = publication.topic[1], publication.topic[2]
        mine = [d for d in self.devices.values()
                if (d.user == owner if branch == "user" else owner in d.groups)
                and publication.readable(d.user)]
        for device in mine:
            if not device.online and publication.topic[3:4] != ("typing",):
                device.waiting.append(publication)
        return {device.client for device in mine if device.online}

    def hand_out(self, publication, got):
        readers = self.readers(publication)
        if set(got["readers"]) != readers or len(got["readers"]) != len(readers):
            raise Mismatch("%s is delivered to %s, not to %s" % (
                got["topic"], sorted(got["readers"]), sorted(readers)))

    def compare(self, out, busy):
        """Everything that goes out is expected, and all that is expected goes out, in order."""
        left = list(self.model.pending)
        boxes = {}
        for got in out:
            if self.is_answer(got):
                continue
            at = next((i for i, p in enumerate(left) if p and self.fits(p, got)), None)
            if at is None:
                self.check_repeat(got)
                continue
            publication, left[at] = left[at], None
            early = publication.after is not None and publication.after in left
            if early and not self.REAL:
                raise Mismatch("%s goes out before the sender's echo" % got["topic"])
            box = tuple(publication.topic[:4])
            if publication.client is None and boxes.get(box, -1) > at:
                raise Mismatch("%s is out of order" % got["topic"])
            boxes[box] = at
            self.hand_out(publication, got)
            if publication.lasting:
                self.issued[got["topic"], got["payload"]] = publication
        self.model.pending = [p for p in left if p and not self.unheard(p)]
        if not busy:
            self.do_without_spare()
        if self.model.pending and not busy:
            raise Mismatch("lost:\n" + "\n".join(describe(p) for p in self.model.pending))
        self.repeats_allowed = self.repeats_allowed and busy

    def do_without_spare(self):
        """What need not go out has not; after another restart it may."""
        for publication in self.model.pending:
            if publication.spare:
                topic = "/".join(level.text() if isinstance(level, Id) else level
                                 for level in publication.topic)
                self.issued[topic, publication.payload.hex()] = publication
        self.model.pending = [p for p in self.model.pending if not p.spare]

    def unheard(self, publication):
        """What goes to nobody who is online can't be seen of a real broker."""
        return self.REAL and not self.readers(publication)

    def is_answer(self, got):
        """Answers to queries are kept, and compared as a whole."""
        if not got["topic"].startswith("bc/reply/"):
            return False
        payload = bytes.fromhex(got["payload"])
        answer = pages.read(got["topic"], payload)
        ref = answer.pop("ref", None)
        if ref not in self.answers:
            return False
        self.answers[ref] = dict(answer, bytes=len(payload))
        return True

    def check_repeat(self, got):
        """After a restart what may not have gone out is published again, as it was."""
        publication = self.issued.get((got["topic"], got["payload"]))
        if not self.repeats_allowed or publication is None:
            raise Mismatch("unexpected: %s %s to %s %s\nexpected:\n%s" % (
                got["topic"], printable(got["payload"]), got.get("to", got["readers"]),
                got["properties"], "\n".join(describe(p) for p in self.model.pending)))
        self.hand_out(publication, got)

    # ---- steps ----

    def run(self, step):
        self.model.step += 1
        self.DO[step["do"]](self, step)

    def settle(self):
        self.turn({"busy": 0})

    def turn(self, step):
        # When what may wake somebody becomes durable has to be known.
        busy = 0 if self.model.reasons else step.get("busy", 0)
        out = self.product.run([{"op": "turn", "busy": busy}])[0]["out"]
        self.model.wake_sleepers()
        self.compare(out, busy)
        self.subscribe_to_groups()

    def clock(self, step):
        before = self.model.now // DAY_MS
        retains = not self.REAL and any(self.model.retain_days.values())
        if retains:
            self.settle()
        self.model.turns += step["ms"] < 0
        self.model.now = max(START_MS // 2, self.model.now + step["ms"])
        self.latest_ms = max(self.latest_ms, self.model.now)
        self.product.run([{"op": "clock", "ms": self.model.now}])
        if retains and self.model.now // DAY_MS != before:
            self.model.retain()
            self.retain()

    def retain(self):
        """What is past by the new day has ended: the operator says that the clock is right, and looks."""
        until = time.monotonic() + DOOR_S
        while any(row.get("due") for row in self.heard_at_door({"verb": "retain", "now": True})):
            if time.monotonic() > until:
                raise Mismatch("retention never ends")

    def stop_and_start(self, step):
        self.product.run([{"op": "stop"}])
        self.restart()

    def kill(self, step):
        self.product.kill()
        self.restart()

    def away(self, step):
        device = self.devices[step["client"]]
        if device.online:
            self.product.run([{"op": "away", "client": device.client}])
            device.online = False
            self.model.goes(device.client)
            # Answers are for the connection alone.
            self.model.pending = [p for p in self.model.pending if p.client != device.client]

    def back(self, step):
        device = self.devices[step["client"]]
        if device.online:
            return
        out = self.product.run([{"op": "back", "client": device.client}])[0]["out"]
        device.online = True
        expected = [p for p in device.waiting if p.readable(device.user)]
        device.waiting = []
        if len(out) != len(expected) or not all(map(self.fits, expected, out)):
            raise Mismatch("%s gets on return:\n%s\nnot:\n%s" % (
                device.client, "\n".join(map(str, out)), "\n".join(map(describe, expected))))
        self.subscribe_to_groups()

    def reload(self, step):
        """The limits change, at once."""
        self.limit(step["limits"])
        self.product.run([{"op": "reload"}])

    def publish(self, client, topic, payload, properties=None, retain=0):
        result = self.product.run([{
            "op": "publish", "client": client, "topic": topic, "payload": payload.hex(),
            "properties": properties or {}, "retain": retain}])[0]
        if result.get("routed"):
            self.model.comes(client, self.devices[client].user)
        return result

    def refusal(self, code, user):
        """What a refusal says; when it may be tried again if it is for the rate."""
        wait = {"retry-after": self.model.wait(user)} if code == "rate-limit" else {}
        return dict({"error": code, "message": Any()}, **wait)

    def acknowledged(self, result, refusal, client, topic, msgid=None):
        """A publish is acknowledged; one that is refused is, and told why."""
        expected = ACCEPTED if refusal is None else DENIED
        if result["rc"] not in (expected, None) or (refusal is None and result["routed"] != SINK):
            raise Mismatch("publishing to %s results in %s, not in %s (%s)" % (
                topic, result, expected, refusal))
        if refusal is not None:
            payload = dict(self.refusal(refusal, self.devices[client].user), topic=topic)
            if msgid is not None:
                payload["msgid"] = msgid
            self.model.publish(Publication(
                ("bc", "error"), payload, None, client=client, lasting=False))

    def known_id(self, number):
        """The id of an accepted message, chosen by a number; or of none."""
        known = [m for m in self.model.messages if m.id.value is not None]
        return known[number % len(known)].id if known else None

    def send(self, step):
        device = self.devices[step["client"]]
        if not device.online:
            return
        payload, kind, found = payloads.make(step["what"], step["n"])
        reply_to = self.known_id(step["reply_to"]) if "reply_to" in step else None
        details = {"msgid": step.get("msgid"), "content_type": step.get("content_type"),
                   "reply_to": reply_to}
        sending = lambda: self.model.send(
            device.client, device.user, payload, kind, to=step.get("to"), group=step.get("group"),
            **dict(details, content_type=found or details["content_type"]))
        given = {name.replace("_", "-"): value.text() if isinstance(value, Id) else value
                 for name, value in details.items() if value is not None}
        if step.get("as_command"):
            for name in ("to", "group"):
                if name in step:
                    given["user" if name == "to" else name] = step[name]
            given.update(payloads.as_json(payload))
            self.ask(device, "send", given,
                     lambda: {"id": self.send_by_command(device.user, sending)}, rated=False)
            return
        topic = "bc/user/" + step["to"] if "to" in step else "bc/group/" + step["group"]
        result = self.publish(device.client, topic, payload, given)
        try:
            sending()
            refusal = None
        except Silent:
            refusal = None
        except Refused as refused:
            refusal = refused.code
        self.acknowledged(result, refusal, device.client, topic, step.get("msgid"))

    def forward(self, step):
        device = self.devices[step["client"]]
        id = self.known_id(step["message"])
        if not device.online or id is None:
            return
        message = next(m for m in self.model.messages if m.id is id)
        to = {name: step[name] for name in ("to", "group") if name in step}
        given = {"user" if name == "to" else name: value for name, value in to.items()}
        self.ask(device, "forward", dict(given, id=id.text()), lambda: {"id": self.model.forward(
            device.client, device.user, message, **to)}, rated=False)

    def mark(self, step):
        device = self.devices[step["client"]]
        known = [m for m in self.model.messages if m.id.value is not None]
        if not device.online or not known:
            return
        at = {name: known[-1 - step[name] % len(known)] for name in ("read", "delivered")
              if name in step}
        peer = {name: step[name] for name in ("user", "group") if name in step}
        self.ask(device, "mark", dict(peer, **{name: m.id.text() for name, m in at.items()}),
                 lambda: self.model.mark(device.user, peer.get("user"), peer.get("group"), **at))

    def react(self, step):
        """Mostly to one of the last few messages."""
        device = self.devices[step["client"]]
        known = [m for m in self.model.messages if m.id.value is not None]
        if device.online and known:
            message = known[-1 - step["message"] % len(known)]
            given = {"emoji": step["emoji"]} if "emoji" in step else {}
            self.ask(device, "react", dict(given, id=message.id.text()), lambda: self.model.react(
                device.user, message, **given), rated=False)

    def report(self, step):
        device = self.devices[step["client"]]
        peer = {name: step[name] for name in ("user", "group") if name in step}
        message = None
        if "message" in step:
            id = self.known_id(step["message"])
            if id is None:
                return
            message = next(m for m in self.model.messages if m.id is id)
            peer["id"] = id.text()
        details = {name: step[name] for name in ("reason", "note", "block") if name in step}
        if device.online:
            self.ask(device, "report", dict(peer, **details), lambda: {"report": self.model.report(
                device.user, message=message, other=peer.get("user"), group=peer.get("group"),
                **details)})

    def resolve(self, step):
        device = self.devices[step["client"]]
        known = [r for r in self.model.reports if r.id.value is not None]
        if device.online and known:
            report = known[-1 - step["report"] % len(known)]
            details = {name: step[name] for name in ("action", "days", "note") if name in step}
            self.ask(device, "resolve", dict(details, report=report.id.text()), for_moderators(
                lambda model, owner: model.resolve(owner, report, **details),
                self.model, device.user))

    def erase(self, step):
        """At the operator's door, until it is gone from the disk too."""
        if self.REAL:
            return
        if "message" in step:
            id = self.known_id(step["message"])
            if id is None:
                return
            message = next(m for m in self.model.messages if m.id is id)
            request, given = {"message": id.text()}, {"message": message}
        else:
            met = {name for m in self.model.messages for name in (m.sender, m.to)}
            if not {step["user"], step.get("other", step["user"])} <= met:
                return  # the store may not know them
            given = {name: step[name] for name in ("user", "other") if name in step}
            request = {"with" if name == "other" else name: value for name, value in given.items()}
        self.settle()
        answer = self.operate(dict(request, verb="erase", note="so", wait=True))
        try:
            taken, earlier = self.model.erase(**given)
        except Refused as refused:
            expected = {"ok": False, "code": refused.args[0]}
        else:
            kept = sum(m.kept is not None for m in taken) + earlier
            expected = {"ok": True, "messages": len(taken), "kept": kept, "state": "waits" if kept else "proven"}
        if any(answer.get(name) != value for name, value in expected.items()):
            raise Mismatch("erasing is answered %s, not %s" % (answer, expected))

    def operate(self, request):
        """The last line of the answer at the operator's door."""
        return self.heard_at_door(request)[-1]

    def heard_at_door(self, request):
        """All lines of it."""
        until = time.monotonic() + DOOR_S
        heard = b""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.connect(os.path.join(self.options["data_dir"], "control"))
            door.setblocking(False)
            door.send(json.dumps(dict(request, door=1)).encode() + b"\n")
            while not heard.endswith(b"\n") or "ok" not in json.loads(heard.splitlines()[-1]):
                if time.monotonic() > until:
                    raise Mismatch("the operator is not answered, but for %s" % heard)
                self.turn({"busy": 0})
                try:
                    heard += door.recv(65536)
                except BlockingIOError:
                    time.sleep(0.002)
        return [json.loads(line) for line in heard.splitlines()]

    def ask(self, device, name, arguments, answer, rated=True):
        """A command, whose answer is what ${answer} says."""
        self.refs += 1
        ref = "r%d" % self.refs
        payload = json.dumps(dict(arguments, ref=ref)).encode()
        result = self.publish(device.client, "bc/do/" + name, payload)
        told = {"ref": ref}
        try:
            if rated and not self.model.take_token(device.user):
                raise Unread("rate-limit")
            expected = dict(answer() or {}, ok=True)
        except Refused as refused:
            expected = dict(self.refusal(refused.code, device.user), ok=False)
            if isinstance(refused, Unread) and len(payload) > REF_READ_BYTES:
                told = {}
        except Silent:
            expected = None
        self.acknowledged(result, None, device.client, "bc/do/" + name)
        if expected is not None:
            self.model.publish(Publication(("bc", "reply", name), dict(expected, **told), None,
                                           client=device.client, lasting=False))

    def send_by_command(self, user, sending):
        """Beyond the rate it is read as long as there is one for repeats, which it is taken of."""
        within = self.model.has_token(user)
        if not within and not self.model.has_token(user, "repeats"):
            raise Unread("rate-limit")
        try:
            return sending()
        except Refused:
            if not within:
                self.model.owe_token(user, "repeats")
            raise

    def command(self, step):
        device = self.devices[step["client"]]
        if device.online:
            name, arguments = step["name"], step.get("args", {})
            self.ask(device, name, arguments,
                     lambda: COMMANDS[name](self.model, device.user, **rename(arguments)))

    def create(self, step):
        """A group that the broker names: the name is known from the answer."""
        device = self.devices[step["client"]]
        if not device.online:
            return
        self.settle()
        if not self.model.has_token(device.user):
            return
        self.refs += 1
        ref = "r%d" % self.refs
        self.answers[ref] = None
        self.publish(device.client, "bc/do/create-group",
                     json.dumps(dict(step["args"], ref=ref)).encode())
        out = self.product.run([{"op": "turn"}])[0]["out"]
        for got in out:
            self.is_answer(got)
        name = self.answers[ref].get("group", "unnamed")
        out = [got for got in out if not got["topic"].startswith("bc/reply/")]
        self.model.take_token(device.user)
        try:
            self.model.create_group(device.user, name, **step["args"])
            refusal = None
        except Refused as refused:
            refusal = refused.code
        if self.answers[ref].get("error") != refusal:
            raise Mismatch("create-group: %s, not %s" % (self.answers[ref], refusal))
        self.model.wake_sleepers()
        self.compare(out, 0)
        self.subscribe_to_groups()

    def secret(self, step):
        """A token or an invitation: what it is, is known from the answer."""
        device = self.devices[step["client"]]
        if not device.online:
            return
        self.settle()
        answer = self.query(device, step["name"], step["args"])
        if answer is None:
            return
        create, field = {"create-token": (self.model.create_token, "token"),
                         "create-invite": (self.model.create_invite, "invite")}[step["name"]]
        try:
            expected = dict(create(device.user, answer.get(field), **step["args"]), ok=True)
            self.secrets[step["name"]].append(answer.get(field))
        except Refused as refused:
            expected = dict(self.refusal(refused.code, device.user), ok=False)
        del answer["bytes"]
        if not self.matches(expected, answer, {}):
            raise Mismatch("%s: %s, not %s" % (step["name"], answer, expected))

    def revoke_invite(self, step):
        device = self.devices[step["client"]]
        told = self.secrets["create-invite"]
        if device.online and told:
            invite = told[-1 - step["invite"] % len(told)]
            self.ask(device, "revoke-invite", {"invite": invite},
                     lambda: self.model.revoke_invite(device.user, invite))

    def sign_in(self, step):
        """Somebody comes with a secret that somebody was told, and goes."""
        told = self.secrets[step["by"]]
        if not told:
            return
        secret = told[-1 - step["secret"] % len(told)]
        rc = self.product.run([{"op": "signin", "user": step["user"], "password": secret}])[0]["rc"]
        judge = self.model.sign_in if step["by"] == "create-token" else self.model.come
        allowed = judge(step["user"], secret)
        if allowed:
            self.model.comes("signs in", step["user"])
            self.model.goes("signs in")
        if (rc == ACCEPTED) != allowed:
            raise Mismatch("%s comes with %s: %s" % (step["user"], secret, rc))

    def type(self, step):
        device = self.devices[step["client"]]
        if not device.online:
            return
        to = {name: step[name] for name in ("to", "group") if name in step}
        topic = "bc/%s/typing" % ("user/" + step["to"] if "to" in to else "group/" + step["group"])
        payload = b"." * step["n"]
        result = self.publish(device.client, topic, payload)
        self.model.type_to(device.user, payload, **to)
        self.acknowledged(result, None, device.client, topic)

    def misuse(self, step):
        """A publish that is refused by its topic, or for being retained."""
        device = self.devices[step["client"]]
        if device.online:
            result = self.publish(device.client, step["topic"], b"x", retain=step.get("retain", 0))
            refusal = "not-possible" if step.get("retain") else "bad-topic"
            self.acknowledged(result, refusal, device.client, step["topic"])

    def try_subscribe(self, step):
        """
        A filter must name one's own user, or a group that one is in, literally, and there is to be
        something that it could match.
        """
        device = self.devices[step["client"]]
        levels = step["filter"].split("/")
        box = levels[3] if len(levels) > 3 else None
        allowed = (levels[:2] == ["bc", "user"] and levels[2] == device.user
                   and box in ("#", "+", "inbox")
                   or levels[:2] == ["bc", "group"] and box in ("#", "+", "messages")
                   and self.model.is_member(levels[2], device.user)
                   or step["filter"] == "bc/error"
                   or levels[:2] == ["bc", "reply"] and len(levels) > 2)
        if device.online and step["filter"] not in (
                "bc/user/%s/#" % device.user, *("bc/group/%s/#" % g for g in self.model.groups)):
            rc = self.product.run([{"op": "subscribe", "client": device.client,
                                    "filter": step["filter"]}])[0]["rc"]
            self.model.comes(device.client, device.user)
            if (rc == ACCEPTED) != allowed:
                raise Mismatch("%s subscribing to %s: %s" % (device.user, step["filter"], rc))

    # ---- looking ----

    def query(self, device, name, arguments):
        """The answer to a command; None if the rate doesn't allow it."""
        self.refs += 1
        ref = "r%d" % self.refs
        self.answers[ref] = None
        result = self.publish(device.client, "bc/do/" + name,
                              json.dumps(dict(arguments, ref=ref)).encode())
        self.acknowledged(result, None, device.client, "bc/do/" + name)
        allowed = self.model.take_token(device.user)
        self.settle()
        answer = self.answers.pop(ref)
        if answer is None:
            raise Mismatch("%s %s isn't answered" % (name, arguments))
        if not allowed:
            if answer.get("error") != "rate-limit":
                raise Mismatch("%s is answered beyond the rate" % name)
            return None
        return answer

    def pages(self, device, name, arguments, items):
        """All pages of a list: the items together, or an error's code, or None beyond the rate."""
        backwards = name == "history" and "after" not in arguments
        cursor_name = "before" if backwards or name == "conversations" else "after"
        format = arguments.get("format", "json")
        most = arguments.get("max-bytes", LIMITS["reply_max_bytes"])
        found = []
        for _ in range(PAGES_MAX):
            answer = self.query(device, name, arguments)
            if answer is None:
                return None
            if not answer["ok"]:
                return answer["error"]
            page = answer[items]
            if len(page) > arguments["limit"] or answer["bytes"] > most:
                raise Mismatch("%s: a page of %d in %d bytes, not of %d in %d" % (
                    name, len(page), answer["bytes"], arguments["limit"], most))
            if pages.wrongly_left_out(page, len(page) - 1 if backwards else 0, most, format):
                raise Mismatch("%s: a payload is left out of %s" % (name, lines(page)))
            found = page + found if backwards else found + page
            if name == "sync":
                device.cursor = answer["after"]
            if not answer.get("more"):
                return found
            arguments = dict(arguments, **{cursor_name: answer[cursor_name]})
        raise Mismatch("%s: the pages never end" % name)

    def look(self, step):
        device = self.devices[step["client"]]
        if not device.online:
            return
        if step["what"] == "get":
            self.get(device, step["message"])
        elif step["what"] == "whoami":
            self.whoami(device, step["go_on"])
        else:
            self.look_at_list(device, step)

    def look_at_list(self, device, step):
        about = {name: step[name] for name in ("user", "group", "state", "rows") if name in step}
        form = {name: step[name] for name in ("limit", "format", "max-bytes") if name in step}
        after = {}
        if step.get("from_start"):
            after["after"] = "0" * 16
        if step.get("go_on") and device.cursor is not None:
            after["after"] = device.cursor
        items, expected = LOOKS[step["what"]]
        found = self.pages(device, step["what"], {**about, **form, **after}, items)
        try:
            wanted = expected(self.model, device.user, **about)
        except Refused as refused:
            wanted = refused.code
        if step["what"] == "sync":
            wanted = [item for item in wanted if item["id"].value is None
                      or item["id"].value > int(after.get("after", "0"), 16)]
        if isinstance(found, list) and isinstance(wanted, list):
            wanted = pages.as_shown(wanted, found)
            if step.get("format") == "protobuf":
                wanted = pages.without_nothing(wanted)
        bindings = {}
        if found is not None and not self.matches(wanted, found, bindings):
            raise Mismatch("%s %s of %s:\n%s\nnot:\n%s" % (
                step["what"], {**about, **form}, device.user, lines(found), lines(wanted)))
        self.bind(bindings)

    def whoami(self, device, go_on):
        """Who one is and what may be done; syncing can go on from its cursor."""
        answer = self.query(device, "whoami", {})
        if answer is None:
            return
        limits = self.model.limits
        expected = {
            "ok": True, "user": device.user, "version": Any(), "protocol": 1,
            "limits": {name: limits[name] for name in LIMITS_TOLD}, "kinds": limits["kinds"],
            "moderator": device.user in self.model.moderators, "accounts": self.model.accounts,
            "may-invite": self.model.accounts != "off"}  # lives let everyone
        cursor, now = answer.pop("newest"), answer.pop("time")
        del answer["bytes"]
        latest_ms = self.latest_ms if self.REAL else self.model.now
        if not self.matches(expected, answer, {}) or not self.model.now <= now <= latest_ms:
            raise Mismatch("whoami of %s at %d:\n%s\nnot at %d:\n%s" % (
                device.user, now, lines([answer]), self.model.now, lines([expected])))
        self.told = (self.model.step, int(cursor, 16))
        if go_on:
            device.cursor = cursor

    def get(self, device, number):
        id = self.known_id(number)
        if id is not None:
            message = next(m for m in self.model.messages if m.id is id)
            self.ask(device, "get", {"id": id.text()},
                     lambda: self.model.get(device.user, message))
            self.settle()

    DO = {
        "send": send, "forward": forward, "mark": mark, "react": react, "report": report,
        "resolve": resolve, "erase": erase, "command": command, "create": create, "secret": secret, "revoke-invite": revoke_invite,
        "sign-in": sign_in, "type": type, "look": look,
        "turn": turn, "clock": clock, "restart": stop_and_start, "kill": kill, "away": away,
        "back": back, "reload": reload, "misuse": misuse, "subscribe": try_subscribe,
    }
