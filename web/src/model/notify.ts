// Notifications while the app is open and not looked at. (While it is closed, the service worker's.)

import type { App } from "./app.ts";
import { t } from "../strings.ts";
import type { Message } from "./types.ts";

export async function announce(app: App, messages: Message[]): Promise<void> {
  if (document.visibilityState === "visible") return;
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  const latest = messages.filter((m) => (m.place === "inbox" || m.place === "group") && !app.own.muted(m.chat)).at(-1);
  if (latest === undefined) return;
  const registration = await navigator.serviceWorker?.ready;
  await registration?.showNotification(app.titleOf(latest.chat), {
    body: latest.text?.slice(0, 120) ?? t("kind.picture"),
    tag: latest.chat,
    icon: "/icon-192.png",
    data: `#/chat/${latest.chat}`,
  });
}
