"""Behind Debian's nginx and Caddy, with the snippets that config/ has."""
import os
import ssl
import subprocess
import unittest

from push_service import certificate
from rig import Process, Scene, Socket, free_port, listens, publish, subscribe, text, wait_for

CONFIG = os.environ["CONFIG"]


class Proxy(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()
        self.scene.write("index.html", b"app")
        self.gateway = self.scene.gateway(trusted_proxies="127.0.0.1 ::1", wrong_logins=2)
        self.port = free_port()
        self.proxy = None

    def tearDown(self):
        if self.proxy:
            self.proxy.stop()
        self.scene.end()

    def snippet(self, name, replaced):
        with open(os.path.join(CONFIG, name), encoding="utf-8") as file:
            snippet = file.read().replace("127.0.0.1:8080", f"127.0.0.1:{self.gateway.port}")
        for old, new in replaced:
            self.assertIn(old, snippet)
            snippet = snippet.replace(old, new)
        return snippet

    def run_proxy(self, argv, env=None):
        self.proxy = Process(argv, os.path.join(self.scene.folder, "proxy.log"), env)
        wait_for(lambda: listens(self.port) or self.proxy.child.poll() is not None, "the proxy")
        self.assertIsNone(self.proxy.child.poll(), self.proxy.text())

    def converse(self, scheme):
        got = subprocess.run(["curl", "-sik", f"{scheme}://localhost:{self.port}/"],
                             check=True, capture_output=True).stdout
        self.assertIn(b"content-security-policy: default-src 'none'", got.lower())
        self.assertTrue(got.endswith(b"app"))
        context = ssl._create_unverified_context() if scheme == "https" else None
        forged = ["X-Forwarded-For: 203.0.113.9"]
        one = Socket(self.port, context=context, headers=forged)
        self.assertEqual((one.status, one.login()), (101, 0))
        one.send(subscribe("t/x"))
        self.assertEqual(one.mqtt()[0], 0x90)
        for size in (1, 70000, 300000):
            payload = os.urandom(size)
            one.send(publish("t/x", payload))
            self.assertEqual(one.mqtt(), (0x30, text("t/x") + payload))
        # A client's own claim of an address doesn't give it more wrong logins.
        for i in range(2):
            bad = Socket(self.port, context=context, headers=[f"X-Forwarded-For: 203.0.113.{i}"])
            self.assertEqual(bad.login(password="wrong"), 5)
            bad.wait_closed()
        self.assertNotEqual(Socket(self.port, context=context, headers=forged).status, 101)

    def test_nginx(self):
        cert, key = certificate(self.scene.folder)
        snippet = self.snippet("nginx.conf", [
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("/etc/letsencrypt/live/chat.example.org/fullchain.pem", cert),
            ("/etc/letsencrypt/live/chat.example.org/privkey.pem", key),
            ("chat.example.org", "localhost")])
        path = os.path.join(self.scene.folder, "nginx.conf")
        temporary = "".join(f"{name}_temp_path {self.scene.folder}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"daemon off; master_process off; pid {self.scene.folder}/nginx.pid;\n"
                       "error_log stderr; events {}\n"
                       f"http {{ access_log off;\n{temporary}{snippet}}}\n")
        self.run_proxy(["/usr/sbin/nginx", "-c", path, "-e", "stderr"])
        self.converse("https")

    def test_caddy(self):
        snippet = self.snippet("caddy.conf", [
            ("chat.example.org {", f"http://localhost:{self.port} {{\n\tbind 127.0.0.1")])
        path = os.path.join(self.scene.folder, "Caddyfile")
        with open(path, "w", encoding="utf-8") as file:
            file.write("{\n\tadmin off\n\tauto_https off\n}\n" + snippet)
        env = dict(os.environ, HOME=self.scene.folder, XDG_DATA_HOME=self.scene.folder,
                   XDG_CONFIG_HOME=self.scene.folder)
        self.run_proxy(["caddy", "run", "--config", path, "--adapter", "caddyfile"], env)
        self.converse("http")


if __name__ == "__main__":
    unittest.main()
