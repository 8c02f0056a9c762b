// A world to test the app in: the real broker with the plugin, the real gateway, the real browser. All of it listens
// on 127.0.0.1, on ports of its own, keeps its files in a folder of its own, and ends with the test.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, "../../..");

const plugin = process.env.BACKCHANNEL_PLUGIN ?? path.join(root, "build/release/broker-plugin/mosquitto_backchannel.so");
const gateway = process.env.BACKCHANNEL_GATEWAY ?? path.join(root, "build/release/gateway/backchannel-gateway");
const files = process.env.BACKCHANNEL_WEB ?? path.join(root, "build/web");

// As Debian's Chromium has to be started where there is no screen and no network.
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

// A machine that does other things beside is given as many times the time.
export const slowness = Number(process.env.SLOWNESS ?? 1);

export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const desk = { viewport: { width: 1280, height: 800 } };

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port) {
  for (let i = 0; i < 400 * slowness; i++) {
    const there = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nobody listens on port ${port}`);
}

class Process {
  constructor(name, args, env = {}) {
    this.output = "";
    this.child = spawn(name, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (data) => (this.output += data));
    this.ended = new Promise((resolve) => this.child.on("exit", resolve));
  }
  async end(signal = "SIGTERM") {
    this.child.kill(signal);
    await this.ended;
  }
}

export class World {
  // ${service}: where pushes go to, if there are any; see push_service.mjs. ${more}: what else the browser is told, by the
  // world's folder.
  static async make({ users = ["alice", "bob", "carol", "dave"], options = {}, service = null, more = () => [] } = {}) {
    const world = new World();
    world.users = service === null ? users : [...users, "push"];
    world.service = service;
    world.options = { rate_per_minute: 1000000, rate_burst: 100000, moderators: "alice", accounts: "invites", ...(service === null ? {} : { push_user: "push" }), ...options };
    world.folder = await mkdtemp(path.join(os.tmpdir(), "backchannel-web-"));
    world.brokerPort = await freePort();
    world.webPort = await freePort();
    await world.#configure();
    await world.startBroker();
    await world.startGateway();
    world.browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...flags, ...more(world.folder)] });
    world.contexts = [];
    return world;
  }

  get address() {
    return `http://127.0.0.1:${this.webPort}`;
  }

  async #configure() {
    const passwords = path.join(this.folder, "passwords");
    await writeFile(passwords, this.users.map((name) => `${name}:${name}\n`).join(""), { mode: 0o600 });
    await run("mosquitto_passwd", ["-U", passwords]);
    await run("mkdir", [path.join(this.folder, "store")]);
    const options = Object.entries(this.options).map(([name, value]) => `plugin_opt_${name} ${value}\n`);
    await writeFile(
      path.join(this.folder, "mosquitto.conf"),
      `per_listener_settings false\nset_tcp_nodelay true\nmax_packet_size 8388608\nuser root\nplugin ${plugin}\n` +
        `plugin_opt_data_dir ${this.folder}/store\n${options.join("")}allow_anonymous false\npassword_file ${passwords}\n` +
        `log_dest stderr\nlistener ${this.brokerPort} 127.0.0.1\n`,
    );
  }

  // A plugin that was built with sanitizers needs their runtimes before everything else in the broker.
  async startBroker() {
    const { stdout } = await run("ldd", [plugin]);
    const runtimes = [...stdout.matchAll(/lib(?:asan|ubsan|clang_rt\.asan)\S* => (\S+)/g)].map((m) => m[1]);
    this.broker = new Process("/usr/sbin/mosquitto", ["-c", path.join(this.folder, "mosquitto.conf")], {
      LD_PRELOAD: runtimes.join(":"),
      ASAN_OPTIONS: "detect_leaks=0",
    });
    await listening(this.brokerPort).catch((error) => {
      throw new Error(`${error.message}\n${this.broker.output}`);
    });
  }

  async startGateway() {
    const password = path.join(this.folder, "push-password");
    await writeFile(password, "push\n", { mode: 0o600 });
    const push = [
      "--push-user", "push", "--push-password-file", password, "--push-key", path.join(this.folder, "vapid.pem"),
      "--push-private-addresses", "yes", "--push-authorities", this.service?.certificate, "--push-contact", "mailto:operator@choir.example",
    ];
    this.gateway = new Process(gateway, [
      "--listen-port", String(this.webPort), "--broker", `127.0.0.1:${this.brokerPort}`, "--web-root", files,
      "--connections-per-address", "10000", "--wrong-logins", "100000", ...(this.service === null ? [] : push),
    ]);
    await listening(this.webPort).catch((error) => {
      throw new Error(`${error.message}\n${this.gateway.output}`);
    });
  }

  // A browser of somebody's own, with nothing in it.
  async visitor(size = desk, more = {}) {
    const context = await this.browser.newContext({ ...size, locale: "en-GB", timezoneId: "Europe/Berlin", ...more });
    context.setDefaultTimeout(30_000 * slowness);
    this.contexts.push(context);
    const page = await context.newPage();
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
    return page;
  }

  async signedIn(name, size = desk, more = {}) {
    const page = await this.visitor(size, more);
    await page.goto(this.address);
    await signIn(page, name);
    return page;
  }

  // What somebody else does, with Mosquitto's own clients.
  async publish(user, to, message, more = []) {
    await run("mosquitto_pub", this.#client(user, ["-q", "1", "-t", `bc/${to}`, "-m", message, ...more]));
  }
  async publishFile(user, to, file) {
    await run("mosquitto_pub", this.#client(user, ["-q", "1", "-t", `bc/${to}`, "-f", file]));
  }
  async publishLines(user, to, lines) {
    const child = spawn("mosquitto_pub", this.#client(user, ["-q", "1", "-t", `bc/${to}`, "-l"]));
    child.stdin.end(lines.map((line) => `${line}\n`).join(""));
    await new Promise((resolve) => child.on("exit", resolve));
  }
  async ask(user, command, args = {}) {
    const { stdout } = await run(
      "mosquitto_rr",
      this.#client(user, ["-W", "10", "-t", `bc/do/${command}`, "-e", `bc/reply/${command}`, "-m", JSON.stringify(args)]),
      { maxBuffer: 64 << 20 },
    );
    return JSON.parse(stdout);
  }
  async befriend(a, b) {
    await this.ask(a, "add-contact", { user: b });
    await this.ask(b, "add-contact", { user: a });
  }
  #client(user, args) {
    return ["-V", "5", "-p", String(this.brokerPort), "-u", user, "-P", user, ...args];
  }

  async end() {
    await this.browser?.close();
    await this.gateway?.end();
    await this.broker?.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function signIn(page, name, password = name) {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Chats" }).waitFor();
}

// Wait until ${look} gives something true, and give it.
export async function until(look, what = "what was waited for", ms = 30_000) {
  const end = Date.now() + ms * slowness;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
