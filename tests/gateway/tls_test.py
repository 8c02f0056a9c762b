"""TLS by the gateway itself: the certificate, and the one that comes after it."""
import os
import shutil
import signal
import socket
import ssl
import unittest

from push_service import certificate
from rig import Scene, Socket, publish, subscribe, text, wait_for


class Tls(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()
        self.scene.write("index.html", b"app")
        self.scene.write("large.bin", os.urandom(2000000))
        self.first = certificate(self.scene.folder, "first")
        self.second = certificate(self.scene.folder, "second")
        self.cert = os.path.join(self.scene.folder, "cert.pem")
        self.key = os.path.join(self.scene.folder, "key.pem")
        self.install(self.first)

    def tearDown(self):
        self.scene.end()

    def install(self, pair):
        shutil.copy(pair[0], self.cert)
        shutil.copy(pair[1], self.key)

    def gateway(self):
        return self.scene.gateway(tls_certificate=self.cert, tls_key=self.key)

    @staticmethod
    def context(pair, version=None):
        context = ssl.create_default_context(cafile=pair[0])
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def fetch(self, port, pair, path="/", version=None):
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            with self.context(pair, version).wrap_socket(raw, server_hostname="localhost") as peer:
                peer.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                got = b""
                while chunk := peer.recv(65536):
                    got += chunk
                return got

    def test_files_and_mqtt_go_over_tls(self):
        port = self.gateway().port
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            got = self.fetch(port, self.first, version=version)
            self.assertIn(b"Strict-Transport-Security: max-age=", got)
            self.assertTrue(got.endswith(b"app"))
        with open(os.path.join(self.scene.web, "large.bin"), "rb") as file:
            self.assertTrue(self.fetch(port, self.first, "/large.bin").endswith(file.read()))
        one = Socket(port, context=self.context(self.first))
        self.assertEqual(one.login(), 0)
        one.send(subscribe("t/x"))
        self.assertEqual(one.mqtt()[0], 0x90)
        for size in (1, 5000, 16384, 300000):
            payload = os.urandom(size)
            one.send(publish("t/x", payload))
            self.assertEqual(one.mqtt(), (0x30, text("t/x") + payload))

    def test_old_versions_and_plain_text_are_refused(self):
        gateway = self.gateway()
        with self.assertRaises((ssl.SSLError, OSError)):
            self.fetch(gateway.port, self.first, version=ssl.TLSVersion.TLSv1_1)
        self.assertNotIn(b"200", gateway.raw(b"GET / HTTP/1.0\r\n\r\n", 3))

    def test_who_never_ends_the_handshake_is_closed(self):
        gateway = self.scene.gateway(
            tls_certificate=self.cert, tls_key=self.key, login_seconds=1)
        with socket.create_connection(("127.0.0.1", gateway.port), 15) as mute:
            mute.sendall(b"\x16\x03\x01")
            self.assertEqual(mute.recv(100), b"")

    def test_sighup_reads_the_certificate_again_and_keeps_the_old_if_it_is_no_good(self):
        gateway = self.gateway()
        held = Socket(gateway.port, context=self.context(self.first))
        self.assertEqual(held.login(), 0)
        self.install((self.second[0], self.first[1]))
        gateway.process.child.send_signal(signal.SIGHUP)
        wait_for(lambda: "the former certificate stays" in gateway.process.text(), "the line")
        self.assertTrue(self.fetch(gateway.port, self.first).endswith(b"app"))
        self.install(self.second)
        gateway.process.child.send_signal(signal.SIGHUP)
        wait_for(lambda: "the certificate was read again" in gateway.process.text(), "the line")
        self.assertTrue(self.fetch(gateway.port, self.second).endswith(b"app"))
        with self.assertRaises(ssl.SSLError):
            self.fetch(gateway.port, self.first)
        held.send(subscribe("t"))
        self.assertEqual(held.mqtt()[0], 0x90)

    def test_a_certificate_that_is_no_good_ends_the_start(self):
        self.install((self.second[0], self.first[1]))
        with self.assertRaisesRegex(AssertionError, "are no certificate and its key"):
            self.gateway()


if __name__ == "__main__":
    unittest.main()
