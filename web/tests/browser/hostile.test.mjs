// What strangers may write stays text: markup, directions, marks without end, addresses that are scripts, drawings
// that are programs, pictures that are bombs.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import zlib from "node:zlib";
import { phone, until, World } from "./world.mjs";

const mallory = "<img src=x onerror=alert(1)>";
let world;
let page;
let asked;
before(async () => {
  world = await World.make({ users: ["alice", "bob", mallory.replaceAll("/", "")] });
  page = await world.visitor({ ...phone, deviceScaleFactor: 1 });
  asked = [];
  // Whatever the page asks for beside the app's own files.
  page.on("request", (r) => !r.url().startsWith(world.address) && !r.url().startsWith("blob:") && asked.push(r.url()));
  page.on("dialog", (d) => {
    asked.push(`a dialog: ${d.message()}`);
    void d.dismiss();
  });
});
after(() => world.end());

const hostile = [
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>",
  "javascript:alert(1) JaVaScRiPt:alert(1) data:text/html,<script>alert(1)</script>",
  "\u202egnp.exe \u2066hidden\u2069 \u200f",
  "&lt;b&gt; &amp; ${alert(1)} {{alert(1)}}",
  `a${"\u0301\u0316".repeat(16_000)} end`,
  "W".repeat(20_000),
  "\n".repeat(3_000) + "after many lines",
];

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(zlib.crc32?.(body) ?? crc32(body));
  return Buffer.concat([length, body, crc]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// A picture of 30,000 by 30,000 pixels in some hundred kilobytes.
function bomb() {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(30_000, 0);
  head.writeUInt32BE(30_000, 4);
  head[8] = 1;
  const rows = zlib.deflateSync(Buffer.alloc(3751 * 30_000), { level: 9 });
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

test("hostile texts stay text, in the conversation and in the list", async () => {
  await world.befriend("alice", "bob");
  for (const text of hostile) {
    const file = path.join(world.folder, "hostile");
    await writeFile(file, text);
    await world.publishFile("bob", "user/alice", file);
  }
  await page.goto(world.address);
  await page.getByRole("textbox", { name: "Name" }).fill("alice");
  await page.getByRole("textbox", { name: "Password" }).fill("alice");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("list", { name: "Conversations" }).getByRole("link").first().click();
  await until(async () => (await page.getByRole("listitem").count()) === hostile.length, "all of them");
  const written = await page.locator(".message .written").evaluateAll((all) => all.map((el) => el.textContent));
  hostile.slice(0, 5).forEach((text, i) => assert.equal(written[i], text));
  const hrefs = await page.locator(".messages a").evaluateAll((all) => all.map((a) => a.href));
  assert.deepEqual(hrefs, ["http://www.w3.org/2000/svg"], "nothing of it is a link but what is a web address");
  assert.equal(await page.locator(".messages :is(script, img, svg:not(.icon))").count(), 0, "nothing of it is an element");
  const height = await page.evaluate(() => Math.max(...[...document.querySelectorAll(".bubble")].map((el) => el.getBoundingClientRect().height)));
  assert.ok(height < 20_000, `no message is endless: ${height}`);
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), "nothing sticks out");
});

test("links show where they go, and tell the other side nothing", async () => {
  await world.publish("bob", "user/alice", "https://bank.example@evil.example/x");
  await world.publish("bob", "user/alice", "look: https://a.example/x?y=1&z=<b>");
  const links = page.locator(".messages a");
  await until(async () => (await links.count()) === 3, "two more links");
  assert.match(await links.nth(1).innerText(), /^evil\.example/);
  for (const link of await links.all()) {
    assert.match(await link.getAttribute("rel"), /noopener/);
    assert.match(await link.getAttribute("rel"), /noreferrer/);
    assert.equal(await link.getAttribute("target"), "_blank");
  }
  assert.equal(await links.nth(2).getAttribute("href"), "https://a.example/x?y=1&z=");
});

test("pictures that are none, are broken, or would fill the memory", async () => {
  const poison = {
    "cut.jpg": Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(500, 0xab)]),
    "bomb.png": bomb(),
    "page.webp": Buffer.concat([Buffer.from("RIFF\x30\0\0\0WEBP"), Buffer.from("<script>alert(1)</script>".repeat(2))]),
  };
  for (const [name, bytes] of Object.entries(poison)) {
    const file = path.join(world.folder, name);
    await writeFile(file, bytes);
    await world.publishFile("bob", "user/alice", file);
  }
  // Who is at the newest message when others come stays there; who isn't is offered to go.
  const jump = page.getByRole("button", { name: "Jump to newest" });
  const large = page.getByRole("button", { name: /A very large picture/ });
  await until(async () => {
    // In one step: the offer goes by itself once the newest are there.
    await jump.evaluateAll((buttons) => buttons.forEach((button) => button.click()));
    return large.isVisible();
  }, "the newest messages");
  await until(async () => (await page.getByText("A picture that can't be shown").count()) === 2, "two broken pictures");
  assert.equal(await page.locator("img.picture").count(), 0);
});

test("names are names, wherever they stand", async () => {
  const stranger = mallory.replaceAll("/", "");
  await world.publish(stranger, "user/alice", "hello");
  await page.goto(`${world.address}/#/requests`);
  await page.getByText(stranger).first().waitFor();
  await page.getByText("hello", { exact: true }).click();
  await page.getByText(`${stranger} can't see that you have read this.`).waitFor();
  assert.equal(await page.locator("main img").count(), 0);
});

test("nothing was asked of anybody, and nothing went wrong", () => {
  assert.deepEqual(asked, []);
  assert.deepEqual(page.problems.filter((p) => !/Failed to load resource|decod/i.test(p)), []);
});
