"""The app's files over HTTP: what is served, how, and that nothing else is."""
import os
import signal
import unittest

from rig import Scene, wait_for

APP = b"console.log('app');" * 500


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = Scene()
        cls.scene.write("index.html", b"<!doctype html><title>app</title>")
        cls.scene.write("sw.js", b"self")
        cls.scene.write("assets/app-1A2B3C4D.js", APP)
        cls.scene.write("assets/app-1A2B3C4D.js.br", b"compressed by brotli")
        cls.scene.write("assets/app-1A2B3C4D.js.gz", b"compressed by gzip")
        cls.scene.write("manifest.webmanifest", b"{}")
        cls.scene.write("sub/index.html", b"sub")
        cls.scene.write(".hidden", b"secret")
        cls.scene.write(".git/config", b"secret")
        cls.scene.write("large.bin", os.urandom(3000000))
        with open(os.path.join(cls.scene.folder, "outside.txt"), "wb") as file:
            file.write(b"secret")
        os.symlink("../outside.txt", os.path.join(cls.scene.web, "link.txt"))
        os.symlink("..", os.path.join(cls.scene.web, "up"))
        os.symlink("/etc", os.path.join(cls.scene.web, "etc"))
        os.mkfifo(os.path.join(cls.scene.web, "pipe"))
        cls.gateway = cls.scene.gateway()

    @classmethod
    def tearDownClass(cls):
        cls.scene.end()

    def test_files_have_their_types(self):
        for path, kind in (("/", "text/html; charset=utf-8"),
                           ("/index.html", "text/html; charset=utf-8"),
                           ("/sw.js", "text/javascript; charset=utf-8"),
                           ("/manifest.webmanifest", "application/manifest+json"),
                           ("/large.bin", "application/octet-stream"),
                           ("/sub/", "text/html; charset=utf-8")):
            status, headers, _ = self.gateway.get(path)
            self.assertEqual((path, status, headers["Content-Type"]), (path, 200, kind))

    def test_every_answer_has_the_headers_of_safety(self):
        for path in ("/", "/nothing", "/health", "/mqtt"):
            _, headers, _ = self.gateway.get(path)
            csp = headers["Content-Security-Policy"]
            for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'",
                         "base-uri 'none'", "form-action 'none'"):
                self.assertIn(rule, csp)
            self.assertNotIn("unsafe", csp)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["X-Frame-Options"], "DENY")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(headers["Cross-Origin-Opener-Policy"], "same-origin")
            self.assertNotIn("Strict-Transport-Security", headers)
            self.assertNotIn("Server", headers)

    def test_what_was_compressed_at_build_time_is_sent_to_who_takes_it(self):
        path = "/assets/app-1A2B3C4D.js"
        tags = set()
        for accept, encoding, body in (("", None, APP), ("gzip, br", "br", b"compressed by brotli"),
                                       ("gzip", "gzip", b"compressed by gzip"),
                                       ("br;q=0, gzip;q=0.5", "gzip", b"compressed by gzip"),
                                       ("br;q=0", None, APP), ("brotli", None, APP),
                                       ("identity", None, APP)):
            _, headers, got = self.gateway.get(path, headers={"Accept-Encoding": accept})
            self.assertEqual((accept, headers.get("Content-Encoding"), got), (accept, encoding, body))
            self.assertEqual(headers["Vary"], "Accept-Encoding")
            self.assertEqual(headers["Content-Type"], "text/javascript; charset=utf-8")
            tags.add(headers["ETag"])
        self.assertEqual(len(tags), 3)
        self.assertEqual(self.gateway.get(path + ".br")[0], 404)

    def test_a_known_file_isnt_sent_again(self):
        _, headers, _ = self.gateway.get("/")
        tag = headers["ETag"]
        for match, status in ((tag, 304), ("W/" + tag, 304), (f'"other", {tag}', 304), ("*", 304),
                              ('"other"', 200), ("", 200)):
            got, again, body = self.gateway.get("/", headers={"If-None-Match": match})
            self.assertEqual((match, got), (match, status))
            self.assertEqual(again["ETag"], tag)
            self.assertEqual(len(body) == 0, status == 304)

    def test_only_assets_are_kept_without_asking(self):
        self.assertEqual(self.gateway.get("/")[1]["Cache-Control"], "no-cache")
        self.assertEqual(self.gateway.get("/sw.js")[1]["Cache-Control"], "no-cache")
        self.assertIn("immutable", self.gateway.get("/assets/app-1A2B3C4D.js")[1]["Cache-Control"])
        self.assertEqual(self.gateway.get("/nothing")[1]["Cache-Control"], "no-store")

    def test_head_is_get_without_a_body_and_nothing_else_is_taken(self):
        status, headers, body = self.gateway.get("/large.bin", "HEAD")
        self.assertEqual((status, headers["Content-Length"], body), (200, "3000000", b""))
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            status, _, _ = self.gateway.get("/", method, body=b"x")
            self.assertIn((method, status), ((method, 405), (method, 403)))

    def test_large_files_are_whole(self):
        with open(os.path.join(self.scene.web, "large.bin"), "rb") as file:
            self.assertEqual(self.gateway.get("/large.bin")[2], file.read())

    def test_nothing_outside_the_folder_is_served(self):
        up = ["..", "%2e%2e", "%2E.", ".%2e", "..%00", "%252e%252e", "%c0%ae%c0%ae", "..;", "....",
              "..%5c", "..\\", "%uff0e%uff0e"]
        slash = ["/", "%2f", "%5c", "\\", "//", "/./", "%252f", "%c0%af"]
        paths = ["/link.txt", "/up/outside.txt", "/etc/passwd", "/etc/", "/pipe", "/.hidden",
                 "/.git/config", "/%2ehidden", "//etc/passwd", "/assets", "/assets/", "/sub",
                 "/index.html/", "/index.html%00", "/index.html%00.png", "/sub/../link.txt",
                 "/proc/self/environ", "/index.html ", "/INDEX.html"]
        for dots in up:
            for cut in slash:
                for end in ("outside.txt", "etc/passwd"):
                    paths += ["/" + dots + cut + end, "/sub/" + (dots + cut) * 6 + end,
                              "/assets" + cut + dots + cut + dots + cut + end]
        for path in paths:
            got = self.gateway.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                   .encode("latin-1"))
            self.assertNotIn(b"secret", got, path)
            self.assertNotIn(b"root:", got, path)
            if got and path != "/index.html ":
                self.assertNotIn(b" 200 ", got.split(b"\r\n")[0], path)

    def test_garbage_ends_a_connection_and_nothing_else(self):
        for data in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 100000,
                     b"\x16\x03\x01\x02\x00" + os.urandom(600), b"GET http://x/ HTTP/1.1\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                     b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"):
            got = self.gateway.raw(data, 3)
            self.assertNotIn(b" 200 ", got.split(b"\r\n")[0])
            self.assertNotIn(b" 101 ", got.split(b"\r\n")[0])
        for _ in range(200):
            self.gateway.raw(os.urandom(200) + b"\r\n\r\n", 0.05)
        self.assertEqual(self.gateway.get("/")[0], 200)

    def test_health_tells_of_the_broker(self):
        health = self.gateway.health()
        self.assertEqual((health["ok"], health["broker"]), (True, "up"))

    def test_sighup_reads_the_files_again(self):
        self.scene.write("later.txt", b"later")
        self.assertEqual(self.gateway.get("/later.txt")[0], 404)
        self.gateway.process.child.send_signal(signal.SIGHUP)
        wait_for(lambda: self.gateway.get("/later.txt")[0] == 200, "the new file")


if __name__ == "__main__":
    unittest.main()
