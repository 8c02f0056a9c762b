// From stranger to friend, to a group, to a report: on a phone and on a desk, two people with a browser each.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { desk, phone, until, World } from "./world.mjs";

let world;
let carolsPhone;
before(async () => {
  world = await World.make();
});
after(() => world.end());

const said = (page) => page.getByRole("list", { name: "Messages" }).getByRole("listitem").allInnerTexts();

async function write(page, text) {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

async function writeTo(page, name, text) {
  await page.getByRole("button", { name: "New message" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.keyboard.press("Enter");
  await write(page, text);
}

async function shows(page, text) {
  await page.getByRole("list", { name: "Messages" }).getByText(text, { exact: true }).waitFor();
}

async function story(stranger, asked, a, b) {
  await writeTo(stranger, b, "Hello from the choir");
  await shows(stranger, "Hello from the choir");
  await stranger.getByText(`Waiting for ${b}: 4 messages left`).waitFor();

  await asked.getByRole("link", { name: "Requests" }).click();
  await asked.getByText("Hello from the choir").first().click();
  await asked.getByText(`${a} can't see that you have read this.`).waitFor();
  for (const name of ["Accept", "Decline", "Block", "Report"]) assert.equal(await asked.getByRole("button", { name, exact: true }).count(), 1, name);
  await asked.getByRole("button", { name: "Accept", exact: true }).click();

  await write(asked, "Hello yourself");
  await shows(stranger, "Hello yourself");
  await write(stranger, "See you on Tuesday");
  await shows(asked, "See you on Tuesday");
  await until(async () => (await stranger.getByTitle("Read").count()) > 0, "the coloured tick");
  assert.equal((await said(asked)).length, 3);
  assert.equal((await said(stranger)).length, 3);
}

async function grouped(owner, member, a, b) {
  await owner.goto(`${world.address}/#/new-group`);
  await owner.getByRole("textbox", { name: "Title" }).fill("The choir");
  await owner.getByRole("checkbox", { name: b }).check();
  await owner.getByRole("button", { name: "Create the group" }).click();
  await write(owner, "Welcome, all");
  await member.goto(`${world.address}/#/chats`);
  await member.getByRole("link", { name: /The choir/ }).first().click();
  await shows(member, "Welcome, all");
  await write(member, "Thank you!");
  await shows(owner, "Thank you!");
}

async function reported(reporter, name) {
  await reporter.goto(`${world.address}/#/person/${name}`);
  await reporter.getByRole("button", { name: `Paper plane: write to ${name}` }).waitFor();
  await reporter.getByRole("button", { name: "Report", exact: true }).click();
  await reporter.getByRole("radio", { name: "Spam" }).check();
  await reporter.getByRole("textbox", { name: /moderators/ }).fill("It was too much");
  await reporter.getByRole("button", { name: "Hand in" }).click();
  await reporter.getByText("Thank you. The moderators").waitFor();
}

async function judged(moderator, name) {
  await moderator.goto(`${world.address}/#/chats`);
  await moderator.getByRole("link", { name: "Reports" }).click();
  await moderator.getByRole("link", { name: new RegExp(name) }).first().click();
  await moderator.getByRole("main").getByText("It was too much").waitFor();
  await moderator.getByRole("textbox", { name: "A word to them" }).fill("Be gentle");
  await moderator.getByRole("button", { name: "Warn" }).click();
  await moderator.getByText("Decided.").waitFor();
}

test("a story on a phone", async () => {
  const [carol, bob] = [(carolsPhone = await world.signedIn("carol", phone)), await world.signedIn("bob", phone)];
  await story(carol, bob, "carol", "bob");
  await grouped(carol, bob, "carol", "bob");
  await reported(bob, "carol");
  assert.deepEqual([...carol.problems, ...bob.problems], []);
});

test("a story on a desk, with a moderator", async () => {
  const [dave, alice] = [await world.signedIn("dave", desk), await world.signedIn("alice", desk)];
  await story(dave, alice, "dave", "alice");
  await grouped(dave, alice, "dave", "alice");
  await judged(alice, "carol");
  await carolsPhone.getByText("A moderator warns you: Be gentle").waitFor();
  assert.deepEqual([...dave.problems, ...alice.problems], []);
});

test("who declines isn't seen to, and can undo it", async () => {
  const [bob, alice] = [await world.signedIn("bob", desk), await world.signedIn("alice", phone)];
  await writeTo(bob, "alice", "Would you like to buy scores?");
  await shows(bob, "Would you like to buy scores?");
  await alice.getByRole("link", { name: "Requests" }).click();
  await alice.getByRole("button", { name: "Decline" }).click();
  await alice.getByText("Nobody is waiting").waitFor();
  await bob.waitForTimeout(300);
  const messages = bob.getByRole("list", { name: "Messages" });
  assert.equal(await messages.getByTitle("Stored by the server").count(), 1);

  await alice.getByRole("button", { name: "Undo" }).click();
  await alice.getByText("Accepted. You can write to each other.").waitFor();
  await shows(alice, "Would you like to buy scores?");
  await write(alice, "On second thoughts, yes");
  await shows(bob, "On second thoughts, yes");
  assert.deepEqual([...bob.problems, ...alice.problems], []);
});
