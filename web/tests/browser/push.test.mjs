// From a message to a notification: the app subscribes, the server wakes through the gateway, and the worker shows that
// there is something, and nothing of what. The push service of a browser can't be had here: what the gateway sends goes
// to one of the tests' own, and from there the browser's own tools deliver it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { phone, until, World } from "./world.mjs";
import { PushService } from "./push_service.mjs";

let world;
let service;
before(async () => {
  service = await PushService.start();
  world = await World.make({ service });
  await world.befriend("alice", "bob");
});
after(async () => {
  await world?.end();
  await service?.end();
});

// Have a browser's push service be the tests' own.
async function subscribesAt(page, endpoint) {
  await page.addInitScript((at) => {
    const subscription = { endpoint: at, getKey: (name) => new TextEncoder().encode(`${name}?>`).buffer, unsubscribe: async () => true };
    let current = null;
    PushManager.prototype.subscribe = async function (options) {
      // 65 bytes, the first of which says that it is a point of the curve.
      const key = Uint8Array.from(atob(options.applicationServerKey.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
      if (!options.userVisibleOnly || key.length !== 65 || key[0] !== 4) throw new Error("no key");
      return (current = subscription);
    };
    PushManager.prototype.getSubscription = async () => current;
  }, endpoint);
}

test("who is away is woken: the worker shows a notification, and a tap on it leads to the app", async () => {
  const page = await world.visitor(phone);
  await subscribesAt(page, service.endpoint("alice"));
  await page.context().grantPermissions(["notifications"], { origin: world.address });
  await page.goto(world.address);
  await page.getByRole("textbox", { name: "Name" }).fill("alice");
  await page.getByRole("textbox", { name: "Password" }).fill("alice");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.getByRole("switch", { name: /Tell me about new messages/ }).click();
  await until(async () => (await world.ask("alice", "push-subscriptions")).subscriptions.length === 1, "the subscription");

  const cdp = await page.context().newCDPSession(page);
  const registrations = [];
  cdp.on("ServiceWorker.workerRegistrationUpdated", (event) => registrations.push(...event.registrations));
  await cdp.send("ServiceWorker.enable");
  const registration = await until(() => registrations.find((r) => !r.isDeleted), "a registration");
  const deliver = () => cdp.send("ServiceWorker.deliverPushMessage", { origin: world.address, registrationId: registration.registrationId, data: "" });
  const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => [n.title, n.body]));

  // While somebody looks at the app nobody is woken, and what comes all the same is not shown.
  await world.publish("bob", "user/alice", "Are you there?");
  await deliver();
  await page.waitForTimeout(1000);
  assert.deepEqual(await shown(), []);
  assert.equal(service.taken.length, 0);

  await page.goto("about:blank");
  await page.waitForTimeout(1000);
  await world.publish("bob", "user/alice", "A secret, and for you alone");
  const push = await until(() => service.taken[0], "the push");
  assert.equal(push.method, "POST");
  assert.equal(push.path, "/alice");
  assert.equal(push.body, "", "nothing of what was said goes to the service");
  assert.equal(push.headers.urgency, "high");
  assert.match(push.headers.authorization, /^vapid t=.*k=/);

  await deliver();
  await page.waitForTimeout(700);
  await page.goto(world.address);
  assert.deepEqual(await until(async () => ((await shown()).length > 0 ? shown() : null), "a notification"), [["New messages", ""]]);
});

test("who turns notifications off, or signs out, is woken no more", async () => {
  const page = await world.visitor(phone);
  await subscribesAt(page, service.endpoint("bob"));
  await page.context().grantPermissions(["notifications"], { origin: world.address });
  await page.goto(world.address);
  await page.getByRole("textbox", { name: "Name" }).fill("bob");
  await page.getByRole("textbox", { name: "Password" }).fill("bob");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  const toggle = page.getByRole("switch", { name: /Tell me about new messages/ });
  const subscribed = async () => (await world.ask("bob", "push-subscriptions")).subscriptions.length;
  // The page may not be connected yet, and says so: then it is tried again, as a person would.
  const turn = (on, what) => until(async () => {
    if ((await toggle.isChecked()) !== on) await toggle.click();
    return (await subscribed()) === Number(on);
  }, what);
  await turn(true, "the subscription");
  await turn(false, "its end");
  await turn(true, "the subscription again");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.equal(await subscribed(), 0);
});
