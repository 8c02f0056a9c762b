// What one has arranged for oneself is so on all devices.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { desk, phone, World } from "./world.mjs";

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
