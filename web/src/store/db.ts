// What is kept on the device: a database for each account.

import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";
import type { Chat, ChatKey, Message, OutMessage, Profile } from "../model/types.ts";

export interface Schema extends DBSchema {
  messages: { key: string; value: Message; indexes: { chat: [string, string]; words: string } };
  // The bytes of pictures and videos, by the message's id.
  bytes: { key: string; value: Uint8Array<ArrayBuffer> };
  chats: { key: ChatKey; value: Chat };
  outbox: { key: string; value: OutMessage; indexes: { time: number } };
  profiles: { key: string; value: Profile };
  // Single things by name: the cursor, the lists that fit into one row, own data.
  kept: { key: string; value: unknown };
}

export type Database = IDBPDatabase<Schema>;
export type StoreName = "messages" | "bytes" | "chats" | "outbox" | "profiles" | "kept";
export type Writing = IDBPTransaction<Schema, StoreName[], "readwrite">;

const nameFor = (user: string) => `backchannel/${user}`;

export function openDatabase(user: string): Promise<Database> {
  return openDB<Schema>(nameFor(user), 1, {
    upgrade(db) {
      const messages = db.createObjectStore("messages", { keyPath: "id" });
      messages.createIndex("chat", ["chat", "id"]);
      messages.createIndex("words", "words", { multiEntry: true });
      db.createObjectStore("bytes");
      db.createObjectStore("chats", { keyPath: "key" });
      db.createObjectStore("outbox", { keyPath: "msgid" }).createIndex("time", "time");
      db.createObjectStore("profiles", { keyPath: "user" });
      db.createObjectStore("kept");
    },
    // Another tab wants to delete the database, since the person signs out.
    blocking(_current, _next, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

export function deleteDatabase(user: string): Promise<void> {
  return deleteDB(nameFor(user));
}
