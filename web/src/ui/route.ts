// Where the person is: the part of the address behind #, which no server is told.

import type { ChatKey } from "../model/types.ts";
import { Value } from "../model/value.ts";

export type Route =
  | { at: "settings"; part?: "invite" }
  | { at: "chats" | "requests" | "reports" | "new" | "new-group" | "welcome" }
  | { at: "chat"; chat: ChatKey; message?: string }
  | { at: "request"; chat: ChatKey }
  | { at: "person"; user: string }
  | { at: "group"; chat: ChatKey }
  | { at: "report"; id: string };

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const plain = new Set(["chats", "requests", "settings", "reports", "new", "new-group"]);

// The name of the person whose link ${text} is.
export function addedIn(text: string): string | null {
  const name = /#add=([^\s&]+)$/.exec(text.trim())?.[1];
  return name === undefined ? null : decode(name);
}

export function routeOf(hash: string): Route {
  const add = /^#add=(.+)$/.exec(hash)?.[1];
  if (add !== undefined) return { at: "person", user: decode(add) };
  const [, at = "", kind = "", last = "", message = ""] = hash.split("/");
  const name = decode(last);
  if (at === "settings" && kind === "invite") return { at, part: kind };
  if (plain.has(at) && kind === "") return { at } as Route;
  if ((at === "chat" || at === "request") && (kind === "user" || kind === "group") && name !== "") {
    const chat: ChatKey = `${kind}/${name}`;
    return at === "chat" && message !== "" ? { at, chat, message } : { at, chat };
  }
  if (at === "person" && kind !== "") return { at, user: decode(kind) };
  if (at === "group" && kind !== "") return { at, chat: `group/${decode(kind)}` };
  if (at === "report" && kind !== "") return { at, id: kind };
  return { at: "chats" };
}

const part = encodeURIComponent;

export const to = {
  chat: (chat: ChatKey) => `#/chat/${chat.split("/")[0]}/${part(chat.slice(chat.indexOf("/") + 1))}`,
  // Where ${message} is in a conversation.
  message: (chat: ChatKey, message: string) => `${to.chat(chat)}/${part(message)}`,
  // Where one invites.
  inviting: "#/settings/invite",
  request: (chat: ChatKey) => `#/request/${chat.split("/")[0]}/${part(chat.slice(chat.indexOf("/") + 1))}`,
  person: (user: string) => `#/person/${part(user)}`,
  group: (chat: ChatKey) => `#/group/${part(chat.slice(6))}`,
  report: (id: string) => `#/report/${part(id)}`,
  add: (user: string) => `${location.origin}/#add=${part(user)}`,
  invite: (code: string) => `${location.origin}/#invite=${part(code)}`,
};

export const route = new Value<Route>(routeOf(location.hash));
let depth = 0;

addEventListener("hashchange", () => route.set(routeOf(location.hash)));

export function go(hash: string, replace = false): void {
  if (replace) location.replace(hash);
  else {
    depth++;
    location.hash = hash;
  }
}

// The address says no longer which message was looked for: it has been found, and may be looked for again.
export function reached(chat: ChatKey): void {
  history.replaceState(null, "", to.chat(chat));
  route.set(routeOf(location.hash));
}

// Back to where one came from; to ${otherwise} if that was not in the app.
export function back(otherwise: string): void {
  if (depth > 0) {
    depth--;
    history.back();
  } else {
    go(otherwise, true);
  }
}

// An invitation in the address is taken out of it, so that it doesn't stay in the history.
export function takeInvite(): string | null {
  const code = /^#invite=(.+)$/.exec(location.hash)?.[1];
  if (code === undefined) return null;
  history.replaceState(null, "", location.pathname);
  route.set(routeOf(""));
  return decode(code);
}
