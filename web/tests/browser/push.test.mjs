// A push wakes the service worker, which shows that there is something, and nothing of what. The push service of a
// browser can't be had here: the push is delivered by the browser's own tools.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { phone, until, World } from "./world.mjs";

let world;
before(async () => {
  world = await World.make();
});
after(() => world.end());

test("a push is received by the worker, shows a notification, and a tap on it leads to the app", async () => {
  const page = await world.signedIn("alice", phone);
  await page.context().grantPermissions(["notifications"], { origin: world.address });
  await page.evaluate(() => navigator.serviceWorker.ready);
  const cdp = await page.context().newCDPSession(page);
  const registrations = [];
  cdp.on("ServiceWorker.workerRegistrationUpdated", (event) => registrations.push(...event.registrations));
  await cdp.send("ServiceWorker.enable");
  const registration = await until(() => registrations.find((r) => !r.isDeleted), "a registration");
  // While somebody looks at the app, nothing is shown.
  const deliver = () => cdp.send("ServiceWorker.deliverPushMessage", { origin: world.address, registrationId: registration.registrationId, data: "" });
  const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => [n.title, n.body]));
  await deliver();
  await page.waitForTimeout(500);
  assert.deepEqual(await shown(), []);
  await page.goto("about:blank");
  await deliver();
  await page.waitForTimeout(700);
  await page.goto(world.address);
  assert.deepEqual(await until(async () => ((await shown()).length > 0 ? shown() : null), "a notification"), [["New messages", ""]]);
});
