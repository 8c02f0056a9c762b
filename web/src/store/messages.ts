// Messages and conversations as rows: read in pages, written by upsert, so that a repeat changes nothing.

import type { Chat, ChatKey, Message } from "../model/types.ts";
import type { Database, Writing } from "./db.ts";
import { wordsOf } from "./words.ts";

const lastId = "~";

// At most ${limit} messages of ${chat} before ${before}, ascending. Those before the conversation's floor are
// left out, since there may be gaps between them.
export async function pageBefore(db: Database, chat: ChatKey, before: string | null, limit: number): Promise<Message[]> {
  const tx = db.transaction(["messages", "chats"]);
  const row = await tx.objectStore("chats").get(chat);
  const floor = row?.floor ?? "";
  if (floor >= (before ?? lastId)) return [];
  const range = IDBKeyRange.bound([chat, floor], [chat, before ?? lastId], false, true);
  const page: Message[] = [];
  let cursor = await tx.objectStore("messages").index("chat").openCursor(range, "prev");
  while (cursor !== null && page.length < limit) {
    page.push(cursor.value);
    cursor = await cursor.continue();
  }
  return page.reverse();
}

export function messagesByIds(db: Database, ids: string[]): Promise<(Message | undefined)[]> {
  const store = db.transaction("messages").store;
  return Promise.all(ids.map((id) => store.get(id)));
}

// The newest messages that have a word beginning with each of ${query}'s.
export async function search(db: Database, query: string, limit: number): Promise<Message[]> {
  const words = wordsOf(query).sort((a, b) => b.length - a.length);
  const [first, ...others] = words;
  if (first === undefined) return [];
  const found = await db.getAllFromIndex("messages", "words", IDBKeyRange.bound(first, `${first}\uffff`), 5000);
  const matches = found.filter((m) => others.every((w) => m.words?.some((word) => word.startsWith(w))));
  const once = [...new Map(matches.map((m) => [m.id, m])).values()];
  return once.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

export interface Written {
  message: Message;
  fresh: boolean;
}

// Upsert: what is there already keeps what the new copy doesn't say.
export async function putMessage(tx: Writing, message: Message, bytes?: Uint8Array<ArrayBuffer>): Promise<Written> {
  const store = tx.objectStore("messages");
  const before = await store.get(message.id);
  const words = message.text === undefined ? {} : { words: wordsOf(message.text) };
  const merged: Message = message.kind === "erased" ? message : { ...before, ...message, ...words };
  await store.put(merged);
  if (bytes !== undefined) await tx.objectStore("bytes").put(bytes, message.id);
  if (message.kind === "erased") await tx.objectStore("bytes").delete(message.id);
  return { message: merged, fresh: before === undefined };
}

export async function changeChat(tx: Writing, key: ChatKey, change: (chat: Chat) => void): Promise<Chat> {
  const store = tx.objectStore("chats");
  const chat = (await store.get(key)) ?? { key, unread: 0 };
  change(chat);
  await store.put(chat);
  return chat;
}

// Every message of ${chat} changes its place: a request was accepted, or declined.
export async function moveMessages(tx: Writing, chat: ChatKey, from: Message["place"], to: Message["place"]): Promise<string[]> {
  const range = IDBKeyRange.bound([chat, ""], [chat, lastId]);
  const moved: string[] = [];
  let cursor = await tx.objectStore("messages").index("chat").openCursor(range);
  while (cursor !== null) {
    if (cursor.value.place === from) {
      await cursor.update({ ...cursor.value, place: to });
      moved.push(cursor.value.id);
    }
    cursor = await cursor.continue();
  }
  return moved;
}
