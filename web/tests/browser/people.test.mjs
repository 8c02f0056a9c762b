// What makes people people: profiles, being found, reactions, pictures.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { desk, phone, until, World } from "./world.mjs";

let world;
before(async () => {
  world = await World.make();
  await world.befriend("alice", "bob");
  await world.publish("bob", "user/alice", "Do you like it?");
});
after(() => world.end());

const messages = (page) => page.getByRole("list", { name: "Messages" });

test("a profile is set, and is what others see", async () => {
  const [bob, alice] = [await world.signedIn("bob", desk), await world.signedIn("alice", phone)];
  await bob.getByRole("link", { name: "Settings" }).click();
  await bob.getByRole("textbox", { name: "Shown name" }).fill("Bob Winter");
  await bob.getByRole("textbox", { name: "About you" }).fill("Tenor.");
  await bob.getByRole("button", { name: "Save" }).click();
  await bob.getByText("Saved").waitFor();
  await alice.goto(`${world.address}/#/person/bob`);
  await alice.getByRole("heading", { name: "Bob Winter" }).first().waitFor();
  await alice.getByText("Tenor.").waitFor();
  await alice.getByRole("button", { name: "Paper plane: write to bob" }).click();
  await messages(alice).getByText("Do you like it?").waitFor();
  assert.deepEqual([...bob.problems, ...alice.problems], []);
});

test("who wants to be found is found by the exact name, and nobody else is", async () => {
  const [carol, dave] = [await world.signedIn("carol", desk), await world.signedIn("dave", phone)];
  await dave.goto(`${world.address}/#/new`);
  const look = async (name) => {
    await dave.getByRole("textbox", { name: "Name" }).fill(name);
    await dave.getByRole("button", { name: "Look for this name" }).click();
  };
  await look("carol");
  await dave.getByText(/Nobody of the name .?carol.? lets themselves be found/).waitFor();
  await carol.goto(`${world.address}/#/settings`);
  await carol.getByRole("textbox", { name: "Shown name" }).fill("Carol Summer");
  await carol.getByRole("button", { name: "Save" }).click();
  await carol.getByText("Saved").waitFor();
  await carol.getByRole("switch", { name: "I can be found by my exact name" }).check();
  await until(async () => (await world.ask("carol", "settings")).settings.findable, "the setting");
  await look("caro");
  await dave.getByText(/Nobody of the name .?caro.? lets/).waitFor();
  await look("carol");
  await dave.getByText("Carol Summer").click();
  await dave.getByRole("button", { name: "Paper plane: write to carol" }).click();
  await dave.getByText(/You haven't written to .?Carol Summer.? yet/).waitFor();
  assert.deepEqual([...carol.problems, ...dave.problems], []);
});

test("a reaction is seen by the other, and is taken back", async () => {
  const [bob, alice] = [await world.signedIn("bob", desk), await world.signedIn("alice", phone)];
  await alice.goto(`${world.address}/#/chat/user/bob`);
  await bob.goto(`${world.address}/#/chat/user/alice`);
  await messages(bob).getByText("Do you like it?").waitFor();
  await messages(alice).getByText("Do you like it?").tap();
  await alice.getByRole("button", { name: "React with 👍" }).click();
  await bob.getByRole("button", { name: "👍, 1" }).waitFor();
  await alice.getByRole("button", { name: "👍, 1" }).click();
  await until(async () => (await bob.getByRole("button", { name: "👍, 1" }).count()) === 0, "the reaction's end");
  assert.deepEqual([...bob.problems, ...alice.problems], []);
});

test("what is around a picture is no wider than the picture, whatever its shape", async () => {
  const page = await world.signedIn("alice", desk);
  for (const [wide, high] of [[960, 640], [300, 900], [900, 120]]) {
    const base64 = await page.evaluate(([w, h]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: w, height: h });
      canvas.getContext("2d").fillRect(0, 0, w, h);
      return canvas.toDataURL("image/png").split(",")[1];
    }, [wide, high]);
    const file = path.join(world.folder, "picture.png");
    await writeFile(file, Buffer.from(base64, "base64"));
    await world.publishFile("bob", "user/alice", file);
  }
  await page.goto(`${world.address}/#/chat/user/bob`);
  // One that isn't in view, as where the first unread one is in the middle, isn't loaded.
  for (const nth of [0, 1, 2]) {
    const picture = page.locator(".bubble.pictured").nth(nth);
    await picture.scrollIntoViewIfNeeded();
    await picture.getByRole("img").waitFor();
  }
  const boxes = await page.evaluate(() =>
    [...document.querySelectorAll(".bubble.pictured")].map((b) => [b.clientWidth, b.querySelector("img").clientWidth]),
  );
  for (const [bubble, picture] of boxes) assert.ok(bubble >= picture && bubble - picture <= 24, JSON.stringify(boxes));
});
