"""A real broker, the gateway before it, and clients that do what no library would."""
import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time

GATEWAY = os.environ["GATEWAY"]
DEADLINE = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=DEADLINE):
    """Wait until the condition holds and return what it came to; fail if it takes longer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A child with its output in a file, ended with this process's test."""

    def __init__(self, argv, log, env=None):
        self.log = log
        self.start = os.path.getsize(log) if os.path.exists(log) else 0
        with open(log, "ab") as output:
            self.child = subprocess.Popen(argv, stdout=output, stderr=output, env=env)

    def text(self):
        with open(self.log, "rb") as log:
            log.seek(self.start)
            return log.read().decode(errors="replace")

    def stop(self, signum=signal.SIGTERM):
        """End it, and return its status. A sanitizer's report in its output is a failure."""
        if self.child.poll() is None:
            self.child.send_signal(signum)
        try:
            status = self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError("it didn't end:\n" + self.text())
        if "Sanitizer" in self.text() or "runtime error" in self.text():
            raise AssertionError(self.text())
        return status


class Broker:
    """Mosquitto on a port, a WebSocket port and a local socket, for alice, bob and push. The lines are of its
    configuration, or a function that makes them for its folder."""

    def __init__(self, folder, lines=(), env=None):
        self.folder = folder
        self.env = env
        lines = lines(folder) if callable(lines) else lines
        self.port = free_port()
        self.web_port = free_port()
        self.socket = os.path.join(folder, "broker.sock")
        self.users = os.path.join(folder, "users")
        with open(self.users, "w", encoding="ascii") as users:
            users.write("alice:alice\nbob:bob\npush:push\n")
        os.chmod(self.users, 0o600)
        subprocess.run(["mosquitto_passwd", "-U", self.users], check=True)
        self.conf = os.path.join(folder, "mosquitto.conf")
        with open(self.conf, "w", encoding="ascii") as conf:
            conf.write("user root\nper_listener_settings false\nallow_anonymous false\n"
                       f"password_file {self.users}\nset_tcp_nodelay true\n" + "".join(line + "\n" for line in lines) +
                       f"listener {self.port} 127.0.0.1\n"
                       f"listener 0 {self.socket}\n"
                       f"listener {self.web_port} 127.0.0.1\nprotocol websockets\n")
        self.process = None
        self.run()

    def run(self):
        self.process = Process(["mosquitto", "-c", self.conf],
                               os.path.join(self.folder, "broker.log"), self.env)
        wait_for(lambda: listens(self.port), "the broker")

    def stop(self, signum=signal.SIGTERM):
        self.process.stop(signum)


class Gateway:
    """The gateway on a port of its own, with the settings given."""

    def __init__(self, folder, broker, **settings):
        self.port = free_port()
        self.folder = folder
        argv = [GATEWAY, "--listen-port", str(self.port), "--broker", broker]
        for name, value in settings.items():
            argv += ["--" + name.replace("_", "-"), str(value)]
        self.argv = argv
        self.process = None
        self.run()

    def run(self):
        self.process = Process(self.argv, os.path.join(self.folder, "gateway.log"))
        wait_for(lambda: listens(self.port) or self.process.child.poll() is not None, "the gateway")
        if self.process.child.poll() is not None:
            raise AssertionError(self.process.text())

    def get(self, path, method="GET", headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def health(self):
        return json.loads(self.get("/health")[2])

    def resident_kb(self):
        with open(f"/proc/{self.process.child.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def raw(self, data, seconds=DEADLINE):
        """Send bytes as they are, and return all that comes until the end."""
        with socket.create_connection(("127.0.0.1", self.port), seconds) as peer:
            peer.sendall(data)
            got = b""
            try:
                while chunk := peer.recv(65536):
                    got += chunk
            except (ConnectionResetError, socket.timeout):
                pass
            return got

    def stop(self):
        return self.process.stop()


def remaining_length(length):
    out = b""
    while True:
        length, byte = divmod(length, 128)
        out += bytes([byte | (0x80 if length else 0)])
        if not length:
            return out


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


def packet(kind, body):
    return bytes([kind]) + remaining_length(len(body)) + body


def connect(user="alice", password="alice", client="c", keepalive=60, pad=0):
    """A CONNECT of MQTT 3.1.1; pad makes the client id longer."""
    return packet(0x10, text("MQTT") + b"\x04\xc2" + struct.pack(">H", keepalive) +
                  text(client + "x" * pad) + text(user) + text(password))


def subscribe(topic, mid=1):
    return packet(0x82, struct.pack(">H", mid) + text(topic) + b"\x00")


def publish(topic, payload):
    return packet(0x30, text(topic) + payload)


class Socket:
    """A WebSocket, byte by byte."""

    def __init__(self, port, path="/mqtt", protocol="mqtt", headers=(), context=None, host="127.0.0.1",
                 receive_buffer=None):
        self.peer = socket.socket()
        if receive_buffer:
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.peer.settimeout(DEADLINE)
        self.peer.connect((host, port))
        if context:
            self.peer = context.wrap_socket(self.peer, server_hostname="localhost")
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.stream = b""  # of MQTT
        self.closed = None
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        if protocol:
            lines.append("Sec-WebSocket-Protocol: " + protocol)
        self.peer.sendall("\r\n".join(lines + list(headers) + ["", ""]).encode())
        while b"\r\n\r\n" not in self.buffer:
            try:
                chunk = self.peer.recv(4096)
            except ConnectionResetError:
                break
            if not chunk:
                break
            self.buffer += chunk
        self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status = int(self.head.split(b" ")[1]) if self.head else 0

    def frame(self, data, opcode=2, final=True, masked=True, reserved=0):
        head = bytes([(0x80 if final else 0) | reserved | opcode])
        mask = 0x80 if masked else 0
        if len(data) < 126:
            head += bytes([mask | len(data)])
        elif len(data) < 65536:
            head += bytes([mask | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([mask | 127]) + struct.pack(">Q", len(data))
        if masked:
            key = os.urandom(4)
            pad = (key * (len(data) // 4 + 1))[:len(data)]
            data = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(len(data), "big")
            head += key
        return head + data

    def send(self, data, **how):
        self.peer.sendall(self.frame(data, **how))

    def fill(self, count):
        while len(self.buffer) < count:
            chunk = self.peer.recv(65536)
            if not chunk:
                raise EOFError
            self.buffer += chunk

    def take(self, count):
        self.fill(count)
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def receive(self):
        """The next frame: its opcode and payload."""
        first, second = self.take(2)
        length = second & 0x7f
        if length == 126:
            length = struct.unpack(">H", self.take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.take(8))[0]
        return first & 0x0f, self.take(length)

    def mqtt(self):
        """The next packet of MQTT: its first byte and its body. None at the end."""
        while True:
            length, shift, at = 0, 0, 1
            while at < len(self.stream):
                byte = self.stream[at]
                length |= (byte & 0x7f) << shift
                shift += 7
                at += 1
                if byte < 0x80:
                    break
            else:
                at = None
            if at and len(self.stream) >= at + length:
                kind, body = self.stream[0], self.stream[at:at + length]
                self.stream = self.stream[at + length:]
                return kind, body
            if not self.more():
                return None

    def more(self):
        """Read one more frame. Returns False at the end, with the code in closed."""
        try:
            opcode, data = self.receive()
        except (EOFError, ConnectionResetError, ssl.SSLError):
            self.closed = self.closed or 1006
            return False
        if opcode == 8:
            self.closed = struct.unpack(">H", data[:2])[0] if len(data) > 1 else 1005
            return False
        if opcode == 9:
            self.send(data, opcode=10)
        elif opcode in (0, 2):
            self.stream += data
        return True

    def wait_closed(self):
        while self.more():
            pass
        self.close()
        return self.closed

    def login(self, *args, **how):
        self.send(connect(*args, **how))
        answer = self.mqtt()
        return answer[1][1] if answer else None

    def close(self):
        self.peer.close()


class Scene:
    """A folder with a broker and gateways, for a test."""

    def __init__(self, **broker):
        self.folder = tempfile.mkdtemp(prefix="gateway-")
        self.web = os.path.join(self.folder, "web")
        os.mkdir(self.web)
        self.gateways = []
        self.broker = Broker(self.folder, **broker)

    def gateway(self, where=None, **settings):
        settings.setdefault("web_root", self.web)
        one = Gateway(self.folder, where or f"127.0.0.1:{self.broker.port}", **settings)
        self.gateways.append(one)
        return one

    def write(self, name, data):
        path = os.path.join(self.web, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def end(self):
        try:
            for one in self.gateways:
                status = one.stop()
                assert status == 0, one.process.text()
        finally:
            self.broker.stop()
            shutil.rmtree(self.folder)
