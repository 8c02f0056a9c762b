// Being woken while the app is closed. The gateway has the key, the server the subscription.

import type { App } from "./app.ts";
import { toBase64 } from "./wire.ts";

async function registered(): Promise<ServiceWorkerRegistration | null> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis) || !("Notification" in globalThis)) return null;
  return (await navigator.serviceWorker.getRegistration()) ?? null;
}

export async function pushState(): Promise<"on" | "off" | "denied" | "none"> {
  const registration = await registered();
  if (registration === null) return "none";
  if (Notification.permission === "denied") return "denied";
  if (Notification.permission === "granted" && localStorage.getItem("backchannel/notify") === "on") return "on";
  return "off";
}

const base64url = (bytes: ArrayBuffer | null) =>
  bytes === null ? "" : toBase64(new Uint8Array(bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

// Ask the person, then the browser, then tell the server. Without a push service notifications are shown while the
// app is open in the background, and no longer.
export async function subscribePush(app: App): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return;
  localStorage.setItem("backchannel/notify", "on");
  const registration = await registered();
  const vapid = (await fetch("/vapid").then((r) => (r.ok ? r.json() : null)).catch(() => null)) as { key?: string } | null;
  if (registration === null || vapid?.key === undefined) return;
  const options = { userVisibleOnly: true, applicationServerKey: vapid.key };
  const subscription = await registration.pushManager.subscribe(options).catch(() => null);
  if (subscription === null) return;
  const said = app.ask("push-subscribe", {
    device: app.account.device,
    endpoint: subscription.endpoint,
    p256dh: base64url(subscription.getKey("p256dh")),
    auth: base64url(subscription.getKey("auth")),
  });
  await said.catch((error: unknown) => {
    localStorage.setItem("backchannel/notify", "off"); // the server doesn't know of it
    throw error;
  });
}

export async function unsubscribePush(app: App): Promise<void> {
  localStorage.setItem("backchannel/notify", "off");
  const registration = await registered();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await app.ask("push-unsubscribe", { device: app.account.device });
}
