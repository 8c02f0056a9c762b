// Every screen, on a phone and on a desk: without violations of axe's rules in light and dark, with text at twice its
// size, from right to left; and a picture of each. With SCREENSHOTS=docs/screenshots they are those that are kept.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { desk, phone, root, World } from "./world.mjs";
import { furnish } from "./furnish.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kept = path.resolve(root, process.env.SCREENSHOTS ?? "build/screenshots");
const sizes = { phone: { ...phone, deviceScaleFactor: 1 }, desk };

let world;
before(async () => {
  await mkdir(kept, { recursive: true });
  world = await World.make({ users: ["alice", "bob", "carol", "dave", "erin", "frank"], options: { moderators: "alice" } });
  await furnish(world);
});
after(() => world.end());

// Where each screen is, and what shows that it is there.
const screens = [
  { name: "chats", at: "#/chats", there: async (p) => {
    const search = p.getByRole("searchbox", { name: "Search" });
    if ((await search.inputValue()) !== "") await search.fill("");
    await search.blur();
    await p.getByRole("list", { name: "Conversations" }).getByText("Rehearsal at eight").waitFor();
  } },
  { name: "chat", at: "#/chat/user/bob", there: (p) => p.getByRole("list", { name: "Messages" }).getByText("I bring the cake") },
  { name: "group-chat", at: "#/chat/group/choir", there: (p) => p.getByRole("list", { name: "Messages" }).getByText("I have them") },
  { name: "stranger", at: "#/chat/user/grace", there: (p) => p.getByText("You haven't written to grace yet") },
  { name: "pending", at: "#/chat/user/heidi", there: (p) => p.getByText("Waiting for heidi: 4 messages left, text and links only.") },
  { name: "requests", at: "#/requests", there: (p) => p.getByText("Cheap scores").first() },
  { name: "request", at: "#/request/user/erin", there: (p) => p.getByRole("button", { name: "Block" }) },
  { name: "new", at: "#/new", there: (p) => p.getByRole("textbox", { name: "Name" }) },
  { name: "new-group", at: "#/new-group", there: (p) => p.getByRole("checkbox").first() },
  { name: "person", at: "#/person/bob", there: (p) => p.getByRole("button", { name: "Paper plane: write to bob" }) },
  { name: "group", at: "#/group/choir", there: (p) => p.getByRole("button", { name: "Leave the group" }) },
  { name: "settings", at: "#/settings", there: (p) => p.getByRole("heading", { name: "Blocked people" }) },
  { name: "reports", at: "#/reports", there: (p) => p.getByRole("list", { name: "Open reports" }).getByRole("link").first() },
  { name: "report", at: "#/reports", there: async (p) => {
    await p.getByRole("list", { name: "Open reports" }).getByRole("link").first().click();
    await p.getByRole("button", { name: "Suspend" }).waitFor();
    const veiled = p.getByRole("button", { name: "Load the picture" });
    assert.equal(await p.locator(".evidence img").count(), 0, "nobody is shown a picture unasked");
    await veiled.click();
    await p.getByRole("img", { name: "Picture from frank" }).waitFor();
  } },
  { name: "search", at: "#/chats", there: async (p) => {
    await p.getByRole("searchbox", { name: "Search" }).fill("rehearsal");
    await p.getByRole("list", { name: "Found" }).getByText("Rehearsal at eight?").waitFor();
  } },
];

// All rules, or those that are named.
async function violations(page, rules = null) {
  await page.evaluate(axe);
  const { violations: all } = await page.evaluate(
    (only) => globalThis.axe.run(document, { resultTypes: ["violations"], ...(only === null ? {} : { runOnly: only }) }),
    rules,
  );
  return all.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
}

// What is wider than the window, or sticks out of it.
function outside(page) {
  return page.evaluate(() => {
    const out = [];
    if (document.scrollingElement.scrollWidth > innerWidth) out.push("the page itself");
    for (const el of document.querySelectorAll("button, a, input, textarea, h1, h2, p, label")) {
      const box = el.getBoundingClientRect();
      if (el.closest(".hidden, .toast-place") || box.width === 0 || !el.checkVisibility({ opacityProperty: true })) continue;
      if (box.left < -1 || box.right > innerWidth + 1) out.push(`${el.tagName} ${el.className} ${el.textContent.slice(0, 30)}`);
    }
    return out;
  });
}

async function open(page, screen) {
  await page.goto(`${world.address}/${screen.at}`);
  const there = await screen.there(page);
  await there?.waitFor();
  // Nothing looks as if it were pointed at.
  await page.mouse.move(1, 1);
  await page.waitForTimeout(250);
}

async function shot(page, name) {
  await writeFile(path.join(kept, `${name}.png`), await page.screenshot({ animations: "disabled", caret: "hide" }));
}

for (const [size, viewport] of Object.entries(sizes)) {
  test(`every screen on a ${size}: nothing that axe objects to, and a picture`, async () => {
    const first = await world.visitor(viewport);
    await first.goto(world.address);
    await first.getByRole("button", { name: "Sign in" }).waitFor();
    await shot(first, `welcome-${size}`);
    assert.deepEqual(await violations(first), [], "welcome");
    await first.getByRole("button", { name: "I have an invitation" }).click();
    await shot(first, `join-${size}`);
    assert.deepEqual(await violations(first), [], "welcome with an invitation");

    const page = await world.signedIn("alice", viewport);
    const wrong = [];
    for (const screen of screens) {
      await open(page, screen);
      await shot(page, `${screen.name}-${size}`);
      for (const what of [...(await violations(page)), ...(await outside(page))]) wrong.push(`${screen.name}: ${what}`);
    }
    await page.emulateMedia({ colorScheme: "dark" });
    for (const screen of screens) {
      await open(page, screen);
      if (["chat", "chats", "request", "settings"].includes(screen.name)) await shot(page, `${screen.name}-${size}-dark`);
      // What is there is the same; its colours aren't.
      for (const what of await violations(page, ["color-contrast"])) wrong.push(`${screen.name}, dark: ${what}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual([...first.problems, ...page.problems], []);
  });
}

test("dialogs and menus: nothing that axe objects to, Escape closes them, and focus comes back", async () => {
  const page = await world.signedIn("alice", sizes.phone);
  await open(page, screens[1]);
  const options = page.getByRole("listitem").first().getByRole("button", { name: "Options" });
  await options.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Messages can't be deleted or changed").waitFor();
  await shot(page, "options-phone");
  assert.deepEqual(await violations(page), [], "options");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Mute" }).waitFor();
  assert.deepEqual(await violations(page), [], "menu");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "More");
  await open(page, screens.find((s) => s.name === "person"));
  await page.getByRole("button", { name: "Code of this profile" }).click();
  await page.getByRole("dialog").getByRole("img").waitFor();
  assert.deepEqual(await violations(page), [], "code");
  await shot(page, "code-phone");
  await open(page, screens.find((s) => s.name === "new"));
  await page.getByRole("button", { name: "Scan somebody's code" }).click();
  await page.getByText("There is no camera here, or it may not be used.").waitFor();
  assert.deepEqual(await violations(page), [], "scanning");
  await shot(page, "scan-phone");
});

test("text at twice its size: all of it is there, and nothing sticks out", async () => {
  const page = await world.signedIn("alice", sizes.phone);
  const wrong = [];
  for (const screen of screens) {
    await open(page, screen);
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    await page.waitForTimeout(150);
    if (screen.name === "chat") await shot(page, "chat-phone-large-text");
    for (const what of await outside(page)) wrong.push(`${screen.name}: ${what}`);
  }
  assert.deepEqual(wrong, []);
});

test("from right to left", async () => {
  const page = await world.visitor(sizes.phone);
  await page.goto(world.address);
  await page.evaluate(() => localStorage.setItem("backchannel/language", "ar"));
  await page.reload();
  await page.getByRole("textbox", { name: "الاسم" }).fill("alice");
  await page.getByRole("textbox", { name: "كلمة المرور" }).fill("alice");
  await page.getByRole("button", { name: "دخول" }).click();
  await page.getByRole("list", { name: "قائمة المحادثات" }).getByText("Rehearsal at eight").waitFor();
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).direction), "rtl");
  await page.mouse.move(1, 1);
  await shot(page, "chats-phone-arabic");
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await outside(page), []);
  await page.goto(`${world.address}/#/chat/user/bob`);
  await page.getByRole("list", { name: "الرسائل" }).getByText("I bring the cake").waitFor();
  const [mine, theirs] = await Promise.all([".mine .bubble", ".theirs .bubble"].map((s) => page.locator(s).last().boundingBox()));
  assert.ok(mine.x < theirs.x, "one's own messages are at the end of the line, which is on the left");
  await shot(page, "chat-phone-arabic");
  assert.deepEqual(await violations(page), []);
  await page.setViewportSize(desk.viewport);
  await page.getByRole("list", { name: "قائمة المحادثات" }).waitFor();
  await page.locator("img.picture").waitFor();
  await page.waitForTimeout(250);
  await shot(page, "chat-desk-arabic");
  assert.deepEqual([...(await violations(page)), ...(await outside(page))], []);
});

test("with the keyboard alone: sign in, pick a conversation, answer", async () => {
  const page = await world.visitor(desk);
  await page.goto(world.address);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await press("Tab");
  await page.keyboard.type("carol");
  await press("Tab");
  await page.keyboard.type("carol");
  await press("Enter");
  await page.getByRole("list", { name: "Conversations" }).waitFor();
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.matches(".row-link"))); i++) await press("Tab");
  await press("Enter");
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await page.waitForFunction(() => document.activeElement.matches("textarea"));
  await page.keyboard.type("By keyboard");
  await press("Enter");
  await page.getByRole("list", { name: "Messages" }).getByText("By keyboard").waitFor();
});
