// The lists that the server has: each is asked for as a whole, and kept as a row. They are small, and an answer
// is always right, whatever events were missed.

import type { Database, StoreName } from "../store/db.ts";
import { putMessage } from "../store/messages.ts";
import { noFloor, previewOf } from "./absorb.ts";
import { Changes } from "./change.ts";
import { Refused, type Commands } from "./commands.ts";
import type { Chat, ChatKey, Message } from "./types.ts";
import { itemOfJson } from "./wire.ts";

type Rows = Record<string, unknown>[];

export interface Asking {
  db: Database;
  me: string;
  commands: Commands;
}

const chatStores: StoreName[] = ["chats", "messages", "bytes"];

async function keep(asking: Asking, name: string, value: unknown): Promise<Changes> {
  await asking.db.put("kept", value, name);
  const changes = new Changes();
  changes.kept.add(name);
  return changes;
}

function rowsOf(command: string, field: string, args: Record<string, unknown> = {}) {
  return async (asking: Asking, name: string) =>
    keep(asking, name, await asking.commands.all(command, args, field, "after"));
}

// Whole conversations, newest first, merged into the rows that are here.
async function conversations(asking: Asking): Promise<Changes> {
  const rows = await asking.commands.all("conversations", {}, "conversations", "before");
  const tx = asking.db.transaction(chatStores, "readwrite");
  const changes = new Changes();
  for (const row of rows) {
    const key = (row["group"] !== undefined ? `group/${row["group"]}` : `user/${row["user"]}`) as ChatKey;
    const item = itemOfJson((row["last"] ?? {}) as Record<string, unknown>, asking.me);
    const chat: Chat = (await tx.objectStore("chats").get(key)) ?? { key, unread: 0 };
    mergeRow(chat, row, item?.message ?? null);
    await tx.objectStore("chats").put(chat);
    if (item?.message !== undefined) {
      const whole = item.message.text !== undefined || item.bytes !== undefined;
      if (whole || (await tx.objectStore("messages").get(item.message.id)) === undefined) {
        await putMessage(tx, item.message, item.bytes);
      }
      changes.message(key, item.message.id);
    }
    changes.chats.add(key);
  }
  await tx.done;
  return changes;
}

function mergeRow(chat: Chat, row: Record<string, unknown>, last: Message | null): void {
  const text = (name: string) => (typeof row[name] === "string" ? (row[name] as string) : undefined);
  chat.unread = Number(row["unread"]) || 0;
  if (last !== null) chat.counted = last.id;
  if (last !== null && (chat.last === undefined || last.id >= chat.last.id)) {
    // What lies between the newest message here and this one is found by sync, or asked for.
    if (chat.floor === undefined) chat.floor = noFloor;
    const preview = text("preview") ?? previewOf(last);
    chat.last = { id: last.id, from: last.from, time: last.time, kind: last.kind, preview };
  }
  const fields = {
    title: text("title"),
    read: text("read"),
    profile: text("profile"),
    standing: text("standing") as Chat["standing"],
    theirRead: text("their-read"),
    theirDelivered: text("their-delivered"),
  };
  Object.assign(chat, Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)));
  if (typeof row["left"] === "number") chat.left = row["left"];
  else if (chat.standing === "open") delete chat.left;
}

async function groups(asking: Asking): Promise<Changes> {
  const rows = await asking.commands.all("groups", {}, "groups", "after");
  const tx = asking.db.transaction(["chats", "kept"], "readwrite");
  const changes = new Changes();
  const mine = new Map(rows.map((row) => [`group/${row["group"]}` as ChatKey, row]));
  for (const chat of await tx.objectStore("chats").getAll()) {
    if (chat.key.startsWith("group/") && !mine.has(chat.key) && !chat.gone) {
      await tx.objectStore("chats").put({ ...chat, gone: true });
      changes.chats.add(chat.key);
    }
  }
  for (const [key, row] of mine) {
    const chat: Chat = (await tx.objectStore("chats").get(key)) ?? { key, unread: 0 };
    delete chat.gone;
    Object.assign(chat, { title: row["title"], role: row["role"], members: row["members"] });
    await tx.objectStore("chats").put(chat);
    changes.chats.add(key);
  }
  await tx.objectStore("kept").put([...mine.keys()], "groups");
  changes.kept.add("groups");
  await tx.done;
  return changes;
}

// Contacts as names, whichever form the server's version answers in.
async function contacts(asking: Asking, name: string): Promise<Changes> {
  const rows = await asking.commands.all("contacts", { rows: true }, "users", "after");
  const users = (rows as unknown[]).map((row) => (typeof row === "string" ? { user: row } : row));
  return keep(asking, name, users);
}

async function names(asking: Asking, name: string): Promise<Changes> {
  const rows = await asking.commands.all(name, {}, "users", "after");
  const users = (rows as unknown[]).map((row) => (typeof row === "string" ? row : (row as { user: string }).user));
  return keep(asking, name, users);
}

async function settings(asking: Asking, name: string): Promise<Changes> {
  return keep(asking, name, (await asking.commands.ask("settings"))["settings"]);
}

async function whoami(asking: Asking, name: string): Promise<Changes> {
  return keep(asking, name, await asking.commands.ask("whoami"));
}

// What was changed while the server could not be told is said first.
async function own(asking: Asking, name: string): Promise<Changes> {
  const unsaid = ((await asking.db.get("kept", "unsaid")) ?? []) as string[];
  const values = ((await asking.db.get("kept", name)) ?? {}) as Record<string, string>;
  for (const key of unsaid) {
    const value = values[key];
    await asking.commands.ask("store", value === undefined ? { key } : { key, value });
  }
  await asking.db.put("kept", [], "unsaid");
  const rows: Rows = await asking.commands.all("stored", {}, "values", "after");
  return keep(asking, name, Object.fromEntries(rows.map((row) => [row["key"], row["value"]])));
}

type Refresh = (asking: Asking, name: string) => Promise<Changes>;

export const lists: Record<string, Refresh> = {
  whoami,
  conversations,
  requests: rowsOf("requests", "requests"),
  groups,
  contacts,
  settings,
  own,
  blocked: names,
  declined: names,
  reports: rowsOf("reports", "reports", { state: "open" }),
};

// Ask for the list ${name} again. A server that doesn't know it leaves what is here as it is.
export async function refresh(asking: Asking, name: string): Promise<Changes> {
  try {
    return (await lists[name]?.(asking, name)) ?? new Changes();
  } catch (error) {
    if (error instanceof Refused) return new Changes();
    throw error;
  }
}
