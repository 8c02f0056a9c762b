// What was said long ago is found: by its words, and from what answers to it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { phone, until, World } from "./world.mjs";

let world;
before(async () => {
  world = await World.make({ options: { invites_by: "everyone" } });
  await world.befriend("alice", "bob");
});
after(() => world.end());

// Whether a text is in the window, and not only somewhere in the conversation.
async function seen(page, text) {
  const line = page.getByRole("list", { name: "Messages" }).getByText(text, { exact: true }).first();
  return (await line.count()) > 0 && line.evaluate((el) => {
    const box = el.getBoundingClientRect();
    return box.top > 0 && box.bottom < innerHeight && box.height > 0;
  });
}

test("a message that was found by its words is gone to, and so is what a quote stands for", async () => {
  await world.publish("bob", "user/alice", "The spare key is under the third flowerpot");
  const [asked] = (await world.ask("bob", "history", { user: "alice", limit: 1 })).messages;
  await world.publishLines("bob", "user/alice", Array.from({ length: 900 }, (_, i) => `chatter ${i}`));
  await world.publish("bob", "user/alice", "Still there?", ["-D", "publish", "user-property", "reply-to", asked.id]);

  const page = await world.signedIn("alice", { ...phone, deviceScaleFactor: 1 });
  const conversation = page.getByRole("list", { name: "Conversations" });
  await conversation.getByText("Still there?").waitFor();
  const search = page.getByRole("searchbox", { name: "Search" });
  const found = page.getByRole("list", { name: "Found" }).getByRole("link", { name: /third flowerpot/ });
  await until(async () => {
    await search.fill("");
    await search.fill("flowerpot key");
    await page.waitForTimeout(500);
    return found.isVisible();
  }, "the message among those that are found");
  await found.click();
  await until(() => seen(page, "The spare key is under the third flowerpot"), "the message in the window");

  await page.getByRole("button", { name: "Jump to newest" }).click();
  await until(() => seen(page, "Still there?"), "the newest message");
  assert.equal(await seen(page, "The spare key is under the third flowerpot"), false);
  for (let i = 0; i < 2; i++) {
    await page.getByRole("listitem").filter({ hasText: "Still there?" }).getByRole("button", { name: /spare key/ }).click();
    await until(() => seen(page, "The spare key is under the third flowerpot"), "what the quote stands for");
    await until(async () => (await page.locator(".wanted").count()) === 0, "the mark's end");
    await page.getByRole("button", { name: "Jump to newest" }).click();
    await until(() => seen(page, "Still there?"), "the newest message");
  }
  assert.deepEqual(page.problems, []);
});

test("who has nobody yet is told where to begin, and whom to bring", async () => {
  const page = await world.signedIn("dave", { ...phone, deviceScaleFactor: 1 });
  await page.getByRole("link", { name: "Invite somebody" }).click();
  await page.getByRole("button", { name: "Make a link" }).waitFor();
  await until(() => page.getByRole("button", { name: "Make a link" }).evaluate((el) => el.getBoundingClientRect().bottom < innerHeight), "the part about invitations");
  await page.getByRole("link", { name: "Chats" }).click();
  await page.getByRole("link", { name: "Write to somebody" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("carol");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("textbox", { name: "Message" }).fill("Hello, I am Dave");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Waiting for carol").waitFor();
});
