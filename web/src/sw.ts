// The service worker: the app is there without a network, and wakes up when there is something to look at.

/// <reference lib="webworker" />
import { t } from "./strings.ts";

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const cacheName = `backchannel-${VERSION}`;

worker.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(cacheName);
    await cache.addAll(PRECACHE.map((path) => new Request(path, { cache: "no-cache" })));
    await worker.skipWaiting();
  };
  event.waitUntil(fill());
});

// The version before stays until the tabs that began with it may have what they need of it.
worker.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith("backchannel-") && name !== cacheName);
    for (const name of names.slice(0, -1)) await caches.delete(name);
    await worker.clients.claim();
  };
  event.waitUntil(tidy());
});

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/mqtt" || url.pathname === "/health" || url.pathname === "/vapid") return;
  const path = event.request.mode === "navigate" ? "/" : url.pathname;
  const answer = async () => (await (await caches.open(cacheName)).match(path)) ?? (await caches.match(path)) ?? fetch(event.request);
  event.respondWith(answer());
});

// A push says only that there is something: no name, no content, to nobody on the way.
worker.addEventListener("push", (event) => {
  const show = async () => {
    const open = await worker.clients.matchAll({ type: "window" });
    if (open.some((client) => client.visibilityState === "visible")) return;
    await worker.registration.showNotification(t("push.title"), { tag: "push", icon: "/icon-192.png", data: "#/chats" });
  };
  event.waitUntil(show());
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const look = async () => {
    const open = (await worker.clients.matchAll({ type: "window" }))[0];
    const where = `/${String(event.notification.data ?? "")}`;
    if (open === undefined) return worker.clients.openWindow(where);
    await open.focus();
    return open.navigate(where).catch(() => null);
  };
  event.waitUntil(look());
});
