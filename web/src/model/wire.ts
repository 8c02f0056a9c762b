// Between the wire contract and the app's own words: topics, JSON messages, publishes.

import type { Publish } from "../mqtt/packet.ts";
import { measure } from "./media.ts";
import type { ChatKey, GroupEvent, Kind, Message, Place, Reaction } from "./types.ts";

export const prefix = "bc";

export interface Item {
  message?: Message;
  bytes?: Uint8Array<ArrayBuffer>;
  event?: WireEvent;
  // From a page of history: it was there before, and says nothing of what is new.
  old?: boolean;
}

export interface WireEvent {
  name: string;
  id: string;
  time: number;
  group?: string;
  data: Record<string, unknown>;
}

export type Heard =
  | { what: "message"; item: Item }
  | { what: "event"; item: Item }
  | { what: "reply"; publish: Publish }
  | { what: "error"; error: Record<string, unknown> }
  | { what: "typing"; chat: ChatKey; from: string }
  | { what: "nothing" };

const places: Record<string, Place> = { inbox: "inbox", requests: "held", sent: "sent", messages: "group" };
const groupEvents = new Set(["joined", "left", "removed", "renamed", "role"]);
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export function toBase64(bytes: Uint8Array): string {
  let all = "";
  for (let at = 0; at < bytes.length; at += 8192) all += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(all);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

export function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const str = (v: unknown) => (typeof v === "string" ? v : undefined);

// What isn't there is left out, since rows are merged.
function without<T extends object>(o: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;
}

function withContent(message: Message, bytes: Uint8Array<ArrayBuffer> | null, text: string | undefined): Item {
  if (message.kind === "text" || message.kind === "link") {
    message.text = text ?? (bytes === null ? "" : utf8.decode(bytes));
    return { message };
  }
  if (bytes === null) return { message };
  message.size = bytes.length;
  if (message.kind !== "image" && message.kind !== "video") return { message, bytes };
  const measured = measure(bytes);
  if (measured !== null) Object.assign(message, without(measured));
  return { message, bytes };
}

// A message of history, sync, get, conversations or evidence. ${me}: whose view it is.
export function itemOfJson(json: Record<string, unknown>, me: string): Item | null {
  const { id, from, to, group } = json as Record<string, string>;
  if (typeof id !== "string" || typeof from !== "string") return null;
  const chat: ChatKey = group !== undefined ? `group/${group}` : `user/${from === me ? String(to) : from}`;
  const message = without<Message>({
    id,
    chat,
    from,
    time: Number(json["time"]) || 0,
    kind: (str(json["kind"]) ?? "binary") as Kind, // of evidence that was erased since it is what it was
    place: (str(json["state"]) ?? "inbox") as Place,
    text: undefined,
    size: typeof json["size"] === "number" ? json["size"] : undefined,
    type: undefined,
    wide: undefined,
    high: undefined,
    msgid: str(json["msgid"]),
    replyTo: str(json["reply-to"]),
    forwarded: json["forwarded"] === true ? true : undefined,
    reactions: Array.isArray(json["reactions"]) ? (json["reactions"] as Reaction[]) : undefined,
    event: undefined,
    words: undefined,
  });
  if (json["payload-omitted"] === true) return { message };
  const base64 = str(json["payload-base64"]);
  if (message.kind === "erased") return { message };
  return withContent(message, base64 === undefined ? null : fromBase64(base64), str(json["payload"]));
}

function itemOfPublish(p: Publish, where: { place: Place; chat: ChatKey; from: string; id: string }): Item {
  const property = (name: string) => p.properties.user?.find(([n]) => n === name)?.[1];
  const message = without<Message>({
    id: where.id,
    chat: where.chat,
    from: where.from,
    time: Number(property("time")) || Date.now(),
    kind: (property("kind") ?? "binary") as Kind,
    place: where.place,
    text: undefined,
    size: undefined,
    type: undefined,
    wide: undefined,
    high: undefined,
    msgid: property("msgid"),
    replyTo: property("reply-to"),
    forwarded: property("forwarded") === "1" ? true : undefined,
    reactions: undefined,
    event: undefined,
    words: undefined,
  });
  return withContent(message, p.payload as Uint8Array<ArrayBuffer>, undefined);
}

export function eventOfJson(name: string, data: Record<string, unknown>, group?: string): WireEvent {
  const found: WireEvent = { name, id: str(data["id"]) ?? "", time: Number(data["time"]) || 0, data };
  const of = group ?? (groupEvents.has(name) ? str(data["group"]) : undefined);
  if (of !== undefined) found.group = of;
  return found;
}

// A group's event as a line in its conversation.
export function lineOf(event: WireEvent): Message | null {
  if (event.group === undefined || !groupEvents.has(event.name) || event.id === "") return null;
  const { user, by, title, role } = event.data as Record<string, string | undefined>;
  const what = without<GroupEvent>({ name: event.name as GroupEvent["name"], user, by, title, role });
  return {
    id: event.id,
    chat: `group/${event.group}`,
    from: by ?? user ?? "",
    time: event.time,
    kind: "event",
    place: "group",
    event: what,
  };
}

// What a publish is, by its topic. Topics that this version doesn't know are nothing.
export function hear(p: Publish, me: string): Heard {
  const [first, second, third, fourth, fifth, sixth] = p.topic.split("/");
  if (first !== prefix) return { what: "nothing" };
  if (second === "error") return { what: "error", error: parse(p.payload) };
  if (second === "reply") return { what: "reply", publish: p };
  if (third === undefined || fourth === undefined) return { what: "nothing" };
  const group = second === "group" ? third : undefined;
  if (fourth === "events" && fifth !== undefined) {
    return { what: "event", item: { event: eventOfJson(fifth, parse(p.payload), group) } };
  }
  if (fourth === "typing" && fifth !== undefined) {
    return { what: "typing", chat: group === undefined ? `user/${fifth}` : `group/${group}`, from: fifth };
  }
  const place = places[fourth];
  if (place === undefined || fifth === undefined || sixth === undefined) return { what: "nothing" };
  const from = place === "sent" ? me : fifth;
  const chat: ChatKey = group === undefined ? `user/${fifth}` : `group/${group}`;
  return { what: "message", item: itemOfPublish(p, { place, chat, from, id: sixth }) };
}
