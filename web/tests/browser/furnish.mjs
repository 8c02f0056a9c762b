// A household to take pictures of: friends, a group, strangers, a report.

import { writeFile } from "node:fs/promises";
import path from "node:path";

// A picture, drawn in the browser: hills under an evening sky.
async function painted(world) {
  const page = await world.browser.newPage();
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [960, 640];
    const c = canvas.getContext("2d");
    const sky = c.createLinearGradient(0, 0, 0, 640);
    for (const [at, colour] of [[0, "#33517a"], [0.5, "#c98a7d"], [0.8, "#f3c98b"]]) sky.addColorStop(at, colour);
    c.fillStyle = sky;
    c.fillRect(0, 0, 960, 640);
    c.fillStyle = "#fbe6b4";
    c.beginPath();
    c.arc(640, 330, 46, 0, 7);
    c.fill();
    for (const [height, colour, phase] of [[360, "#6c6a86", 0], [430, "#4a5470", 2], [510, "#2b3a50", 4]]) {
      c.fillStyle = colour;
      c.beginPath();
      c.moveTo(0, 640);
      for (let x = 0; x <= 960; x += 8) c.lineTo(x, height + 46 * Math.sin(x / 150 + phase) + 18 * Math.sin(x / 47 + phase));
      c.lineTo(960, 640);
      c.fill();
    }
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  });
  await page.close();
  const file = path.join(world.folder, "hills.jpg");
  await writeFile(file, Buffer.from(base64, "base64"));
  return file;
}

// A face for each of them, drawn too.
async function faces(world) {
  const page = await world.browser.newPage();
  const all = await page.evaluate(() =>
    [["#f4b860", "#7a4b2a", "#f7d9c0"], ["#8fb8a8", "#2f3b46", "#eac3a2"], ["#b9a4d4", "#a2542f", "#f3d3bd"]].map(([back, hair, skin]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 160 });
      const c = canvas.getContext("2d");
      const round = (x, y, r, colour, ry = r) => {
        c.fillStyle = colour;
        c.beginPath();
        c.ellipse(x, y, r, ry, 0, 0, 7);
        c.fill();
      };
      c.fillStyle = back;
      c.fillRect(0, 0, 160, 160);
      round(80, 168, 58, hair, 50);
      round(80, 70, 42, hair);
      round(80, 82, 32, skin, 36);
      round(80, 52, 34, hair, 16);
      for (const x of [68, 92]) round(x, 80, 3.5, "#2a2320");
      c.strokeStyle = "#2a2320";
      c.lineWidth = 3;
      c.beginPath();
      c.arc(80, 90, 11, 0.3, 2.84);
      c.stroke();
      return canvas.toDataURL("image/png").split(",")[1];
    }),
  );
  await page.close();
  return all;
}

// ${user} has seen all that ${from} wrote.
async function read(world, user, from) {
  const [last] = (await world.ask(user, "history", { user: from, limit: 1 })).messages;
  await world.ask(user, "mark", { user: from, read: last.id });
}

export async function furnish(world) {
  const say = (from, to, text, more) => world.publish(from, `user/${to}`, text, more);
  const picture = await painted(world);
  for (const [a, b] of [["alice", "bob"], ["alice", "carol"], ["alice", "dave"], ["bob", "carol"]]) await world.befriend(a, b);
  const drawn = await faces(world);
  const people = [["alice", "Alice", "Second soprano, first in the queue for cake."], ["bob", "Bob Winter", "Tenor. Bakes on Sundays."], ["carol", "Carol", "Keeps the scores."]];
  for (const [i, [user, name, about]] of people.entries()) {
    await world.ask(user, "set-profile", { name, about, "picture-base64": drawn[i] });
  }

  await say("dave", "alice", "Thanks for the lift yesterday!");
  await say("alice", "dave", "Any time.");
  await read(world, "alice", "dave");
  await say("carol", "alice", "https://choir.example/songs/2026");
  await say("alice", "bob", "Did you get home before the rain?");
  await say("bob", "alice", "Just. Look at the hills on the way:");
  await world.publishFile("bob", "user/alice", picture);
  await say("alice", "bob", "Oh, that is lovely.");
  const [asked] = (await world.ask("bob", "history", { user: "alice", limit: 1 })).messages;
  await say("bob", "alice", "I made you a print of it.", ["-D", "publish", "user-property", "reply-to", asked.id]);
  await world.ask("alice", "react", { id: (await world.ask("alice", "history", { user: "bob", limit: 1 })).messages[0].id, emoji: "❤️" });
  await say("alice", "bob", "Rehearsal at eight?");
  await read(world, "bob", "alice");
  await say("bob", "alice", "Rehearsal at eight. I bring the cake, you bring the tea: https://choir.example/tuesday");

  await world.ask("alice", "create-group", { group: "choir", title: "The choir on Tuesdays", users: ["bob", "carol", "dave"] });
  await world.ask("carol", "add-contact", { user: "bob" });
  await world.publish("bob", "group/choir", "Who brings the scores?");
  await world.publish("carol", "group/choir", "I have them");
  await world.publish("carol", "group/choir", "All forty of them 🎶");
  await world.publish("alice", "group/choir", "You are the best.");
  await world.publish("dave", "group/choir", "I will be ten minutes late, sorry");

  await say("alice", "heidi", "Hello Heidi, this is Alice from the choir. We look for a violin: https://choir.example/violin");

  await say("erin", "alice", "Hello, I am Erin. Bob told me that you look for an alto?");
  await say("erin", "alice", "I could come on Tuesday and just listen.");
  await say("frank", "carol", "Cheap scores! https://scores.example/");
  await world.ask("carol", "add-contact", { user: "frank" });
  await world.publishFile("frank", "user/carol", picture);
  await world.ask("carol", "report", { user: "frank", reason: "spam", note: "He writes to all of us." });
  await say("frank", "alice", "Cheap scores! https://scores.example/");
  await world.ask("alice", "block", { user: "frank" });
  await world.ask("alice", "unblock", { user: "frank" });
}
