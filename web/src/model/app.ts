// The app as screens see it: values to watch, and things to do. One for a tab, as long as somebody is signed in.

import { deleteDatabase, openDatabase, type Database } from "../store/db.ts";
import { messagesByIds, pageBefore, search } from "../store/messages.ts";
import { forgetAccount, randomId, secretOf, type Account } from "./account.ts";
import type { Change } from "./change.ts";
import { Engine } from "./engine.ts";
import { announce } from "./notify.ts";
import { Own } from "./own.ts";
import { Profiles } from "./profiles.ts";
import { brokerUrl } from "./signin.ts";
import { Tabs } from "./tabs.ts";
import {
  argumentsOf, chatOf, isGroup, type Chat, type ChatKey, type Link, type Message, type OutMessage, type Request,
  type Settings, type Whoami,
} from "./types.ts";
import { Value } from "./value.ts";
import type { WireEvent } from "./wire.ts";

export type Watcher = (change: Change) => void;

export class App {
  readonly link = new Value<Link>("offline");
  readonly chats = new Value<ReadonlyMap<ChatKey, Chat>>(new Map());
  readonly outbox = new Value<readonly OutMessage[]>([]);
  readonly requests = new Value<readonly Request[]>([]);
  readonly contacts = new Value<readonly { user: string; profile?: string }[]>([]);
  readonly blocked = new Value<readonly string[]>([]);
  readonly declined = new Value<readonly string[]>([]);
  readonly settings = new Value<Settings>({});
  readonly whoami = new Value<Whoami | null>(null);
  readonly notices = new Value<readonly WireEvent[]>([]);
  readonly typing = new Value<ReadonlyMap<ChatKey, { from: string; until: number }>>(new Map());
  readonly toast = new Value<{ text: string; n: number } | null>(null);
  readonly profiles: Profiles;
  readonly own: Own;
  readonly me: string;
  #tabs: Tabs;
  #engine: Engine | null = null;
  #watchers = new Set<Watcher>();
  #toasts = 0;

  // Open ${account}'s copy on this device, and have one of the tabs connect.
  static async open(account: Account): Promise<App> {
    const app = new App(account, await openDatabase(account.user));
    await app.#readAll();
    // A tab that has nothing to sign in with doesn't stand in the way of one that has.
    if (secretOf(account) !== null) void app.#tabs.elect(account.user, () => app.#lead());
    void app.#tabs.ask("link", []).catch(() => {});
    return app;
  }

  private constructor(readonly account: Account, readonly db: Database) {
    this.me = account.user;
    this.#tabs = new Tabs(account.user, (change) => void this.#changed(change));
    const ask = (name: string, args: Record<string, unknown>) => this.ask(name, args);
    this.profiles = new Profiles(db, ask, (users) => this.#tabs.tell({ profiles: users }));
    this.own = new Own(db, ask, () => this.#tabs.tell({ kept: ["own"] }));
  }

  // Be told of every change, until the function that is returned is called.
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  say(text: string): void {
    this.toast.set({ text, n: ++this.#toasts });
  }

  // A command, by whichever tab has the connection.
  async ask(name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return (await this.#tabs.ask("ask", [name, args])) as Record<string, unknown>;
  }

  async refresh(name: string): Promise<void> {
    await this.#tabs.ask("refresh", [name]);
  }

  page(chat: ChatKey, before: string | null, limit: number): Promise<Message[]> {
    return pageBefore(this.db, chat, before, limit);
  }

  // Ask the server for older messages of ${chat}; they are in page() after that.
  async older(chat: ChatKey): Promise<void> {
    await this.#tabs.ask("older", [chat]);
  }

  messages(ids: string[]): Promise<(Message | undefined)[]> {
    return messagesByIds(this.db, ids);
  }

  search(query: string): Promise<Message[]> {
    return search(this.db, query, 100);
  }

  async bytes(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const here = await this.db.get("bytes", id);
    if (here !== undefined) return here;
    await this.#tabs.ask("fetch", [id]);
    return this.db.get("bytes", id);
  }

  // Write. It is on this device's disk when this returns, and is sent as soon as it can be.
  async write(message: Omit<OutMessage, "msgid" | "time" | "tries">): Promise<void> {
    const latest = this.outbox.get().at(-1)?.time ?? 0;
    const entry: OutMessage = { ...message, msgid: randomId(), time: Math.max(Date.now(), latest + 1), tries: 0 };
    await this.db.put("outbox", entry);
    this.#tabs.tell({ outbox: true, chats: [message.chat] });
    if (this.#engine !== null) this.#engine.poke();
    else void this.#tabs.ask("poke", []).catch(() => {});
  }

  async takeBack(msgid: string): Promise<void> {
    await this.db.delete("outbox", msgid);
    this.#tabs.tell({ outbox: true });
  }

  async tryAgain(entry: OutMessage): Promise<void> {
    const { refused: _refused, notBefore: _notBefore, ...again } = entry;
    await this.db.put("outbox", again);
    this.#tabs.tell({ outbox: true });
    await this.#tabs.ask("poke", []);
  }

  // Somebody has looked at ${chat} down to ${id}.
  async read(chat: ChatKey, id: string): Promise<void> {
    const row = await this.db.get("chats", chat);
    if (row === undefined || (id <= (row.read ?? "") && row.unread === 0)) return;
    await this.db.put("chats", { ...row, read: id > (row.read ?? "") ? id : (row.read ?? id), unread: 0 });
    this.#tabs.tell({ chats: [chat] });
    void this.#tabs.ask("read", [chat, id]).catch(() => {});
  }

  type(chat: ChatKey): void {
    void this.#tabs.ask("typing", [chat]).catch(() => {});
  }

  async dismissNotices(): Promise<void> {
    await this.db.put("kept", [], "notices");
    this.#tabs.tell({ kept: ["notices"] });
  }

  nudge(): void {
    void this.#tabs.ask("nudge", []).catch(() => {});
  }

  // The conversation's title as it is shown: a group's title, a person's profile name, or the name itself.
  titleOf(chat: ChatKey): string {
    const row = this.chats.get().get(chat);
    if (isGroup(chat)) return row?.title || chat.slice(6);
    return this.profiles.nameOf(chat.slice(5));
  }

  argumentsOf = argumentsOf;

  // End the session on this device, and take everything of the account off it.
  async signOut(): Promise<void> {
    await this.ask("push-unsubscribe", { device: this.account.device }).catch(() => {});
    if (this.account.token !== undefined) await this.ask("revoke-token", { device: this.account.device }).catch(() => {});
    this.#engine?.stop();
    forgetAccount();
    this.#tabs.tell({ all: true });
    this.#tabs.close();
    this.db.close();
    await deleteDatabase(this.me);
  }

  async #lead(): Promise<void> {
    const password = secretOf(this.account) ?? "";
    this.#tabs.serve((method, args) => this.#serve(method, args));
    const secret = { user: this.me, clientId: `web-${randomId()}`, password };
    const engine = new Engine(this.db, secret, {
      url: brokerUrl(),
      tell: (change) => this.#tabs.tell(change),
      arrived: (messages) => void announce(this, messages),
    });
    this.#engine = engine;
    addEventListener("online", () => engine.nudge());
    addEventListener("pageshow", () => engine.nudge());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && engine.nudge());
    engine.start();
  }

  async #serve(method: string, args: unknown[]): Promise<unknown> {
    const engine = this.#engine;
    if (engine === null) throw Object.assign(new Error("not connected"), { code: "offline" });
    switch (method) {
      case "ask": return engine.ask(args[0] as string, args[1] as Record<string, unknown>);
      case "refresh": return engine.refresh(args[0] as string);
      case "older": return engine.older(args[0] as ChatKey);
      case "fetch": return engine.fetch(args[0] as string);
      case "read": return engine.read(args[0] as ChatKey, args[1] as string);
      case "typing": return engine.typing(args[0] as ChatKey);
      case "poke": return engine.poke();
      case "nudge": return engine.nudge();
      case "link": return this.#tabs.tell({ link: engine.link });
      default: throw Object.assign(new Error(method), { code: "unknown" });
    }
  }

  async #readAll(): Promise<void> {
    const [chats, outbox] = await Promise.all([this.db.getAll("chats"), this.db.getAllFromIndex("outbox", "time")]);
    await this.profiles.load();
    this.chats.set(new Map(chats.map((chat) => [chat.key, chat])));
    this.outbox.set(outbox);
    await Promise.all(["requests", "contacts", "blocked", "declined", "settings", "whoami", "notices", "own"].map((n) => this.#readKept(n)));
  }

  async #readKept(name: string): Promise<void> {
    const value = await this.db.get("kept", name);
    const list = (value ?? []) as never;
    switch (name) {
      case "requests": return this.requests.set(list);
      case "contacts": return this.contacts.set(list);
      case "blocked": return this.blocked.set(list);
      case "declined": return this.declined.set(list);
      case "settings": return this.settings.set((value ?? {}) as Settings);
      case "whoami": return this.whoami.set((value ?? null) as Whoami | null);
      case "notices": return this.notices.set(list);
      case "own": return this.own.load((value ?? {}) as Record<string, string>);
    }
  }

  async #changed(change: Change): Promise<void> {
    if (change.link !== undefined) this.link.set(change.link);
    if (change.typing !== undefined) this.#typed(change.typing);
    if (change.all === true) await this.#readAll();
    if (change.chats !== undefined) await this.#readChats(change.chats);
    if (change.outbox === true) this.outbox.set(await this.db.getAllFromIndex("outbox", "time"));
    for (const name of change.kept ?? []) await this.#readKept(name);
    if (change.profiles !== undefined) await this.profiles.changed(change.profiles);
    for (const watcher of [...this.#watchers]) watcher(change);
  }

  async #readChats(keys: ChatKey[]): Promise<void> {
    const rows = await Promise.all(keys.map((key) => this.db.get("chats", key)));
    const chats = new Map(this.chats.get());
    for (const row of rows) if (row !== undefined) chats.set(row.key, row);
    this.chats.set(chats);
  }

  #typed({ chat, from }: { chat: ChatKey; from: string }): void {
    const until = Date.now() + 6000;
    this.typing.set(new Map(this.typing.get()).set(chat, { from, until }));
    setTimeout(() => {
      if ((this.typing.get().get(chat)?.until ?? 0) > Date.now()) return;
      const rest = new Map(this.typing.get());
      rest.delete(chat);
      this.typing.set(rest);
    }, 6050);
  }
}

// The conversations that are listed, pinned ones first, then by their last message.
export function listed(app: App): Chat[] {
  const outbox = app.outbox.get();
  const held = new Set(app.requests.get().map((r) => chatOf(r)));
  const writing = new Set(outbox.map((o) => o.chat));
  const time = (c: Chat) => Math.max(c.last?.time ?? 0, ...outbox.filter((o) => o.chat === c.key).map((o) => o.time));
  const known = [...app.chats.get().values()].filter(
    (c) => (c.last !== undefined || writing.has(c.key) || (isGroup(c.key) && !c.gone)) && !(held.has(c.key) && c.last === undefined),
  );
  for (const key of writing) if (!app.chats.get().has(key)) known.push({ key, unread: 0 });
  return known.sort((a, b) => {
    const pinned = Number(app.own.pinned(b.key)) - Number(app.own.pinned(a.key));
    return pinned !== 0 ? pinned : time(b) - time(a);
  });
}
