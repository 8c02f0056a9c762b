// The roles and names that others rely on, screen readers' users and tests among them: exactly these, on a phone and on
// a desk.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { desk, phone, World } from "./world.mjs";

let world;
before(async () => {
  world = await World.make();
  await world.befriend("alice", "bob");
  await world.publish("bob", "user/alice", "Are you there?");
  await world.publish("carol", "user/alice", "May I write to you?");
});
after(() => world.end());

// What stands on the page, once it is there: each of it, and each once.
async function stands(page, ...all) {
  for (const [role, name] of all) {
    const found = page.getByRole(role, { name, exact: true });
    await found.first().waitFor();
    assert.equal(await found.count(), 1, `${role} "${name}"`);
  }
}

for (const [size, viewport] of Object.entries({ phone, desk })) {
  test(`names on a ${size}`, async () => {
    const page = await world.visitor(viewport);
    await page.goto(world.address);
    await stands(page, ["textbox", "Name"], ["textbox", "Password"], ["button", "Sign in"]);
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("alice");
    await page.getByRole("textbox", { name: "Password", exact: true }).fill("alice");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await stands(page, ["link", "Chats"], ["link", "Requests"], ["link", "Settings"], ["button", "New message"]);

    await page.getByRole("list", { name: "Conversations" }).getByRole("link").first().click();
    await stands(page, ["list", "Messages"], ["textbox", "Message"], ["button", "Send"]);
    const items = page.getByRole("list", { name: "Messages", exact: true }).getByRole("listitem");
    await items.first().waitFor();
    assert.match(await items.first().innerText(), /Are you there\?/);
    await page.getByRole("textbox", { name: "Message", exact: true }).fill(`Yes, on a ${size}`);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await items.getByText(`Yes, on a ${size}`).waitFor();

    await page.goto(`${world.address}/#/person/bob`);
    await stands(page, ["button", "Paper plane: write to bob"]);
    await page.goto(`${world.address}/#add=carol`);
    await stands(page, ["button", "Paper plane: write to carol"]);

    await page.goto(`${world.address}/#/chats`);
    await page.getByRole("link", { name: "Requests", exact: true }).click();
    await page.getByRole("list", { name: "People and groups that ask" }).getByRole("link").first().click();
    await page.getByText("carol can't see that you have read this.").waitFor();
    await stands(page, ["button", "Accept"], ["button", "Decline"], ["button", "Block"], ["button", "Report"]);
    await stands(page, ["list", "Messages"]);
    await page.getByRole("list", { name: "Messages", exact: true }).getByRole("listitem").getByText("May I write to you?").waitFor();
    assert.deepEqual(page.problems, []);
  });
}
