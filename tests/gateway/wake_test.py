"""From a message to a push: the real plugin, the real gateway, and a service that checks what it gets."""
import json
import os
import re
import struct
import subprocess
import unittest

from push_service import Service
from rig import Scene, Socket, packet, publish, subscribe, wait_for

PLUGIN = os.environ["PLUGIN"]
PAUSE = 30  # seconds in which nobody is woken twice


def sanitizers(path):
    """What a plugin that was built with sanitizers has to be loaded behind."""
    libraries = subprocess.run(["ldd", path], check=True, capture_output=True, text=True).stdout
    runtimes = re.findall(r"lib(?:asan|ubsan|clang_rt\.asan)\S* => (\S+)", libraries)
    return dict(os.environ, LD_PRELOAD=":".join(runtimes), ASAN_OPTIONS="detect_leaks=0")


class Client(Socket):
    """A user's device, through the gateway."""

    def __init__(self, gateway, user):
        super().__init__(gateway.port)
        self.refs = 0
        assert self.login(user, user, client=user) == 0
        self.send(subscribe(f"bc/user/{user}/#"))
        assert self.mqtt()[1][2] == 0

    def ask(self, command, **arguments):
        self.refs += 1
        ref = str(self.refs)
        self.send(publish(f"bc/do/{command}", json.dumps(dict(arguments, ref=ref)).encode()))
        while True:
            kind, body = self.mqtt()
            if kind & 0xf0 != 0x30:
                continue
            length = struct.unpack(">H", body[:2])[0]
            topic, rest = body[2:2 + length].decode(), body[2 + length:]
            if kind & 0x06:
                self.send(packet(0x40, rest[:2]))
                rest = rest[2:]
            if topic == f"bc/reply/{command}" and json.loads(rest).get("ref") == ref:
                return json.loads(rest)

    def do(self, command, **arguments):
        answer = self.ask(command, **arguments)
        assert answer["ok"], answer
        return answer

    def leave(self):
        self.send(packet(0xe0, b""))
        self.wait_closed()


class Wakes(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(lines=self.lines, env=sanitizers(PLUGIN))
        self.service = Service(self.scene.folder)
        password = os.path.join(self.scene.folder, "push-password")
        with open(password, "w", encoding="ascii") as file:
            file.write("push\n")
        self.gateway = self.scene.gateway(
            push_user="push", push_password_file=password, push_authorities=self.service.authority,
            push_key=os.path.join(self.scene.folder, "vapid.pem"), push_private_addresses="yes",
            push_contact="mailto:operator@example.org")
        wait_for(lambda: self.gateway.health()["push"]["connected"], "the push user")

    @staticmethod
    def lines(folder):
        data = os.path.join(folder, "data")
        os.mkdir(data)
        return (f"plugin {PLUGIN}", f"plugin_opt_data_dir {data}", "plugin_opt_push_user push")

    def tearDown(self):
        self.service.end()
        self.scene.end()

    def sleeper(self, user, path, *known):
        """A user with a device that is woken there, and not here; they know some others."""
        device = Client(self.gateway, user)
        for other in known:
            device.do("add-contact", user=other)
        device.do("push-subscribe", device="phone", endpoint=self.service.origin + path,
                  p256dh="BPk", auth="aA")
        device.leave()

    def urgencies(self, path, count):
        wait_for(lambda: self.service.got(path) == count, path, PAUSE + 10)
        return self.service.urgencies[path]

    def test_a_request_is_pushed_low_and_a_message_high(self):
        self.sleeper("bob", "/taken/bob")
        self.sleeper("push", "/taken/push", "alice")
        alice = Client(self.gateway, "alice")
        alice.do("send", user="bob", payload="hello?")
        self.assertEqual(self.urgencies("/taken/bob", 1), ["low"])
        # Who is at the end of the pushes sleeps as well, but for the gateway's own connection.
        alice.do("send", user="push", payload="hello")
        bob = Client(self.gateway, "bob")
        bob.do("approve", user="alice")
        bob.leave()
        alice.do("send", user="bob", payload="lunch?")
        alice.do("send", user="bob", payload="at one?")
        self.assertEqual(self.urgencies("/taken/bob", 2), ["low", "high"])
        self.assertEqual(self.service.got("/taken/push"), 0)
        self.assertEqual(self.service.all_wrong(), [])

    def test_what_is_gone_is_subscribed_no_more(self):
        self.sleeper("bob", "/gone/bob")
        alice = Client(self.gateway, "alice")
        alice.do("send", user="bob", payload="hello?")
        wait_for(lambda: self.gateway.health()["push"]["gone"] == 1, "it to be gone")
        bob = Client(self.gateway, "bob")
        wait_for(lambda: bob.do("push-subscriptions")["subscriptions"] == [], "it to be removed")
        self.assertEqual(self.service.got("/gone/bob"), 1)


if __name__ == "__main__":
    unittest.main()
