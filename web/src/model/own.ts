// The app's own data on the server, the same on all devices: which conversations are muted and pinned, and drafts.
// docs/web.md lists the keys. What could not be said to the server is kept here, and is said later.

import type { Database } from "../store/db.ts";
import { Refused } from "./commands.ts";
import type { ChatKey } from "./types.ts";
import { Value } from "./value.ts";

type Ask = (name: string, args: Record<string, unknown>) => Promise<unknown>;

const utf8 = new TextEncoder();

// As a key on the server: bytes that keys can't have are % and two digits.
export function keyOf(key: string): string {
  return Array.from(utf8.encode(key), (b) => (b > 0x20 && b < 0x7f ? String.fromCharCode(b) : `%${b.toString(16).toUpperCase().padStart(2, "0")}`)).join("");
}

export class Own {
  readonly values = new Value<Readonly<Record<string, string>>>({});

  constructor(readonly db: Database, readonly ask: Ask, readonly changed: () => void) {}

  load(values: Record<string, string>): void {
    this.values.set(values);
  }
  muted(chat: ChatKey): boolean {
    return this.values.get()[keyOf(`mute/${chat}`)] !== undefined;
  }
  pinned(chat: ChatKey): boolean {
    return this.values.get()[keyOf(`pin/${chat}`)] !== undefined;
  }
  draft(chat: ChatKey): string {
    return this.values.get()[keyOf(`draft/${chat}`)] ?? "";
  }

  // Set what is said of something, or remove it: `mute/user/bob` for one.
  async set(what: string, value: string | null): Promise<void> {
    const key = keyOf(what);
    const values: Record<string, string> = { ...this.values.get() };
    if (value === null) delete values[key];
    else values[key] = value;
    this.values.set(values);
    await this.db.put("kept", values, "own");
    this.changed();
    // Names may be as long as keys: then it stays on this device.
    if (key.length > 64) return;
    await this.ask("store", value === null ? { key } : { key, value }).catch((error: unknown) => {
      if (!(error instanceof Refused)) this.#unsaid(key);
    });
  }

  #unsaid(key: string): void {
    void this.db.get("kept", "unsaid").then((keys) => this.db.put("kept", [...new Set([...((keys ?? []) as string[]), key])], "unsaid"));
  }
}
