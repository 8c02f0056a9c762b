"""MQTT over WebSockets: bytes go through unchanged, and nobody gets more than is theirs."""
import os
import re
import signal
import socket
import threading
import time
import unittest

from rig import Scene, Socket, connect, packet, publish, subscribe, text, wait_for


class Relay(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()

    def tearDown(self):
        self.scene.end()

    def talk(self, port, where="x"):
        one = Socket(port)
        self.assertEqual(one.status, 101)
        self.assertEqual(one.login(client=where), 0)
        one.send(subscribe("t/" + where))
        self.assertEqual(one.mqtt()[0], 0x90)
        return one

    def test_bytes_go_through_unchanged_however_they_are_framed(self):
        for where in (f"127.0.0.1:{self.scene.broker.port}", self.scene.broker.socket):
            gateway = self.scene.gateway(where)
            one = self.talk(gateway.port)
            for size in (1, 125, 126, 4095, 4096, 4097, 65535, 65536, 300000):
                payload = os.urandom(size)
                data = publish("t/x", payload)
                one.send(data)
                self.assertEqual(one.mqtt(), (0x30, text("t/x") + payload))
                cut = size // 3 + 1
                one.send(data[:cut], final=False)
                one.send(b"hello", opcode=9)
                one.send(data[cut:2 * cut], opcode=0, final=False)
                one.send(data[2 * cut:], opcode=0)
                self.assertEqual(one.mqtt(), (0x30, text("t/x") + payload))
            data = b"".join(publish("t/x", bytes([i])) for i in range(200))
            for byte in data[:300]:
                one.send(bytes([byte]))
            one.send(data[300:])
            self.assertEqual([one.mqtt()[1][-1] for _ in range(200)], list(range(200)))

    def test_only_mqtt_at_mqtt_is_granted(self):
        port = self.scene.gateway().port
        for how, status in (({}, 101), ({"protocol": "chat, mqtt"}, 101), ({"protocol": "mqttv3.1"}, 101),
                            ({"path": "/"}, 404), ({"path": "/mqtt/"}, 404), ({"path": "/health"}, 404),
                            ({"protocol": None}, 400), ({"protocol": "chat"}, 400),
                            ({"protocol": "http"}, 400)):
            one = Socket(port, **how)
            self.assertEqual((how, one.status), (how, status))
            one.close()

    def test_pages_of_other_hosts_are_refused_unless_they_are_named(self):
        for settings, origin, status in (({}, "http://localhost:8080", 101), ({}, "https://evil.example", 403),
                                         ({}, "null", 403), ({}, "https://" + "e" * 5000, 403),
                                         ({"origins": "https://other.example"}, "https://other.example", 101)):
            port = self.scene.gateway(**settings).port
            one = Socket(port, headers=("Origin: " + origin,))
            self.assertEqual((origin, one.status), (origin, status))
            one.close()

    def test_before_login_only_one_small_connect_is_taken(self):
        gateway = self.scene.gateway(login_bytes=1000)
        for what, data, code in (("a PUBLISH", publish("t", b"x"), 1008),
                                 ("a CONNECT that is too large", connect(pad=1000), 1008),
                                 ("250 MB are announced", b"\x10\xff\xff\xff\x7f" + b"x" * 3000, 1008),
                                 ("five bytes of length", b"\x10\xff\xff\xff\xff\x01xx", 1008),
                                 ("nothing but zeros", b"\x00" * 100, 1008)):
            one = Socket(gateway.port)
            one.send(data)
            self.assertEqual((what, one.wait_closed()), (what, code))
        one = Socket(gateway.port)
        one.send(b"text", opcode=1)
        self.assertEqual(one.wait_closed(), 1003)
        one = Socket(gateway.port)
        self.assertEqual(one.login(pad=900), 0)
        self.assertEqual(gateway.health()["violated"], 6)

    def test_250_megabytes_before_login_cost_nothing(self):
        gateway = self.scene.gateway()
        before = gateway.resident_kb()
        for first in (b"\x10\x80\x80\x80\x7f", connect(user="nobody")):
            one = Socket(gateway.port)
            chunk = one.frame(b"x" * 1000000)
            sent = 0
            one.peer.settimeout(3)
            try:
                one.peer.sendall(one.frame(first))
                while sent < 250:
                    one.peer.sendall(chunk)
                    sent += 1
            except OSError:
                pass
            self.assertLess(sent, 20)
            one.close()
        self.assertLess(gateway.resident_kb() - before, 3000)

    def test_what_is_sent_behind_a_connect_waits_for_its_answer(self):
        gateway = self.scene.gateway(login_bytes=300)
        one = Socket(gateway.port)
        one.send(connect() + subscribe("t/x") + publish("t/x", b"y" * 100000) + publish("t/x", b"z"))
        self.assertEqual(one.mqtt()[0], 0x20)
        self.assertEqual(one.mqtt()[0], 0x90)
        self.assertEqual(one.mqtt(), (0x30, text("t/x") + b"y" * 100000))
        self.assertEqual(one.mqtt(), (0x30, text("t/x") + b"z"))

    def test_frames_that_come_together_keep_their_order(self):
        gateway = self.scene.gateway()
        for pause in (0, 0.3):
            one = Socket(gateway.port)
            time.sleep(pause)  # the broker's connection is made, or is not
            packets = [connect(), subscribe("t/x")] + [publish("t/x", b"%d" % i) for i in range(500)]
            one.peer.sendall(b"".join(one.frame(data) for data in packets) + one.frame(publish("t/x", b"y" * 40000)))
            self.assertEqual(one.mqtt()[0], 0x20)
            self.assertEqual(one.mqtt()[0], 0x90)
            self.assertEqual([one.mqtt()[1] for _ in range(500)], [text("t/x") + b"%d" % i for i in range(500)])
            self.assertEqual(one.mqtt(), (0x30, text("t/x") + b"y" * 40000))
            one.close()

    def test_who_doesnt_log_in_is_closed(self):
        gateway = self.scene.gateway(login_seconds=1)
        silent = Socket(gateway.port)
        half = Socket(gateway.port)
        half.send(connect()[:10])
        started = time.monotonic()
        self.assertEqual(silent.wait_closed(), 1008)
        self.assertEqual(half.wait_closed(), 1008)
        self.assertLess(time.monotonic() - started, 5)
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as mute:
            self.assertEqual(mute.recv(100), b"")
        slow = socket.create_connection(("127.0.0.1", gateway.port), 10)
        slow.sendall(b"GET / HTTP/1.1\r\nHost:")
        self.assertEqual(slow.recv(100), b"")
        self.assertLess(time.monotonic() - started, 12)

    def test_an_address_has_so_many_connections_and_no_more(self):
        gateway = self.scene.gateway(connections_per_address=5)
        held = [self.talk(gateway.port, str(i)) for i in range(5)]
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as further:
            self.assertEqual(further.recv(100), b"")
        held.pop().close()
        wait_for(lambda: len(gateway.raw(b"GET / HTTP/1.0\r\n\r\n")) > 0, "room for another")

    def test_all_together_have_so_many_connections_and_no_more(self):
        gateway = self.scene.gateway(max_connections=16)
        held = [self.talk(gateway.port, str(i)) for i in range(16)]
        self.assertEqual(gateway.raw(b"GET / HTTP/1.0\r\n\r\n"), b"")
        self.assertEqual(len(held), 16)

    def test_a_proxy_is_believed_only_if_it_is_trusted(self):
        trusting = self.scene.gateway(trusted_proxies="::1 127.0.0.1", connections_per_address=2)
        held = [Socket(trusting.port, headers=["X-Forwarded-For: 203.0.113.9, 203.0.113.1"])
                for _ in range(2)]
        self.assertEqual([one.status for one in held], [101, 101])
        self.assertEqual(Socket(trusting.port, headers=["X-Forwarded-For: 203.0.113.1"]).status, 0)
        self.assertEqual(Socket(trusting.port, headers=["X-Forwarded-For: 203.0.113.2"]).status, 101)
        self.assertEqual(trusting.get("/health")[0], 200)
        other = self.scene.gateway(connections_per_address=1)
        held.append(Socket(other.port, headers=["X-Forwarded-For: 203.0.113.1"]))
        with socket.create_connection(("127.0.0.1", other.port), 10) as further:
            self.assertEqual(further.recv(100), b"")

    def test_the_broker_sees_an_address_for_each_of_the_clients(self):
        gateway = self.scene.gateway(trusted_proxies="127.0.0.1")
        for i, address in enumerate(("203.0.113.1", "203.0.113.1", "203.0.113.2", "2001:db8::1",
                                     "2001:db8::2", "2001:db8:0:1::1")):
            one = Socket(gateway.port, headers=["X-Forwarded-For: " + address])
            self.assertEqual(one.login(client=f"client{i}"), 0)
        seen = re.findall(r"connected from (\S+) as client(\d)", self.scene.broker.process.text())
        seen = [re.sub(r":\d+$", "", address) for address, _ in sorted(seen, key=lambda s: s[1])]
        self.assertEqual(len(seen), 6)
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[3], seen[4])
        self.assertEqual(len(set(seen)), 4)
        self.assertTrue(all(address.startswith("127.") for address in seen))

    def test_wrong_passwords_without_end_are_stopped(self):
        gateway = self.scene.gateway(wrong_logins=3)
        for _ in range(3):
            one = Socket(gateway.port)
            self.assertEqual(one.login(password="wrong"), 5)
            one.wait_closed()
        self.assertEqual(Socket(gateway.port).status, 0)
        self.assertEqual(gateway.get("/health")[0], 200)

    def test_clients_outlive_a_restart_of_the_broker(self):
        for where in (f"127.0.0.1:{self.scene.broker.port}", self.scene.broker.socket):
            gateway = self.scene.gateway(where)
            many = [self.talk(gateway.port, str(i)) for i in range(100)]
            self.scene.broker.stop(signal.SIGKILL)
            self.assertEqual({one.wait_closed() for one in many}, {1001})
            away = Socket(gateway.port)
            self.assertEqual((away.status, away.wait_closed()), (101, 1013))
            self.assertEqual(gateway.get("/health")[0], 503)
            self.assertEqual(gateway.health()["broker"], "down")
            if os.path.exists(self.scene.broker.socket):
                os.unlink(self.scene.broker.socket)
            self.scene.broker.run()
            many = [self.talk(gateway.port, str(i)) for i in range(100)]
            wait_for(lambda: gateway.health()["broker"] == "up", "the broker to be seen")
            self.assertEqual(gateway.health()["accepted"], 100)

    def test_who_doesnt_read_keeps_nobody_waiting_and_costs_little(self):
        gateway = self.scene.gateway()
        slow = Socket(gateway.port, receive_buffer=4096)
        slow.login(client="slow")
        slow.send(subscribe("t/#"))
        self.assertEqual(slow.mqtt()[0], 0x90)
        quick = self.talk(gateway.port, "quick")
        before = gateway.resident_kb()
        payload = b"x" * 100000
        for _ in range(300):
            quick.send(publish("t/quick", payload))
            self.assertEqual(len(quick.mqtt()[1]), 100009)
        self.assertLess(gateway.resident_kb() - before, 2000)
        count = 0
        slow.peer.settimeout(2)
        while count < 20 and slow.mqtt()[1][9:] == payload:
            count += 1
        self.assertEqual(count, 20)

    def test_a_broker_that_doesnt_read_holds_its_client_and_no_memory(self):
        listener = socket.create_server(("127.0.0.1", 0))
        gateway = self.scene.gateway(f"127.0.0.1:{listener.getsockname()[1]}")
        one = Socket(gateway.port)
        broker = listener.accept()[0]
        one.send(connect())
        broker.recv(1000)
        broker.sendall(b"\x20\x02\x00\x00")
        self.assertEqual(one.mqtt()[0], 0x20)
        before = gateway.resident_kb()
        got = bytearray()
        data = os.urandom(30000000)
        sender = threading.Thread(target=one.send, args=(data,))
        one.peer.settimeout(60)
        sender.start()
        time.sleep(2)
        self.assertLess(gateway.resident_kb() - before, 2000)
        self.assertTrue(sender.is_alive())
        while len(got) < len(data):
            got += broker.recv(1 << 20)
        sender.join()
        self.assertEqual(bytes(got), data)
        broker.close()
        listener.close()

    def test_what_a_client_sent_last_reaches_the_broker(self):
        listener = socket.create_server(("127.0.0.1", 0))
        gateway = self.scene.gateway(f"127.0.0.1:{listener.getsockname()[1]}")
        one = Socket(gateway.port)
        broker = listener.accept()[0]
        one.send(connect() + packet(0xe0, b""))
        one.close()
        got = b""
        while chunk := broker.recv(1000):
            got += chunk
        self.assertEqual(got, connect() + packet(0xe0, b""))
        listener.close()

    def test_half_open_clients_end(self):
        gateway = self.scene.gateway(ping_seconds=5)
        dead = self.talk(gateway.port, "dead")
        alive = self.talk(gateway.port, "alive")
        started = time.monotonic()
        alive.peer.settimeout(1)
        while gateway.health()["clients"] == 2:
            self.assertLess(time.monotonic() - started, 20)
            try:
                alive.more()
            except socket.timeout:
                pass
        self.assertGreater(time.monotonic() - started, 8)
        alive.send(publish("t/alive", b"x"))
        alive.peer.settimeout(10)
        self.assertEqual(alive.mqtt()[0], 0x30)
        dead.close()

    def test_garbage_frames_end_their_connection_alone(self):
        gateway = self.scene.gateway()
        calm = self.talk(gateway.port, "calm")
        one = self.talk(gateway.port, "one")
        for data in (one.frame(b"x", opcode=3), one.frame(b"x", opcode=11), one.frame(b"x", reserved=0x40),
                     one.frame(b"x" * 200, opcode=9), one.frame(b"x", opcode=9, final=False),
                     one.frame(b"x", opcode=0), b"\x82\xff" + b"\xff" * 8 + b"mask",
                     one.frame(b"\x03", opcode=8), one.frame(b"", opcode=8),
                     one.frame(b"\x00\x00", opcode=8)):
            bad = self.talk(gateway.port, "bad")
            bad.peer.sendall(data)
            bad.wait_closed()
            bad.close()
        for _ in range(300):
            bad = Socket(gateway.port)
            bad.peer.sendall(os.urandom(300))
            bad.close()
        calm.send(publish("t/calm", b"still here"))
        self.assertEqual(calm.mqtt(), (0x30, text("t/calm") + b"still here"))
        calm.close()
        one.close()
        wait_for(lambda: gateway.health()["clients"] == 0, "all to be gone")

    def test_clients_are_told_when_the_gateway_ends(self):
        gateway = self.scene.gateway()
        many = [self.talk(gateway.port, str(i)) for i in range(20)]
        gateway.process.child.send_signal(signal.SIGTERM)
        self.assertEqual({one.wait_closed() for one in many}, {1001})


if __name__ == "__main__":
    unittest.main()
