// The broker, the gateway and the network end in the middle: no message is lost, and none is there twice.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { desk, phone, signIn, until, World } from "./world.mjs";

let world;
beforeEach(async () => {
  world = await World.make();
  await world.befriend("alice", "bob");
});
afterEach(() => world.end());

async function chat(name, other, size = desk) {
  const page = await world.signedIn(name, size);
  await page.goto(`${world.address}/#/chat/user/${other}`);
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  return page;
}

async function write(page, text) {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const texts = (page) => page.locator(".message .written").allInnerTexts();
const stored = async () => (await world.ask("bob", "history", { user: "alice", limit: 200 })).messages.map((m) => m.payload);
const numbers = (n, from = 0) => Array.from({ length: n }, (_, i) => `message ${from + i}`);

// All of ${wanted} is with the server and on the screen, once each and in order.
async function settled(page, wanted) {
  await until(async () => (await stored().catch(() => [])).length >= wanted.length, `${wanted.length} messages`, 60_000);
  await until(async () => (await page.locator(".tick-waiting").count()) === 0, "the last tick", 20_000);
  assert.deepEqual(await stored(), wanted);
  await page.bringToFront(); // what isn't drawn has no text
  assert.deepEqual(await texts(page), wanted);
}

test("a broker that is killed while one writes", async () => {
  const page = await chat("alice", "bob");
  const wanted = numbers(12);
  for (const text of wanted.slice(0, 4)) await write(page, text);
  await world.broker.end("SIGKILL");
  for (const text of wanted.slice(4, 8)) await write(page, text);
  await world.startBroker();
  for (const text of wanted.slice(8)) await write(page, text);
  await settled(page, wanted);
});

test("a gateway that is killed while one writes", async () => {
  const page = await chat("alice", "bob");
  const wanted = numbers(9);
  for (const text of wanted.slice(0, 3)) await write(page, text);
  await world.gateway.end("SIGKILL");
  for (const text of wanted.slice(3, 6)) await write(page, text);
  await world.startGateway();
  for (const text of wanted.slice(6)) await write(page, text);
  await settled(page, wanted);
});

test("a network that goes, a page that is loaded again without it, and what was written then", async () => {
  const page = await chat("alice", "bob", phone);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await write(page, "message 0");
  await until(async () => (await stored()).length === 1, "the first message");
  await page.context().setOffline(true);
  await world.gateway.end("SIGKILL");
  await write(page, "message 1");
  await page.getByText("You are offline").waitFor();
  await page.reload();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await page.getByRole("list", { name: "Messages" }).getByText("message 1").waitFor();
  await write(page, "message 2");
  assert.deepEqual(await texts(page), numbers(3));
  await world.startGateway();
  await page.context().setOffline(false);
  await settled(page, numbers(3));
});

test("what others write meanwhile is there afterwards, and is counted once", async () => {
  const page = await world.signedIn("bob", phone);
  await page.getByRole("list", { name: "Conversations" }).or(page.getByText("No conversations yet")).first().waitFor();
  await world.publish("alice", "user/bob", "message 0");
  await page.getByText("1 unread message").waitFor({ state: "attached" });
  await world.gateway.end("SIGKILL");
  for (const text of numbers(6, 1)) await world.publish("alice", "user/bob", text);
  await world.startGateway();
  await page.getByText("7 unread messages").waitFor({ state: "attached", timeout: 60_000 });
  await page.getByRole("list", { name: "Conversations" }).getByRole("link").first().click();
  await until(async () => (await texts(page)).length === 7, "seven messages");
  assert.deepEqual(await texts(page), numbers(7));
});

test("two tabs are one app: one connection, the same everywhere, and the other goes on when one is closed", async () => {
  const one = await chat("alice", "bob");
  const two = await one.context().newPage();
  await two.goto(`${world.address}/#/chat/user/bob`);
  // A password isn't shared between tabs: the second has what it needs of the first.
  await two.getByRole("textbox", { name: "Message" }).waitFor();
  await write(one, "message 0");
  await write(two, "message 1");
  await settled(one, numbers(2));
  await settled(two, numbers(2));
  const health = await (await fetch(`${world.address}/health`)).json();
  assert.equal(health.clients, 1, "one connection for both");
});

test("too fast is only later: what is refused for now waits, and then goes, in order", async () => {
  await world.end();
  world = await World.make({ options: { rate_per_minute: 240, rate_burst: 30 } });
  await world.befriend("alice", "bob");
  const page = await chat("alice", "bob");
  const wanted = numbers(40);
  for (const text of wanted) await write(page, text);
  await settled(page, wanted);
});

test("who signs out is told what isn't sent yet, and may stay", async () => {
  const page = await chat("alice", "bob", phone);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await world.gateway.end("SIGKILL");
  await write(page, "message 0");
  await page.getByText("You are offline").waitFor();
  await page.goto(`${world.address}/#/settings`);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByText("1 message isn't sent yet. It would be lost.").waitFor();
  await page.keyboard.press("Escape");
  await world.startGateway();
  await page.goto(`${world.address}/#/chat/user/bob`);
  await settled(page, numbers(1));
});

// Have the server be asked for older messages only once one was sent, and bring them before that one's echo.
async function overtaken(page) {
  await page.routeWebSocket(/\/mqtt$/, (socket) => {
    const server = socket.connectToServer();
    const held = { asked: [], echo: [] };
    let sent = false;
    let answered = false;
    socket.onMessage((bytes) => {
      if (!sent && bytes.includes("bc/do/history")) held.asked.push(bytes);
      else server.send(bytes);
    });
    server.onMessage((bytes) => {
      if (!answered && bytes.includes("/sent/")) {
        held.echo.push(bytes);
        sent = true;
        for (const asked of held.asked.splice(0)) server.send(asked);
        return;
      }
      socket.send(bytes);
      if (!sent || !bytes.includes("bc/reply/history")) return;
      answered = true;
      setTimeout(() => held.echo.splice(0).forEach((echo) => socket.send(echo)), 500);
    });
  });
}

test("a message that older ones bring before its echo comes is sent, and how many more are let through is known", async () => {
  await world.publish("alice", "user/dave", "From elsewhere");
  const page = await world.visitor(desk);
  await overtaken(page);
  await page.goto(world.address);
  await signIn(page, "alice");
  await page.goto(`${world.address}/#/chat/user/dave`);
  await write(page, "Hello, Dave");
  await until(async () => (await texts(page)).length === 2 && (await page.locator(".tick-waiting").count()) === 0, "both messages, sent");
  assert.deepEqual(await texts(page), ["From elsewhere", "Hello, Dave"]);
  await page.waitForTimeout(1500);
  await page.getByText("Waiting for dave: 3 messages left").waitFor();
});
