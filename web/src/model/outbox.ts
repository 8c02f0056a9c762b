// What has been written and is not yet with the server. A message is in the outbox, on the disk of this device,
// until its echo has come back or the server has refused it for good. It is sent again after a lost
// connection with the same msgid, so that sending twice is sending once. In a conversation one waits for the
// one before, so that the order stays.

import type { Acknowledged, Connection } from "../mqtt/connection.ts";
import type { Database } from "../store/db.ts";
import { Refused } from "./commands.ts";
import type { ChatKey, OutMessage } from "./types.ts";
import { prefix } from "./wire.ts";

const echoWithin = 8_000;
const reasonWithin = 2_000;
// Refusals that are of the moment: the message waits.
const passing = new Set(["rate-limit", "storage-full", "storage-error", "unknown"]);
const utf8 = new TextEncoder();

interface Flight {
  entry: OutMessage;
  done(how: "stored" | "again" | Refused): void;
}

export class Outbox {
  #connection: Connection | null = null;
  #flights = new Map<ChatKey, Flight>();
  #notBefore = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly db: Database, readonly changed: (chat: ChatKey) => void) {}

  connected(connection: Connection): void {
    this.#connection = connection;
    this.poke();
  }

  disconnected(): void {
    this.#connection = null;
    clearTimeout(this.#timer);
    for (const flight of [...this.#flights.values()]) flight.done("again");
  }

  // Something may have to be sent.
  poke(): void {
    void this.#look();
  }

  // The echo of ${msgid} has come: it is with the server.
  stored(msgid: string): void {
    for (const flight of this.#flights.values()) if (flight.entry.msgid === msgid) flight.done("stored");
  }

  // bc/error has something to say.
  refused(error: Record<string, unknown>): void {
    const after = typeof error["retry-after"] === "number" ? error["retry-after"] : undefined;
    const why = new Refused(String(error["error"]), String(error["message"] ?? ""), after);
    for (const flight of this.#flights.values()) {
      const named = error["msgid"] === flight.entry.msgid;
      const there = error["msgid"] === undefined && error["topic"] === `${prefix}/${flight.entry.chat}`;
      if (named || there) flight.done(why);
    }
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#connection === null) return;
    const entries = await this.db.getAllFromIndex("outbox", "time");
    const connection = this.#connection as Connection | null; // it may have ended while the database was read
    if (connection === null) return;
    const now = Date.now();
    let next = this.#notBefore > now ? this.#notBefore : Infinity;
    const busy = new Set<ChatKey>(this.#flights.keys());
    for (const entry of entries) {
      if (entry.refused !== undefined || busy.has(entry.chat) || this.#flights.has(entry.chat)) continue;
      busy.add(entry.chat);
      const from = Math.max(entry.notBefore ?? 0, this.#notBefore);
      if (from > now) next = Math.min(next, from);
      else void this.#send(entry, connection);
    }
    if (next < Infinity) this.#timer = setTimeout(() => this.poke(), Math.max(50, next - now));
  }

  async #send(entry: OutMessage, connection: Connection): Promise<void> {
    const how = await this.#fly(entry, connection);
    this.#flights.delete(entry.chat);
    const tries = entry.tries + 1;
    if (how === "again") await this.#put({ ...entry, tries });
    else if (how instanceof Refused) await this.#judge({ ...entry, tries }, how);
    this.changed(entry.chat);
    this.poke();
  }

  // Only if it is still there: its echo may have come, or the person may have taken it back.
  async #put(entry: OutMessage): Promise<void> {
    const tx = this.db.transaction("outbox", "readwrite");
    if ((await tx.store.get(entry.msgid)) !== undefined) await tx.store.put(entry);
    await tx.done;
  }

  async #judge(entry: OutMessage, why: Refused): Promise<void> {
    if (!passing.has(why.code)) return this.#put({ ...entry, refused: why.code });
    const wait = why.retryAfter ?? Math.min(60_000, 2_000 * 2 ** Math.min(entry.tries, 5));
    if (why.code === "rate-limit") this.#notBefore = Date.now() + wait;
    return this.#put({ ...entry, notBefore: Date.now() + wait });
  }

  #fly(entry: OutMessage, connection: Connection): Promise<"stored" | "again" | Refused> {
    return new Promise((resolve) => {
      const timers: ReturnType<typeof setTimeout>[] = [];
      const within = (ms: number, how: "again" | Refused) => timers.push(setTimeout(() => flight.done(how), ms));
      const flight: Flight = {
        entry,
        done: (how) => {
          timers.forEach(clearTimeout);
          resolve(how);
        },
      };
      this.#flights.set(entry.chat, flight);
      publish(entry, connection)
        .then(({ reason }) => {
          if (reason === 0x95) flight.done(new Refused("too-large", ""));
          else if (reason >= 0x80) within(reasonWithin, new Refused("unknown", ""));
          else within(echoWithin, "again");
        })
        .catch(() => flight.done("again"));
    });
  }
}

function publish(entry: OutMessage, connection: Connection): Promise<Acknowledged> {
  const user: [string, string][] = [["msgid", entry.msgid]];
  if (entry.replyTo !== undefined) user.push(["reply-to", entry.replyTo]);
  const properties = entry.type === undefined ? { user } : { user, contentType: entry.type };
  const payload = entry.bytes ?? utf8.encode(entry.text ?? "");
  return connection.publish(`${prefix}/${entry.chat}`, payload, properties);
}
