// The leader's work: keep a connection, keep the device's copy true, send what is written. First a subscription,
// then the lists, then sync from the kept cursor; live messages meanwhile are upserts like all others.

import { Closed, Connection } from "../mqtt/connection.ts";
import type { Publish } from "../mqtt/packet.ts";
import type { Database } from "../store/db.ts";
import { changeChat } from "../store/messages.ts";
import { absorb, noFloor, type Absorbed } from "./absorb.ts";
import type { Changes, Change } from "./change.ts";
import { Commands, Refused, type Answer } from "./commands.ts";
import { refresh, type Asking } from "./lists.ts";
import { Marks } from "./marks.ts";
import { Outbox } from "./outbox.ts";
import { argumentsOf, type ChatKey, type Link, type Message } from "./types.ts";
import { eventOfJson, hear, itemOfJson, prefix, type Item } from "./wire.ts";

export interface Secret {
  user: string;
  clientId: string;
  password: string;
}

export interface Host {
  url: string;
  // What the tabs are to know.
  tell(change: Change): void;
  // Messages that are new to this device.
  arrived(messages: Message[]): void;
}

const first = ["whoami", "settings", "conversations", "requests", "groups", "contacts", "own"];
// The first page of a conversation is soon there; who goes on wants more at a time.
const firstPage = 50;
const longPage = 200;
const longestWait = 30_000;
const backfillEvery = 2_500;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Engine {
  #link: Link = "offline";
  #connection: Connection | null = null;
  #opening: Promise<unknown> = Promise.resolve();
  #commands: Commands | null = null;
  #outbox: Outbox;
  #marks: Marks;
  #heard: Item[] = [];
  #absorbing: Promise<void> = Promise.resolve();
  #scheduled = false;
  #stale = new Set<string>();
  #staleTimer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(readonly db: Database, readonly secret: Secret, readonly host: Host) {
    this.#outbox = new Outbox(db, (chat) => host.tell({ outbox: true, chats: [chat] }));
    this.#marks = new Marks(async (chat, what) => {
      await this.ask("mark", { ...argumentsOf(chat), ...what });
    });
  }

  get link(): Link {
    return this.#link;
  }

  start(): void {
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#connection?.close();
  }

  // The network may be there again, or the device has woken up.
  nudge(): void {
    if (this.#link === "online") this.#connection?.probe();
    else if (this.#link === "offline" && !this.#stopped) {
      this.#failures = 0;
      clearTimeout(this.#retry);
      void this.#connect();
    }
  }

  poke(): void {
    this.#outbox.poke();
  }

  // A command, which waits for a connection that is being made. Rejects with Refused, or Closed where there is none.
  async ask(name: string, args: Record<string, unknown> = {}): Promise<Answer> {
    if (this.#commands === null && this.#link === "connecting") await this.#opening;
    if (this.#commands === null) throw new Closed(0, "there is no connection");
    return this.#commands.ask(name, args);
  }

  read(chat: ChatKey, id: string): void {
    this.#marks.read(chat, id);
  }

  typing(chat: ChatKey): void {
    this.#connection?.mention(`${prefix}/${chat}/typing`, new Uint8Array([46]));
  }

  async refresh(name: string): Promise<void> {
    this.#tell(await refresh(this.#asking(), name));
  }

  // Older messages of a conversation, from before its floor.
  async older(chat: ChatKey): Promise<void> {
    const row = await this.db.get("chats", chat);
    if (row?.complete) return;
    const known = row?.floor !== undefined && row.floor !== noFloor;
    const before = known ? { before: row.floor } : {};
    const answer = await this.ask("history", { ...argumentsOf(chat), limit: known ? longPage : firstPage, ...before });
    await this.#page(chat, (answer["messages"] ?? []) as Record<string, unknown>[], answer);
  }

  async #page(chat: ChatKey, rows: Record<string, unknown>[], answer: Answer): Promise<void> {
    const items = rows.map((row) => itemOfJson(row, this.secret.user)).filter((item) => item !== null);
    const absorbed = await absorb(this.db, this.secret.user, items.map((item) => ({ ...item, old: true })));
    const tx = this.db.transaction("chats", "readwrite");
    await changeChat(tx as never, chat, (row) => {
      row.floor = (answer["before"] as string | undefined) ?? items[0]?.message?.id ?? row.floor ?? noFloor;
      if (answer["more"] !== true) {
        row.floor = "";
        row.complete = true;
      }
    });
    await tx.done;
    absorbed.changes.chats.add(chat);
    this.#absorbed(absorbed, false);
  }

  // The bytes of a picture that was left out of a page.
  async fetch(id: string): Promise<void> {
    const answer = await this.ask("get", { id });
    const item = itemOfJson((answer["message"] ?? {}) as Record<string, unknown>, this.secret.user);
    if (item !== null) this.#absorbed(await absorb(this.db, this.secret.user, [{ ...item, old: true }]), false);
  }

  #asking(): Asking {
    if (this.#commands === null) throw new Closed(0, "there is no connection");
    return { db: this.db, me: this.secret.user, commands: this.#commands };
  }

  #tell(changes: Changes): void {
    if (changes.any) this.host.tell(changes.told());
  }

  #say(link: Link): void {
    if (this.#link === link) return;
    this.#link = link;
    this.host.tell({ link });
  }

  async #connect(): Promise<void> {
    if (this.#connection !== null || this.#link === "connecting" || this.#stopped) return;
    this.#say("connecting");
    const { clientId, user, password } = this.secret;
    let connection: Connection | null = null;
    try {
      const opening = Connection.open(this.host.url, { clientId, user, password }, {
        message: (p) => this.#hear(p),
        closed: () => this.#lost(),
      });
      this.#opening = opening.catch(() => {});
      connection = await opening;
      if (this.#stopped) return connection.close();
      this.#connection = connection;
      this.#commands = new Commands(connection);
      await this.#catchUp(connection);
    } catch (error) {
      this.#failed(error, connection);
    }
  }

  async #catchUp(connection: Connection): Promise<void> {
    const asking = this.#asking();
    await connection.subscribe([`${prefix}/user/${this.secret.user}/#`]);
    const before = await this.db.get("kept", "cursor");
    for (const changes of await Promise.all(first.map((name) => refresh(asking, name)))) this.#tell(changes);
    const groups = ((await this.db.get("kept", "groups")) ?? []) as ChatKey[];
    for (let at = 0; at < groups.length; at += 50) {
      await connection.subscribe(groups.slice(at, at + 50).map((group) => `${prefix}/${group}/#`));
    }
    if (this.#connection !== connection) throw new Closed(0, "the connection was lost"); // while the database was read
    this.#say("online");
    this.#failures = 0;
    this.#outbox.connected(connection);
    this.#marks.connected();
    if (before === undefined) await this.#begin();
    else await this.sync();
    void this.#preload().then(() => this.#backfill()).catch(() => {});
  }

  // A device that is new begins at the present; what was before is asked for where somebody looks.
  async #begin(): Promise<void> {
    const whoami = (await this.db.get("kept", "whoami")) as { newest?: string } | undefined;
    if (whoami?.newest === undefined) return;
    await this.db.put("kept", whoami.newest, "cursor");
    await this.db.put("kept", { until: whoami.newest }, "backfill");
  }

  // All that has happened since the cursor.
  async sync(): Promise<void> {
    for (;;) {
      const after = await this.db.get("kept", "cursor");
      const answer = await this.#patiently("sync", { limit: 200, ...(after === undefined ? {} : { after }) });
      if (answer["reset"] === true) return this.#startOver();
      const rows = (answer["items"] ?? []) as Record<string, unknown>[];
      const items = rows.map((row) => this.#itemOf(row)).filter((item) => item !== null);
      this.#absorbed(await absorb(this.db, this.secret.user, items), true);
      await this.db.put("kept", answer["after"], "cursor");
      if (answer["more"] !== true) return;
    }
  }

  // A command that will be answered sooner or later: too fast is only too fast.
  async #patiently(name: string, args: Record<string, unknown>): Promise<Answer> {
    for (;;) {
      try {
        return await this.ask(name, args);
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== "rate-limit") throw error;
        await pause(error.retryAfter ?? 2000);
      }
    }
  }

  // What was said before this device was there is brought here little by little, for the search. It says nothing of
  // what is new, and of conversations' gaps neither.
  async #backfill(): Promise<void> {
    let at = (await this.db.get("kept", "backfill")) as { after?: string; until: string } | undefined;
    while (at !== undefined && at.until !== "") {
      await pause(backfillEvery);
      const from = at.after === undefined ? {} : { after: at.after };
      const answer = await this.#patiently("sync", { limit: 200, "max-bytes": 65_536, ...from });
      const rows = (answer["items"] ?? []) as Record<string, unknown>[];
      const items = rows.filter((row) => row["type"] === "message").map((row) => itemOfJson(row, this.secret.user));
      const old = items.filter((item) => item !== null).map((item) => ({ ...item, old: true }));
      this.#absorbed(await absorb(this.db, this.secret.user, old), false);
      const after = answer["after"] as string;
      at = { after, until: answer["more"] === true && after < at.until ? at.until : "" };
      await this.db.put("kept", at, "backfill");
    }
  }

  // The server's store is not what it was: it was restored from a backup. What is here is put aside.
  async #startOver(): Promise<void> {
    const tx = this.db.transaction(["messages", "bytes", "chats", "kept"], "readwrite");
    await Promise.all([...tx.objectStoreNames].map((name) => tx.objectStore(name).clear()));
    await tx.done;
    for (const name of first) this.#tell(await refresh(this.#asking(), name));
    await this.#begin();
    this.host.tell({ all: true });
  }

  #itemOf(row: Record<string, unknown>): Item | null {
    if (row["type"] === "message") return itemOfJson(row, this.secret.user);
    return row["type"] === "event" ? { event: eventOfJson(String(row["event"]), row) } : null;
  }

  // So that the conversations one is likely to open are there offline, too.
  async #preload(): Promise<void> {
    const chats = (await this.db.getAll("chats")).filter((c) => c.last !== undefined && c.floor === noFloor);
    chats.sort((a, b) => ((a.last?.id ?? "") < (b.last?.id ?? "") ? 1 : -1));
    for (const chat of chats.slice(0, 15)) await this.older(chat.key);
  }

  #hear(p: Publish): void {
    const heard = hear(p, this.secret.user);
    switch (heard.what) {
      case "reply":
        return this.#commands?.reply(heard.publish);
      case "error":
        return this.#outbox.refused(heard.error);
      case "typing":
        if (heard.from !== this.secret.user) this.host.tell({ typing: { chat: heard.chat, from: heard.from } });
        return;
      case "message":
      case "event":
        this.#heard.push(heard.item);
        this.#schedule();
        return;
      case "nothing":
        return;
    }
  }

  // What is heard while a transaction runs goes into the next one together.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#absorbing = this.#absorbing.then(async () => {
      this.#scheduled = false;
      const items = this.#heard.splice(0);
      this.#absorbed(await absorb(this.db, this.secret.user, items), false);
    });
  }

  #absorbed(absorbed: Absorbed, synced: boolean): void {
    this.#tell(absorbed.changes);
    for (const msgid of absorbed.stored) this.#outbox.stored(msgid);
    for (const m of absorbed.arrived) if (m.place === "inbox") this.#marks.delivered(m.chat, m.id);
    if (absorbed.arrived.length > 0) this.host.arrived(absorbed.arrived);
    // The lists were asked for just before a sync: what it tells of them is old.
    if (synced) absorbed.stale.delete("groups");
    for (const list of absorbed.stale) this.#stale.add(list);
    if (this.#stale.size > 0) this.#refreshSoon();
    if (absorbed.joined.length > 0) void this.#join(absorbed.joined).catch(() => {});
  }

  async #join(groups: string[]): Promise<void> {
    await this.#connection?.subscribe(groups.map((group) => `${prefix}/group/${group}/#`));
    await this.refresh("groups");
  }

  #refreshSoon(after = 120): void {
    clearTimeout(this.#staleTimer);
    this.#staleTimer = setTimeout(() => {
      const names = [...this.#stale];
      this.#stale.clear();
      for (const name of names) void this.refresh(name).catch((error: unknown) => this.#refreshLater(name, error));
    }, after);
  }

  // Too fast is only too fast, and an answer may be late. Once there is a connection again, all lists are asked for.
  #refreshLater(name: string, error: unknown): void {
    const refused = error instanceof Refused;
    if (this.#connection === null || (refused && error.code !== "rate-limit")) return;
    this.#stale.add(name);
    this.#refreshSoon((refused ? error.retryAfter : undefined) ?? 2000);
  }

  #lost(): void {
    this.#connection = null;
    this.#commands?.end();
    this.#commands = null;
    this.#outbox.disconnected();
    this.#again();
  }

  // ${connection} is null where there never was one. One that was lost while it caught up is already tried again.
  #failed(error: unknown, connection: Connection | null): void {
    if (error instanceof Closed && error.refused && connection === null) {
      this.#stopped = true;
      return this.#say("refused");
    }
    if (connection === null) this.#again();
    else connection.close(); // a catching up that failed by itself leaves one that is of no use
    if (!(error instanceof Closed) && !(error instanceof Refused)) throw error;
  }

  #again(): void {
    this.#say("offline");
    clearTimeout(this.#retry);
    if (this.#stopped) return;
    const wait = Math.min(longestWait, 500 * 2 ** this.#failures++);
    this.#retry = setTimeout(() => void this.#connect(), wait * (0.75 + Math.random() / 2));
  }
}
