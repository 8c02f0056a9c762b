// Somebody new comes by an invitation, stays without a password, and sees which devices are signed in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { desk, phone, signIn, until, World } from "./world.mjs";

let world;
before(async () => {
  world = await World.make();
});
after(() => world.end());

// A link, made where somebody would make one.
async function invitation(page) {
  await page.goto(`${world.address}/#/settings`);
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.getByRole("dialog").getByText(/#invite=bci-/).textContent();
  await page.keyboard.press("Escape");
  return link;
}

test("who may not invite isn't offered to", async () => {
  const bob = await world.signedIn("bob", phone);
  await bob.getByRole("button", { name: "Write to somebody" }).or(bob.getByRole("link", { name: "Write to somebody" })).waitFor();
  await until(async () => (await bob.getByRole("link", { name: "Invite somebody" }).count()) === 0, "the end of the offer");
  await bob.goto(`${world.address}/#/new`);
  await bob.getByRole("link", { name: "New group" }).waitFor();
  assert.equal(await bob.getByRole("link", { name: "Invite somebody" }).count(), 0);
  await bob.goto(`${world.address}/#/settings`);
  await bob.getByRole("button", { name: "Export everything" }).waitFor();
  assert.equal(await bob.getByRole("button", { name: "Make a link" }).count(), 0);
  const alice = await world.signedIn("alice", phone);
  await alice.goto(`${world.address}/#/new`);
  await alice.getByRole("link", { name: "Invite somebody" }).waitFor();
});

async function join(page, name) {
  await page.getByRole("textbox", { name: "Choose a name" }).fill(name);
  await page.getByRole("button", { name: "Join" }).click();
}

test("a link makes an account, a reload asks nothing, and both know each other", async () => {
  const alice = await world.signedIn("alice", phone);
  const link = await invitation(alice);
  await alice.getByRole("list", { name: "Open invitations" }).getByText("For 1 person").waitFor();

  const zoe = await world.visitor(desk);
  await zoe.goto(link);
  await join(zoe, "zoe");
  await zoe.getByRole("link", { name: "Chats" }).waitFor();
  assert.ok(!zoe.url().includes("bci-"), "the invitation is no longer in the address");
  await zoe.reload();
  await zoe.getByRole("link", { name: "Chats" }).waitFor();

  await zoe.getByRole("button", { name: "New message" }).click();
  await zoe.getByRole("link", { name: "alice" }).click();
  await zoe.getByRole("textbox", { name: "Message" }).fill("Here I am");
  await zoe.getByRole("button", { name: "Send" }).click();
  await alice.getByText("zoe has come by your invitation.").waitFor();
  await alice.goto(`${world.address}/#/chats`);
  await alice.getByRole("list", { name: "Conversations" }).getByText("Here I am").waitFor();
  await alice.goto(`${world.address}/#/settings`);
  await until(async () => (await alice.getByText("For 1 person").count()) === 0, "the used invitation's end");
  assert.deepEqual([...alice.problems, ...zoe.problems], []);
});

test("a pasted invitation works once, and a taken name is said to be one", async () => {
  const alice = await world.signedIn("alice", desk);
  const link = await invitation(alice);
  const page = await world.visitor(phone);
  await page.goto(world.address);
  await page.getByRole("button", { name: "I have an invitation" }).click();
  await page.getByRole("textbox", { name: "Invitation" }).fill(`Come here: ${link} `);
  await join(page, "bob");
  await page.getByText("This invitation can't be used, or the name is taken.").waitFor();
  await join(page, "yuri");
  await page.getByRole("link", { name: "Chats" }).waitFor();

  const late = await world.visitor(phone);
  await late.goto(link);
  await join(late, "late");
  await late.getByText("This invitation can't be used, or the name is taken.").waitFor();
});

test("an invitation that was withdrawn lets nobody in", async () => {
  const alice = await world.signedIn("alice", phone);
  const link = await invitation(alice);
  await alice.getByRole("button", { name: "Withdraw" }).first().click();
  await until(async () => (await alice.getByRole("button", { name: "Withdraw" }).count()) === 0, "the invitation's end");
  const page = await world.visitor(phone);
  await page.goto(link);
  await join(page, "xaver");
  await page.getByText("This invitation can't be used, or the name is taken.").waitFor();
});

test("a group's link leads into the group", async () => {
  await world.ask("alice", "create-group", { group: "choir", title: "The choir" });
  const alice = await world.signedIn("alice", desk);
  await alice.goto(`${world.address}/#/group/choir`);
  await alice.getByRole("button", { name: "Make an invitation link" }).click();
  const link = await alice.getByRole("dialog").getByText(/#invite=bci-/).textContent();
  const page = await world.visitor(phone);
  await page.goto(link);
  await join(page, "wanda");
  await page.getByRole("list", { name: "Conversations" }).getByText("The choir").click();
  await page.getByRole("textbox", { name: "Message" }).fill("Hello, choir");
  await page.getByRole("button", { name: "Send" }).click();
  await alice.goto(`${world.address}/#/chat/group/choir`);
  await alice.getByRole("list", { name: "Messages" }).getByText("Hello, choir").waitFor();
});

test("a device is signed out from another, and signs in again", async () => {
  const here = await world.signedIn("carol", phone);
  const lost = await world.signedIn("carol", desk);
  await lost.getByRole("status").first().waitFor({ state: "attached" });
  await here.goto(`${world.address}/#/settings`);
  await here.getByText("This device", { exact: true }).waitFor();
  const others = here.getByRole("button", { name: /^Sign out Chrome on/ });
  await until(async () => (await others.count()) === 1, "the other device");
  await here.getByText(/Last used .?today/).waitFor();
  await others.click();
  await until(async () => (await others.count()) === 0, "its end");

  await lost.getByText("This device is signed out.").waitFor();
  await lost.getByRole("button", { name: "Sign in" }).click();
  await lost.getByRole("textbox", { name: "Password" }).fill("carol");
  await lost.getByRole("button", { name: "Sign in" }).click();
  await lost.getByRole("link", { name: "Chats" }).waitFor();
  await until(async () => (await lost.getByText("This device is signed out.").count()) === 0, "the end of the sentence");
});

test("where there are no invitations, none are offered", async () => {
  const other = await World.make({ options: { accounts: "tokens" } });
  try {
    const page = await other.visitor(phone);
    await page.goto(other.address);
    await signIn(page, "alice");
    await page.goto(`${other.address}/#/settings`);
    await page.getByText("This device", { exact: true }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Make a link" }).count(), 0);
  } finally {
    await other.end();
  }
});
