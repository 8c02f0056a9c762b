// Messages and events into the store, one transaction for as many as came together. All of it is an upsert by
// id: what was absorbed before changes nothing when it comes again.

import type { Database, StoreName, Writing } from "../store/db.ts";
import { moveMessages, putMessage } from "../store/messages.ts";
import { Changes } from "./change.ts";
import { chatOf, type Chat, type ChatKey, type Message, type Reaction } from "./types.ts";
import { lineOf, type Item, type WireEvent } from "./wire.ts";

export interface Absorbed {
  changes: Changes;
  // Messages from others that were not here before and are to be looked at.
  arrived: Message[];
  // The msgids of own messages whose echo was among them.
  stored: string[];
  // Lists that are no longer what they were.
  stale: Set<string>;
  // Groups to subscribe to.
  joined: string[];
}

interface Work extends Absorbed {
  tx: Writing;
  me: string;
  // The rows of conversations as they are by now: written once, at the end.
  rows: Map<ChatKey, Chat>;
}

async function changeRow(work: Work, key: ChatKey, change: (chat: Chat) => void): Promise<void> {
  const row = work.rows.get(key) ?? (await work.tx.objectStore("chats").get(key)) ?? { key, unread: 0 };
  change(row);
  work.rows.set(key, row);
}

const stores: StoreName[] = ["messages", "bytes", "chats", "outbox", "kept", "profiles"];

export function previewOf(m: Message): string {
  return (m.text ?? "").slice(0, 160);
}

// Nothing of the conversation is known to be without gaps.
export const noFloor = "~";

function seen(chat: Chat, m: Message, fresh: boolean, old: boolean, me: string): void {
  if (!old && (chat.floor === undefined || chat.floor === noFloor)) chat.floor = m.id;
  if (m.kind === "event" || m.place === "held" || m.place === "declined") return;
  if (m.from !== me && !chat.key.startsWith("group/")) {
    chat.standing = "open";
    delete chat.left;
  }
  if (chat.last === undefined || m.id >= chat.last.id) {
    chat.last = { id: m.id, from: m.from, time: m.time, kind: m.kind, preview: previewOf(m) };
  }
  const isNew = m.id > (chat.read ?? "") && m.id > (chat.counted ?? "");
  if (!old && fresh && m.from !== me && isNew) chat.unread++;
}

// One's own message is with the server, whatever brought the news: it waits no longer. False: it didn't wait here.
async function leaves(work: Work, m: Message): Promise<boolean> {
  if (m.from !== work.me || m.msgid === undefined) return false;
  const outbox = work.tx.objectStore("outbox");
  const waited = (await outbox.get(m.msgid)) !== undefined;
  await outbox.delete(m.msgid);
  work.changes.outbox = true;
  work.stored.push(m.msgid);
  return waited;
}

async function absorbMessage(work: Work, item: Item): Promise<void> {
  const m = item.message as Message;
  const { message, fresh } = await putMessage(work.tx, m, item.bytes);
  const sent = (await leaves(work, m)) || (fresh && item.old !== true && m.place === "sent");
  await changeRow(work, m.chat, (chat) => {
    seen(chat, message, fresh, item.old === true, work.me);
    // Only the server knows how many more a stranger may still send.
    if (sent && chat.standing !== "open") work.stale.add("conversations");
  });
  work.changes.message(m.chat, m.id);
  if (m.place === "held" && item.old !== true) work.stale.add("requests");
  if (fresh && item.old !== true && m.from !== work.me) work.arrived.push(message);
}

const later = (a: string | undefined, b: unknown) => (typeof b === "string" && b > (a ?? "") ? b : a);

function receipt(field: "theirRead" | "theirDelivered") {
  return async (work: Work, event: WireEvent, chat: ChatKey | null) => {
    if (chat === null) return;
    await changeRow(work, chat, (row) => {
      const upTo = later(row[field], event.data["up-to"]);
      if (upTo !== undefined) row[field] = upTo;
    });
    work.changes.chats.add(chat);
  };
}

async function marked(work: Work, event: WireEvent, chat: ChatKey | null): Promise<void> {
  if (chat === null) return;
  await changeRow(work, chat, (row) => {
    const read = later(row.read, event.data["read"]);
    if (read !== undefined) row.read = read;
    if (typeof event.data["unread"] === "number") row.unread = event.data["unread"];
    else if (row.last === undefined || row.last.id <= (row.read ?? "")) row.unread = 0;
  });
  work.changes.chats.add(chat);
}

// Messages come into sight that were not: what is known of the conversation has gaps until it is asked for again.
async function opened(work: Work, chat: ChatKey, from: Message["place"], to: Message["place"]): Promise<void> {
  for (const id of await moveMessages(work.tx, chat, from, to)) work.changes.message(chat, id);
  await changeRow(work, chat, (row) => {
    row.floor = noFloor;
    delete row.complete;
  });
  work.changes.chats.add(chat);
}

async function contact(work: Work, event: WireEvent, chat: ChatKey | null): Promise<void> {
  for (const list of ["requests", "contacts", "conversations", "declined"]) work.stale.add(list);
  if (chat !== null && event.data["contact"] === true) await opened(work, chat, "held", "inbox");
}

async function declined(work: Work, _event: WireEvent, chat: ChatKey | null): Promise<void> {
  for (const list of ["requests", "declined"]) work.stale.add(list);
  if (chat === null) return;
  for (const id of await moveMessages(work.tx, chat, "held", "declined")) work.changes.message(chat, id);
}

async function approved(work: Work, _event: WireEvent, chat: ChatKey | null): Promise<void> {
  if (chat === null) return;
  await changeRow(work, chat, (row) => {
    row.standing = "open";
    delete row.left;
  });
  work.changes.chats.add(chat);
}

async function goneFrom(work: Work, _event: WireEvent, chat: ChatKey | null): Promise<void> {
  work.stale.add("groups");
  if (chat === null) return;
  await changeRow(work, chat, (row) => {
    row.gone = true;
  });
  work.changes.chats.add(chat);
}

async function joined(work: Work, event: WireEvent, chat: ChatKey | null): Promise<void> {
  work.stale.add("groups").add("requests");
  if (chat === null) return;
  await changeRow(work, chat, (row) => {
    delete row.gone;
    if (typeof event.data["title"] === "string") row.title = event.data["title"];
  });
  work.changes.chats.add(chat);
  work.joined.push(chat.slice("group/".length));
}

async function groupLine(work: Work, event: WireEvent): Promise<void> {
  work.stale.add("groups");
  const line = lineOf(event);
  if (line === null) return;
  await putMessage(work.tx, line);
  await changeRow(work, line.chat, (row) => {
    seen(row, line, false, false, work.me);
    if (line.event?.name === "renamed" && line.event.title !== undefined) row.title = line.event.title;
  });
  work.changes.message(line.chat, line.id);
}

export function withReaction(all: Reaction[], by: string, emoji: string | undefined): Reaction[] {
  const rest = all
    .map((r) => (r.by.includes(by) ? { ...r, by: r.by.filter((name) => name !== by), count: r.count - 1 } : r))
    .filter((r) => r.count > 0);
  if (emoji === undefined) return rest;
  const same = rest.find((r) => r.emoji === emoji);
  if (same === undefined) return [...rest, { emoji, by: [by], count: 1 }];
  return rest.map((r) => (r === same ? { ...r, by: [...r.by, by], count: r.count + 1 } : r));
}

async function reaction(work: Work, event: WireEvent): Promise<void> {
  const { message: id, by, emoji } = event.data as Record<string, string | undefined>;
  const store = work.tx.objectStore("messages");
  const message = id === undefined ? undefined : await store.get(id);
  if (message === undefined || by === undefined) return;
  await store.put({ ...message, reactions: withReaction(message.reactions ?? [], by, emoji) });
  work.changes.message(message.chat, message.id);
}

// What moderators and the server have to say is kept until it has been read.
async function notice(work: Work, event: WireEvent): Promise<void> {
  const kept = work.tx.objectStore("kept");
  const all = ((await kept.get("notices")) ?? []) as WireEvent[];
  if (all.some((n) => n.id === event.id)) return;
  await kept.put([...all, event].slice(-20), "notices");
  work.changes.kept.add("notices");
  work.stale.add("whoami");
}

function stale(...lists: string[]) {
  return async (work: Work) => {
    for (const list of lists) work.stale.add(list);
  };
}

type Handler = (work: Work, event: WireEvent, chat: ChatKey | null) => Promise<void>;

const handlers: Record<string, Handler> = {
  read: receipt("theirRead"),
  delivered: receipt("theirDelivered"),
  marked,
  contact,
  "request-declined": declined,
  approved,
  blocked: stale("blocked", "conversations", "requests", "contacts"),
  unblocked: async (work, _event, chat) => {
    await stale("blocked", "conversations", "requests", "contacts")(work);
    if (chat !== null) await opened(work, chat, "declined", "declined");
  },
  settings: stale("settings"),
  "group-invited": stale("requests"),
  "group-joined": joined,
  "group-left": goneFrom,
  "group-removed": goneFrom,
  joined: groupLine,
  left: groupLine,
  removed: groupLine,
  renamed: groupLine,
  role: groupLine,
  reaction,
  stored: stale("own"),
  profile: stale("profile"),
  reported: stale("reports"),
  invited: async (work, event) => {
    work.stale.add("contacts");
    await notice(work, event);
  },
  warned: notice,
  suspended: notice,
  unsuspended: notice,
  "report-resolved": notice,
};

// Put ${items} into the store. Events that this version doesn't know are passed over.
export async function absorb(db: Database, me: string, items: Item[]): Promise<Absorbed> {
  const tx = db.transaction(stores, "readwrite");
  const work: Work = { tx, me, rows: new Map(), changes: new Changes(), arrived: [], stored: [], stale: new Set(), joined: [] };
  for (const item of items) {
    if (item.message !== undefined) await absorbMessage(work, item);
    const event = item.event;
    if (event === undefined) continue;
    const chat = event.group !== undefined ? (`group/${event.group}` as ChatKey) : chatOf(event.data);
    await handlers[event.name]?.(work, event, chat);
  }
  for (const row of work.rows.values()) await tx.objectStore("chats").put(row);
  await tx.done;
  return work;
}
