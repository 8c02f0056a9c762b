// What one has arranged for oneself is so on all devices.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { desk, phone, until, World } from "./world.mjs";

let world;
before(async () => {
  world = await World.make();
  await world.befriend("alice", "bob");
  await world.publish("bob", "user/alice", "Do you like it?");
});
after(() => world.end());

test("what is muted and pinned is so on other devices, too, and a draft is there where one goes on", async () => {
  const [one, two] = [await world.signedIn("alice", phone), await world.signedIn("alice", desk)];
  await one.goto(`${world.address}/#/chat/user/bob`);
  await one.getByRole("button", { name: "More" }).click();
  await one.getByRole("menuitem", { name: "Mute" }).click();
  await one.getByRole("textbox", { name: "Message" }).fill("I would say");
  await one.getByRole("button", { name: "Back" }).click();
  await one.getByText("Draft: I would say").waitFor();
  await two.getByText("Draft: I would say").waitFor();
  await two.getByText("Muted").waitFor({ state: "attached" });
  assert.equal(Object.keys(Object.fromEntries((await world.ask("alice", "stored")).values.map((v) => [v.key, v.value]))).join(), "draft/user/bob,mute/user/bob");
});

// A finger that goes from one place to another, as a screen tells of it.
async function swipe(page, [x, y], [toX, toY]) {
  const cdp = await page.context().newCDPSession(page);
  const touch = (type, ...points) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([px, py]) => ({ x: px, y: py })) });
  await touch("touchStart", [x, y]);
  for (let i = 1; i <= 10; i++) await touch("touchMove", [x + ((toX - x) * i) / 10, y + ((toY - y) * i) / 10]);
  await touch("touchEnd");
  await cdp.detach();
}

test("a swipe pins a conversation, and one from the edge leads back; half a swipe does nothing", async () => {
  const page = await world.signedIn("alice", phone);
  const row = page.getByRole("listitem").filter({ hasText: "bob" }).first();
  await row.waitFor();
  const box = await row.boundingBox();
  const middle = box.y + box.height / 2;
  await swipe(page, [60, middle], [100, middle]);
  await swipe(page, [60, middle], [260, middle]);
  await page.getByText("Pinned").waitFor({ state: "attached" });
  const stored = (await world.ask("alice", "stored")).values.map((v) => v.key);
  assert.ok(stored.includes("pin/user/bob"), stored.join());
  await page.goto(`${world.address}/#/chat/user/bob`);
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await swipe(page, [8, 400], [220, 400]);
  await page.getByRole("heading", { name: "Chats" }).waitFor();
  assert.deepEqual(page.problems, []);
});

test("who is typing is seen while they do", async () => {
  const [alice, bob] = [await world.signedIn("alice", phone), await world.signedIn("bob", desk)];
  await bob.goto(`${world.address}/#/chat/user/alice`);
  const seen = alice.getByText("bob is typing…");
  await until(async () => {
    await bob.getByRole("textbox", { name: "Message" }).press("x");
    return (await seen.count()) > 0;
  }, "that bob is typing");
  await seen.waitFor({ state: "detached" });
  assert.deepEqual([...alice.problems, ...bob.problems], []);
});

test("all that is one's own is taken along as a file", async () => {
  const page = await world.signedIn("alice", desk);
  await page.goto(`${world.address}/#/settings`);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export everything" }).click()]);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(file.suggestedFilename(), "backchannel-alice.jsonl");
  assert.equal(lines.filter((item) => item.payload === "Do you like it?" && item.from === "bob").length, 1);
  assert.deepEqual(page.problems, []);
});
