"""/metrics: for who has the token alone, as Prometheus reads it, and with the plugin's own."""
import os
import re
import subprocess
import unittest

from rig import DEADLINE, Scene, Socket, wait_for
from wake_test import PLUGIN, sanitizers

TOKEN = "a-token-of-32-characters-or-more"


def allowed(token=TOKEN):
    return {"Authorization": "Bearer " + token}


def value(text, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
    return float(found.group(1)) if found else None


class Metrics(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()
        self.token = os.path.join(self.scene.folder, "token")
        self.write(TOKEN + "\n")

    def tearDown(self):
        self.scene.end()

    def write(self, text):
        with open(self.token, "w", encoding="ascii") as file:
            file.write(text)

    def read(self, gateway):
        status, headers, body = gateway.get("/metrics", headers=allowed())
        self.assertEqual((status, headers["Content-Type"], headers["Cache-Control"]),
                         (200, "text/plain; version=0.0.4; charset=utf-8", "no-store"))
        return body.decode()

    def check(self, text):
        """Prometheus' own tool has nothing to say of them."""
        done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True,
                              timeout=DEADLINE, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))

    def test_without_a_token_file_there_is_nothing(self):
        status, _, _ = self.scene.gateway().get("/metrics", headers=allowed())
        self.assertEqual(status, 404)

    def test_only_who_has_the_token_reads_them(self):
        gateway = self.scene.gateway(metrics_token_file=self.token)
        wrong = ({}, allowed(""), allowed(TOKEN[:-1]), allowed(TOKEN + "x"), allowed("x" * 600),
                 {"Authorization": "Basic " + TOKEN}, {"Authorization": TOKEN})
        for headers in wrong:
            status, answer, body = gateway.get("/metrics", headers=headers)
            self.assertEqual((status, answer["WWW-Authenticate"]), (401, "Bearer"))
            self.assertNotIn(b"backchannel_", body)
        self.assertEqual(gateway.get("/metrics", "HEAD", allowed())[0], 200)
        self.assertEqual(gateway.get("/metrics/", headers=allowed())[0], 404)
        self.assertIn("# TYPE", self.read(gateway))

    def test_they_count_what_happens(self):
        gateway = self.scene.gateway(metrics_token_file=self.token)
        text = self.read(gateway)
        self.check(text)
        self.assertEqual(value(text, "backchannel_gateway_broker_up"), 1)
        self.assertEqual(value(text, "backchannel_gateway_refused_logins_total"), 0)
        self.assertGreater(value(text, "backchannel_gateway_start_time_seconds"), 1e9)
        self.assertIsNone(value(text, "backchannel_up"))
        stranger = Socket(gateway.port)
        self.assertEqual(stranger.login("alice", "wrong"), 5)
        alice = Socket(gateway.port)
        self.assertEqual(alice.login(), 0)
        wait_for(lambda: value(self.read(gateway), "backchannel_gateway_refused_logins_total") == 1, "the count")
        self.assertEqual(value(self.read(gateway), "backchannel_gateway_accepted_clients"), 1)
        stranger.close()
        alice.close()
        self.scene.broker.stop()
        wait_for(lambda: value(self.read(gateway), "backchannel_gateway_broker_up") == 0, "the end")

    def test_a_file_that_is_no_token_is_refused(self):
        for text, why in (("", "there is nothing in it"), ("short\n", "not a token"),
                          ("with a space in it, and long\n", "not a token")):
            self.write(text)
            with self.assertRaisesRegex(AssertionError, why):
                self.scene.gateway(metrics_token_file=self.token)
        os.remove(self.token)
        with self.assertRaisesRegex(AssertionError, "can't be read: No such file"):
            self.scene.gateway(metrics_token_file=self.token)


class Plugin(unittest.TestCase):
    """The real plugin at the other end of its door."""

    def setUp(self):
        def lines(folder):
            data = os.path.join(folder, "data")
            os.mkdir(data)
            return [f"plugin {PLUGIN}", f"plugin_opt_data_dir {data}"]

        self.scene = Scene(lines=lines, env=sanitizers(PLUGIN))
        self.data = os.path.join(self.scene.folder, "data")
        self.token = os.path.join(self.scene.folder, "token")
        with open(self.token, "w", encoding="ascii") as file:
            file.write(TOKEN)

    def tearDown(self):
        self.scene.end()

    def test_the_plugins_metrics_stand_behind_the_gateways(self):
        gateway = self.scene.gateway(metrics_token_file=self.token, metrics_data_dir=self.data)

        def read():
            return gateway.get("/metrics", headers=allowed())[2].decode()

        text = wait_for(lambda: read() if value(read(), "backchannel_up") == 1 else None, "the door")
        done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True,
                              timeout=DEADLINE, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))
        self.assertEqual(value(text, "backchannel_ready"), 1)
        self.assertEqual(value(text, 'backchannel_messages_total{place="inbox"}'), 0)
        self.assertIsNotNone(value(text, "backchannel_gateway_connections"))
        self.scene.broker.stop()
        text = wait_for(lambda: read() if value(read(), "backchannel_up") == 0 else None, "its end", 40)
        self.assertIsNone(value(text, "backchannel_ready"))
        self.assertIn("the broker doesn't answer", gateway.process.text())

    def test_a_door_that_is_not_there_is_told_of(self):
        gateway = self.scene.gateway(metrics_token_file=self.token, metrics_data_dir="/nowhere")
        text = gateway.get("/metrics", headers=allowed())[2].decode()
        self.assertEqual(value(text, "backchannel_up"), 0)
        wait_for(lambda: "doesn't answer at /nowhere/control" in gateway.process.text(), "the log")


if __name__ == "__main__":
    unittest.main()
