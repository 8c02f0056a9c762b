// What the app knows, as it is kept on the device and shown.

export type Kind = "text" | "link" | "image" | "video" | "binary" | "erased" | "event";
export type Place = "inbox" | "held" | "declined" | "group" | "sent";

export interface Reaction {
  emoji: string;
  by: string[];
  count: number;
}

// A conversation's key: "user/bob", "group/choir". Own data uses the same words (mute/user/bob).
export type ChatKey = `user/${string}` | `group/${string}`;

export interface Message {
  id: string;
  chat: ChatKey;
  from: string;
  time: number;
  kind: Kind;
  place: Place;
  text?: string;
  // Of pictures and videos the bytes are kept apart, in the store's "bytes".
  size?: number;
  type?: string;
  wide?: number;
  high?: number;
  msgid?: string;
  replyTo?: string;
  forwarded?: boolean;
  reactions?: Reaction[];
  // What happened, if kind is "event".
  event?: GroupEvent;
  // For the search.
  words?: string[];
}

export interface GroupEvent {
  name: "joined" | "left" | "removed" | "renamed" | "role";
  user?: string;
  by?: string;
  title?: string;
  role?: string;
}

export interface Chat {
  key: ChatKey;
  title?: string;
  last?: { id: string; from: string; time: number; kind: Kind; preview: string };
  unread: number;
  // The server has counted unread messages up to this one.
  counted?: string;
  read?: string;
  profile?: string;
  standing?: "pending" | "open";
  left?: number;
  theirRead?: string;
  theirDelivered?: string;
  role?: string;
  members?: number;
  // Groups: I am no longer in it.
  gone?: boolean;
  // All of the conversation from here on is on the device.
  floor?: string;
  // ... and before that there is nothing.
  complete?: boolean;
  draft?: string;
}

export interface OutMessage {
  msgid: string;
  chat: ChatKey;
  time: number;
  kind: "text" | "image";
  text?: string;
  bytes?: Uint8Array<ArrayBuffer>;
  type?: string;
  wide?: number;
  high?: number;
  replyTo?: string;
  // Not before this time, by this device's clock.
  notBefore?: number;
  tries: number;
  // Why it will not be sent: a code of the protocol. It stays until the person decides.
  refused?: string;
}

export interface Profile {
  user: string;
  version?: string;
  name?: string;
  about?: string;
  picture?: Uint8Array<ArrayBuffer>;
  type?: string;
}

export interface Request {
  user?: string;
  group?: string;
  title?: string;
  by?: string;
  count?: number;
  first?: string;
  last?: string;
  time: number;
  preview?: string;
  profile?: string;
}

export interface Settings {
  "who-can-message"?: "everyone" | "contacts";
  "read-receipts"?: boolean;
  "group-invites"?: "contacts" | "ask" | "none";
  findable?: boolean;
}

export interface Whoami {
  user: string;
  moderator: boolean;
  kinds: Kind[];
  limits: Record<string, number | string>;
  newest: string;
  accounts?: "off" | "tokens" | "invites";
  // Servers before 0.2 don't say it.
  "may-invite"?: boolean;
}

export type Link = "connecting" | "online" | "offline" | "refused";

export function chatOf(where: { user?: unknown; group?: unknown }): ChatKey | null {
  if (typeof where.group === "string") return `group/${where.group}`;
  return typeof where.user === "string" ? `user/${where.user}` : null;
}

export function isGroup(chat: ChatKey): boolean {
  return chat.startsWith("group/");
}

// The name of the user, or the group's id.
export function nameOf(chat: ChatKey): string {
  return chat.slice(chat.indexOf("/") + 1);
}

// As commands name it: {"user": ...} or {"group": ...}.
export function argumentsOf(chat: ChatKey): { user: string } | { group: string } {
  return isGroup(chat) ? { group: nameOf(chat) } : { user: nameOf(chat) };
}
