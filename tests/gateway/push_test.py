"""Web Push: wakes become signed requests, what is gone is told, and nobody delays anybody."""
import json
import os
import socket
import stat
import time
import unittest

from push_service import Service, unbase64url
from rig import Scene, Socket, publish, subscribe, wait_for


class Push(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()
        self.services = []
        self.password = os.path.join(self.scene.folder, "push-password")
        self.key = os.path.join(self.scene.folder, "vapid.pem")
        with open(self.password, "w", encoding="ascii") as file:
            file.write("push\n")

    def tearDown(self):
        for one in self.services:
            one.end()
        self.scene.end()

    def service(self, **how):
        one = Service(self.scene.folder, **how)
        self.services.append(one)
        return one

    def gateway(self, service=None, **settings):
        how = {"push_user": "push", "push_password_file": self.password, "push_key": self.key,
               "push_contact": "mailto:operator@example.org", "push_private_addresses": "yes"}
        if service and service.scheme == "https":
            how["push_authorities"] = service.authority
        how.update(settings)
        one = self.scene.gateway(**how)
        self.bob = Socket(one.port)
        self.assertEqual(self.bob.login("bob", "bob", client="bob"), 0)
        self.bob.send(subscribe("bc/do/push-gone"))
        self.assertEqual(self.bob.mqtt()[0], 0x90)
        wait_for(lambda: one.health()["push"]["connected"], "the push user")
        return one

    def wake(self, endpoint, urgency="high"):
        """What the plugin publishes."""
        self.bob.send(publish("bc/user/push/wake", json.dumps(
            {"endpoint": endpoint, "p256dh": "BP", "auth": "a", "urgency": urgency}).encode()))

    def test_a_wake_becomes_a_signed_request_without_content(self):
        service = self.service()
        gateway = self.gateway(service)
        for urgency in ("high", "low", "normal", "unheard-of"):
            self.wake(f"{service.origin}/taken/{urgency}?a=b&c=%20", urgency)
        for urgency in ("high", "low", "normal", "unheard-of"):
            path = f"/taken/{urgency}?a=b&c=%20"
            wait_for(lambda at=path: service.got(at) == 1, path)
            self.assertEqual(service.urgencies[path], ["normal" if "-" in urgency else urgency])
        wait_for(lambda: gateway.health()["push"]["taken"] == 4, "the answers")
        self.assertEqual(service.all_wrong(), [])
        key = json.loads(gateway.get("/vapid")[2])["key"]
        self.assertEqual(key, service.key)
        self.assertEqual(len(unbase64url(key)), 65)

    def test_the_key_is_made_once_and_is_nobody_elses(self):
        service = self.service()
        gateway = self.gateway(service)
        self.assertEqual(stat.S_IMODE(os.stat(self.key).st_mode), 0o600)
        key = gateway.get("/vapid")[2]
        self.assertEqual(gateway.stop(), 0)
        gateway.run()
        self.assertEqual(gateway.get("/vapid")[2], key)
        for wreck, said in ((lambda: os.chmod(self.key, 0o644), "others may read it"),
                            (lambda: self.write(self.key, b"no key"), "it holds no private key")):
            self.assertEqual(gateway.stop(), 0)
            wreck()
            with self.assertRaisesRegex(AssertionError, said):
                gateway.run()
            os.unlink(self.key)
            gateway.run()

    def write(self, path, data):
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, 0o600)

    def test_without_a_push_user_there_is_no_push(self):
        gateway = self.scene.gateway()
        self.assertEqual(gateway.get("/vapid")[0], 404)
        self.assertNotIn("push", gateway.health())

    def test_what_a_service_says_is_gone_is_told(self):
        service = self.service()
        self.gateway(service)
        for path in ("/gone/1", "/lost/2"):
            self.wake(service.origin + path)
            kind, body = self.bob.mqtt()
            self.assertEqual(kind & 0xf0, 0x30)
            self.assertEqual(body[:2 + 15], b"\0\x0fbc/do/push-gone")
            self.assertEqual(json.loads(body[17:]), {"endpoint": service.origin + path})
        self.assertEqual((service.got("/gone/1"), service.got("/lost/2")), (1, 1))

    def test_what_fails_is_tried_again_and_what_is_refused_is_not(self):
        service = self.service()
        gateway = self.gateway(service)
        self.wake(service.origin + "/fails/1")
        self.wake(service.origin + "/refused")
        self.wake(service.origin + "/moved")
        wait_for(lambda: service.got("/fails/1") == 2, "the second attempt")
        times = [at for path, at, _ in service.requests if path == "/fails/1"]
        self.assertGreater(times[1] - times[0], 1.5)
        wait_for(lambda: gateway.health()["push"]["waiting"] == 0, "all to be done")
        self.assertEqual((service.got("/refused"), service.got("/moved")), (1, 1))
        push = gateway.health()["push"]
        self.assertEqual((push["taken"], push["refused"], push["failed"]), (1, 2, 0))

    def test_a_service_that_is_busy_says_when(self):
        service = self.service()
        self.gateway(service)
        self.wake(service.origin + "/busy")
        wait_for(lambda: service.got("/busy") == 2, "the second attempt")
        times = [at for path, at, _ in service.requests if path == "/busy"]
        self.assertGreater(times[1] - times[0], 3.9)

    def test_who_never_takes_one_is_given_up(self):
        gateway = self.gateway(self.service(), push_attempts=2)
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            self.wake(f"https://127.0.0.1:{nobody.getsockname()[1]}/x")
            wait_for(lambda: gateway.health()["push"]["failed"] == 1, "it to be given up")

    def test_hanging_services_delay_nobody(self):
        good = self.service()
        bad = [self.service(name=f"bad{i}") for i in range(6)]
        bundle = os.path.join(self.scene.folder, "all.pem")
        with open(bundle, "w", encoding="ascii") as out:
            for one in [good] + bad:
                with open(one.authority, encoding="ascii") as file:
                    out.write(file.read())
        gateway = self.gateway(good, push_authorities=bundle, push_seconds=3, push_parallel=16)
        silent = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.wake(good.origin + "/quick/first")
        wait_for(lambda: good.got("/quick/first") == 1, "the first")
        for i in range(60):
            for j, one in enumerate(bad):
                self.wake(f"{one.origin}/{'drips' if j % 2 else 'hangs'}/{i}")
            self.wake(f"https://127.0.0.1:{silent.getsockname()[1]}/{i}")
        started = time.monotonic()
        for i in range(20):
            self.wake(f"{good.origin}/quick/{i}")
            wait_for(lambda at=f"/quick/{i}": good.got(at) == 1, f"the push {i}")
        # By turns it would be 80 s: 420 that hang, 16 at a time, 3 s each.
        self.assertLess(time.monotonic() - started, 30)
        began = time.monotonic()
        self.assertEqual(gateway.get("/")[0], 404)
        self.assertLess(time.monotonic() - began, 2)
        silent.close()

    def test_the_queue_has_bounds(self):
        service = self.service()
        gateway = self.gateway(service, push_queue=16)
        self.wake(service.origin + "/taken")
        wait_for(lambda: gateway.health()["push"]["taken"] == 1, "the first")
        before = gateway.resident_kb()
        for i in range(500):
            self.wake(f"{service.origin}/hangs/{i}")
        wait_for(lambda: gateway.health()["push"]["dropped"] == 492, "the rest to be dropped")
        for _ in range(500):
            self.wake(f"{service.origin}/hangs/0")
        self.assertEqual(gateway.health()["push"]["waiting"], 8)
        self.assertLess(gateway.resident_kb() - before, 20000)

    def test_an_endless_answer_is_cut_short(self):
        service = self.service()
        gateway = self.gateway(service)
        self.wake(service.origin + "/huge")
        wait_for(lambda: service.got("/huge") == 1, "the push")
        wait_for(lambda: gateway.health()["push"]["waiting"] == 0, "it to be done", 5)

    def test_private_addresses_and_other_schemes_are_refused(self):
        service = self.service()
        plain = self.service(tls=False)
        gateway = self.gateway(service, push_private_addresses="no")
        hosts = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]",
                 "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"]
        for host in hosts:
            self.wake(f"https://{host}:{service.port}/taken")
        for host in ("10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00::1]", "[fe80::1]",
                     "[64:ff9b::7f00:1]", "[2002:7f00:1::]"):
            self.wake(f"https://{host}:1/x")
        wait_for(lambda: gateway.health()["push"]["refused"] + gateway.health()["push"]["dropped"] == 16,
                 "all to be refused")
        bad = [f"http://127.0.0.1:{plain.port}/taken", "file:///etc/passwd", "ftp://localhost/x",
               "gopher://localhost/x", f"https://u:p@127.0.0.1:{service.port}/taken",
               "https://", "", "x", "//x", f"https://127.0.0.1:{service.port}/taken#x",
               f"https://127.0.0.1:{service.port}/ta ken", "https://a\r\nX: y/", "https://e\u00e9/",
               "https://127.0.0.1/" + "x" * 1024]
        before = gateway.health()["push"]["dropped"]
        for endpoint in bad:
            self.wake(endpoint)
        for data in (b"", b"{}", b"[]", b"null", b'{"endpoint":1}', b'{"endpoint":"https://x"',
                     b"\0" * 100, b"[" * 5000, b'{"endpoint":"https://x/' + b"y" * 100000 + b'"}'):
            self.bob.send(publish("bc/user/push/wake", data))
        wait_for(lambda: gateway.health()["push"]["dropped"] == before + len(bad) + 9, "all to be dropped")
        self.assertEqual((service.requests, plain.requests), ([], []))

    def test_redirects_lead_nowhere(self):
        service = self.service()
        inside = self.service(tls=False)
        service.elsewhere = inside.origin + "/quick"
        gateway = self.gateway(service)
        self.wake(service.origin + "/moved")
        wait_for(lambda: gateway.health()["push"]["refused"] == 1, "the redirect to be refused")
        self.assertEqual(inside.requests, [])

    def test_a_service_with_another_certificate_gets_nothing(self):
        service = self.service()
        other = self.service(name="other")
        gateway = self.gateway(service, push_attempts=1)
        self.wake(other.origin + "/taken")
        wait_for(lambda: gateway.health()["push"]["failed"] == 1, "it to fail")
        self.assertEqual(other.requests, [])

    def test_without_tls_is_for_this_machine_and_by_a_test_option_only(self):
        plain = self.service(tls=False)
        gateway = self.gateway(push_private_addresses="no", test_push_without_tls="yes")
        self.wake(plain.origin + "/taken")
        wait_for(lambda: plain.got("/taken") == 1, "the push")
        self.assertEqual(plain.all_wrong(), [])
        self.wake("http://10.0.0.1:1/x")
        wait_for(lambda: gateway.health()["push"]["refused"] == 1, "the other to be refused")

    def test_wakes_are_heard_again_after_a_restart_of_the_broker(self):
        service = self.service()
        gateway = self.gateway(service)
        self.scene.broker.stop()
        wait_for(lambda: not gateway.health()["push"]["connected"], "the broker to be missed")
        self.scene.broker.run()
        wait_for(lambda: gateway.health()["push"]["connected"], "the broker to be back")
        self.bob = Socket(gateway.port)
        self.bob.login("bob", "bob", client="bob")
        self.wake(service.origin + "/taken/after")
        wait_for(lambda: service.got("/taken/after") == 1, "the push")

    def test_a_wrong_password_is_said_and_a_missing_one_ends_it(self):
        self.write(self.password, b"wrong\n")
        how = {"push_user": "push", "push_password_file": self.password, "push_key": self.key}
        gateway = self.scene.gateway(**how)
        wait_for(lambda: "refuses the user push" in gateway.process.text(), "the line")
        os.unlink(self.password)
        with self.assertRaisesRegex(AssertionError, "push_password_file"):
            self.scene.gateway(**how)


if __name__ == "__main__":
    unittest.main()
