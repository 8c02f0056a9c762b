"""The plugin in a process of its own: tests/model/host.c."""

import json
import os
import subprocess


class Mismatch(Exception):
    """Reference and product disagree."""


class Product:
    """The plugin in a process of its own."""

    def __init__(self, host, plugin, directory):
        self.command = [host, plugin]
        self.directory = directory
        self.errors = open(os.path.join(directory, "errors"), "ab+")
        self.process = None
        self.start()

    def start(self):
        environment = dict(os.environ)
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=1")
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            env=environment)

    def run(self, operations):
        """The results of ${operations}, one for each."""
        try:
            self.process.stdin.write(json.dumps(operations).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise Mismatch("the plugin's process ended:\n" + self.said())
        return json.loads(line)

    def kill(self):
        self.process.kill()
        self.process.communicate()
        self.start()

    def end(self):
        """End the process, which then looks for leaks."""
        self.process.stdin.close()
        self.process.stdout.read()
        if self.process.wait() != 0:
            raise Mismatch("the plugin's process failed:\n" + self.said())

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stdin.close()
        self.errors.close()

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")
