// Codes: an invitation held before a camera, somebody's code as a picture, and where there is no camera.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import qrcode from "qrcode-generator";
import { phone, World } from "./world.mjs";

const film = (folder) => path.join(folder, "camera.y4m");

// What a camera sees that a code with ${text} is held to: one frame, over and over, in shades of grey.
function filmed(text) {
  const [wide, high, size] = [640, 480, 8];
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const side = code.getModuleCount();
  const [left, top] = [(wide - side * size) >> 1, (high - side * size) >> 1];
  const grey = Buffer.alloc(wide * high, 220);
  for (let y = 0; y < side * size; y++) {
    for (let x = 0; x < side * size; x++) if (code.isDark(Math.floor(y / size), Math.floor(x / size))) grey[(top + y) * wide + left + x] = 30;
  }
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${wide} H${high} F30:1 Ip A1:1 C420jpeg\nFRAME\n`), grey, Buffer.alloc((wide * high) / 2, 128)]);
}

let filming;
let blind;
before(async () => {
  filming = await World.make({ more: (folder) => ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film(folder)}`] });
  blind = await World.make();
});
after(async () => {
  await filming?.end();
  await blind?.end();
});

test("an invitation that is held before the camera lets somebody in", async () => {
  const { invite } = await filming.ask("alice", "create-invite");
  await writeFile(film(filming.folder), filmed(`${filming.address}/#invite=${invite}`));
  const page = await filming.visitor(phone);
  await page.context().grantPermissions(["camera"], { origin: filming.address });
  await page.goto(filming.address);
  await page.getByRole("button", { name: "I have an invitation" }).click();
  await page.getByRole("button", { name: "Scan a code" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await page.getByRole("textbox", { name: "Invitation" }).inputValue(), invite);
  await page.getByRole("textbox", { name: "Choose a name" }).fill("zoe");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("link", { name: "Chats" }).waitFor();
  assert.deepEqual(page.problems, []);
});

test("without a camera that is said, and a picture of somebody's code leads to them", async () => {
  const alice = await blind.signedIn("alice", phone);
  await alice.goto(`${blind.address}/#/person/alice`);
  await alice.getByRole("button", { name: "Code of this profile" }).click();
  const code = await alice.getByRole("dialog").locator(".code").screenshot();
  const plain = await alice.screenshot({ clip: { x: 0, y: 0, width: 100, height: 40 } });

  const bob = await blind.signedIn("bob", phone);
  await bob.getByRole("button", { name: "New message" }).click();
  await bob.getByRole("button", { name: "Scan somebody's code" }).click();
  await bob.getByText("There is no camera here, or it may not be used.").waitFor();
  const picture = (buffer) => bob.getByRole("dialog").locator("input[type=file]").setInputFiles({ name: "code.png", mimeType: "image/png", buffer });
  await picture(plain);
  await bob.getByText("There is no code in this picture.").waitFor();
  await picture(code);
  await bob.getByRole("button", { name: "Paper plane: write to alice" }).waitFor();

  const page = await blind.visitor(phone);
  await page.goto(blind.address);
  await page.getByRole("button", { name: "I have an invitation" }).click();
  await page.getByRole("button", { name: "Scan a code" }).click();
  await page.getByText("There is no camera here, or it may not be used.").waitFor();
  await page.getByRole("dialog").locator("input[type=file]").setInputFiles({ name: "code.png", mimeType: "image/png", buffer: code });
  await page.getByText("This code is for something else.").waitFor();
  assert.deepEqual([...alice.problems, ...bob.problems, ...page.problems], []);
});
