"""A push service that checks what it gets (RFC 8030, RFC 8292), and behaves as it is told by the path."""
import base64
import http.server
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time


def certificate(folder, name="service"):
    """A certificate for this machine that is its own authority: its path, and its key's."""
    cert = os.path.join(folder, name + ".pem")
    key = os.path.join(folder, name + ".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", cert, "-keyout", key],
                   check=True, stderr=subprocess.DEVNULL)
    return cert, key


def unbase64url(text):
    if "=" in text or "+" in text or "/" in text:
        raise ValueError("this is not base64 for URLs without padding: " + text)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(data):
    data = data.lstrip(b"\0") or b"\0"
    data = b"\0" + data if data[0] & 0x80 else data
    return b"\x02" + bytes([len(data)]) + data


def is_signed(token, key):
    """Whether openssl finds the token signed by the public key, both as they are sent."""
    point = unbase64url(key)
    signed, _, signature = token.rpartition(".")
    flat = unbase64url(signature)
    if len(point) != 65 or point[0] != 4 or len(flat) != 64:
        return False
    both = number(flat[:32]) + number(flat[32:])
    # A SubjectPublicKeyInfo for P-256 (RFC 5480) is the same for each key but for its point.
    head = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("key", "signature", "text")]
        for path, data in zip(paths, (head + point, b"\x30" + bytes([len(both)]) + both,
                                      signed.encode())):
            with open(path, "wb") as file:
                file.write(data)
        pem = subprocess.run(["openssl", "pkey", "-pubin", "-inform", "DER", "-in", paths[0]],
                             check=True, capture_output=True).stdout
        with open(paths[0], "wb") as file:
            file.write(pem)
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", paths[0], "-signature",
                               paths[1], paths[2]], capture_output=True).returncode == 0


class Service:
    """HTTPS on 127.0.0.1. Paths: /taken, /gone, /lost, /refused, /busy, /fails/N, /hangs, /drips, /moved."""

    def __init__(self, folder, tls=True, name="service"):
        self.requests = []  # path, time, what is wrong with it
        self.urgencies = {}
        self.counts = {}
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.elsewhere = None
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                service.answer(self)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 200

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "https" if tls else "http"
        if tls:
            self.authority, key = certificate(folder, name)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.authority, key)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.origin = f"{self.scheme}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wrong(self, request):
        """What is wrong with a request; an empty text if nothing is."""
        headers = request.headers
        if request.command != "POST":
            return "method"
        if headers.get("Content-Length") != "0" or "Content-Type" in headers:
            return "content"
        if headers.get("TTL") != "86400":
            return "TTL"
        if headers.get("Urgency") not in ("low", "normal", "high"):
            return "urgency"
        if any(name in headers for name in ("Content-Encoding", "Expect", "Topic", "Cookie")):
            return "headers"
        scheme, _, rest = headers.get("Authorization", "").partition(" ")
        fields = dict(field.strip().split("=", 1) for field in rest.split(","))
        if scheme != "vapid" or set(fields) != {"t", "k"}:
            return "authorization"
        kind, claims, _ = fields["t"].split(".")
        claims = json.loads(unbase64url(claims))
        if json.loads(unbase64url(kind)) != {"typ": "JWT", "alg": "ES256"}:
            return "token"
        if claims.get("aud") != self.origin or claims.get("sub") != "mailto:operator@example.org":
            return "claims"
        if not time.time() < claims["exp"] <= time.time() + 86400:
            return "expiry"
        self.key = fields["k"]
        return "" if is_signed(fields["t"], fields["k"]) else "signature"

    def answer(self, request):
        path = request.path.split("?")[0]
        parts = path.strip("/").split("/")
        wrong = "" if parts[0] == "quick" else self.wrong(request)
        with self.lock:
            self.requests.append((request.path, time.monotonic(), wrong))
            self.urgencies.setdefault(request.path, []).append(request.headers.get("Urgency"))
            count = self.counts[request.path] = self.counts.get(request.path, 0) + 1
        status, headers, body = 201, {}, b""
        if parts[0] == "gone":
            status = 410
        elif parts[0] == "lost":
            status = 404
        elif parts[0] == "refused":
            status = 403
        elif parts[0] == "busy" and count == 1:
            status, headers = 429, {"Retry-After": "4"}
        elif parts[0] == "fails" and count <= int(parts[1]):
            status = 503
        elif parts[0] == "moved":
            status, headers = 307, {"Location": self.elsewhere}
        elif parts[0] == "huge":
            body = b"x" * 10000000
        elif parts[0] == "hangs":
            self.over.wait(60)
            return
        elif parts[0] == "drips":
            request.wfile.write(b"HTTP/1.1 201 Created\r\n")
            while not self.over.wait(0.5):
                request.wfile.write(b"X: y\r\n")
                request.wfile.flush()
            return
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def got(self, path):
        with self.lock:
            return self.counts.get(path, 0)

    def all_wrong(self):
        with self.lock:
            return [(path, wrong) for path, _, wrong in self.requests if wrong]

    def end(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
