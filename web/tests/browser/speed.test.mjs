// How fast it is: the first load's bytes, a loaded profile, ten thousand messages under the thumb. A machine that
// does other things beside is allowed for: what is judged is the best of three, and what the page's own thread has worked
// for a frame, which what others do makes longer by less.

import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { desk, phone, root, slowness, World } from "./world.mjs";

const chats = Array.from({ length: 50 }, (_, i) => `friend${String(i).padStart(2, "0")}`);
let world;
before(async () => {
  world = await World.make({ users: ["alice", ...chats], options: { durability: "batch" } });
});
after(() => world.end());

test("the first load is less than 100 KB", async () => {
  const page = await world.visitor(phone);
  const files = [];
  page.on("response", (r) => files.push(new URL(r.url()).pathname));
  await page.goto(world.address);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.waitForLoadState("networkidle");
  const folder = process.env.BACKCHANNEL_WEB ?? path.join(root, "build/web");
  const html = await readFile(path.join(folder, "index.html"), "utf8");
  const first = ["/index.html", ...[...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((m) => m[1])];
  assert.ok(first.length >= 3 && files.includes(first[1]));
  const sizes = await Promise.all(first.map(async (name) => (await stat(path.join(folder, `${name}.br`)).catch(() => stat(path.join(folder, name)))).size));
  const all = await readdir(path.join(folder, "assets"));
  const total = sizes.reduce((a, b) => a + b, 0);
  console.log(`first load: ${total} bytes in ${first.length} files, of ${all.filter((n) => n.endsWith(".br")).length} in all`);
  assert.ok(total < 100_000, `${total} bytes`);
});

test("a loaded profile of 50 conversations is there in less than a second", async () => {
  for (const name of chats) {
    await world.befriend("alice", name);
    await world.publishLines(name, "user/alice", ["one", "two", `hello from ${name}`]);
  }
  const page = await world.signedIn("alice", phone);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.getByText("hello from friend00").waitFor();
  await page.waitForTimeout(1500);
  const times = [];
  for (let i = 0; i < 3; i++) {
    await page.reload({ waitUntil: "commit" });
    await page.waitForFunction(() => document.querySelectorAll(".row-link").length >= 50);
    times.push(await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())))));
  }
  console.log(`50 conversations: ${times.map(Math.round)} ms`);
  assert.ok(Math.min(...times) < 1000 * slowness);
});

// How long the page's thread has worked until now, in milliseconds.
async function clockOf(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return 1000 * metrics.find((m) => m.name === "TaskDuration").value;
  };
}

test("ten thousand messages scroll at sixty frames a second", async () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `message ${i} ${"and something more to read ".repeat(i % 5)}`);
  await world.publishLines("friend00", "user/alice", lines);
  const page = await world.signedIn("alice", desk);
  await page.goto(`${world.address}/#/chat/user/friend00`);
  await page.getByText("message 9999").last().waitFor();
  // All of it is loaded, as by somebody who scrolls for a long time.
  const scroller = page.locator(".messages-scroll");
  await page.waitForFunction(() => {
    const el = document.querySelector(".messages-scroll");
    el.scrollTop = -el.scrollHeight;
    return document.querySelectorAll("[role=listitem]").length >= 10_000;
  }, undefined, { timeout: 240_000 * slowness, polling: 100 });
  await scroller.evaluate((el) => (el.scrollTop = 0));
  const rates = [];
  const worked = await clockOf(page);
  for (let i = 0; i < 3; i++) {
    const before = await worked();
    const rate = await scroller.evaluate(
      (el) =>
        new Promise((resolve) => {
          const frames = [];
          const began = performance.now();
          const step = (now) => {
            frames.push(now);
            el.scrollTop -= 60;
            if (now - began < 2000) return requestAnimationFrame(step);
            const gaps = frames.slice(1).map((t, j) => t - frames[j]).sort((a, b) => a - b);
            const fps = Math.round((1000 * (frames.length - 1)) / (frames.at(-1) - frames[0]));
            resolve({ frames: frames.length, fps, median: gaps[gaps.length >> 1] });
          };
          requestAnimationFrame(step);
        }),
    );
    rates.push({ ...rate, work: ((await worked()) - before) / rate.frames });
  }
  console.log(`10,000 messages: ${JSON.stringify(rates)}`);
  assert.ok(Math.max(...rates.map((r) => r.fps)) >= 55 / slowness, JSON.stringify(rates));
  assert.ok(Math.min(...rates.map((r) => r.work)) < (1000 / 60) * Math.min(slowness, 2), JSON.stringify(rates));
});
