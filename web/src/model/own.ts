// The app's own data on the server, the same on all devices: which conversations are muted and pinned, and drafts.
// docs/web.md lists the keys. What could not be said to the server is kept here, and is said later.

import type { Database } from "../store/db.ts";
import { Refused } from "./commands.ts";
import type { ChatKey } from "./types.ts";
import { Value } from "./value.ts";

type Ask = (name: string, args: Record<string, unknown>) => Promise<unknown>;

export class Own {
  readonly values = new Value<Readonly<Record<string, string>>>({});

  constructor(readonly db: Database, readonly ask: Ask, readonly changed: () => void) {}

  load(values: Record<string, string>): void {
    this.values.set(values);
  }
  muted(chat: ChatKey): boolean {
    return this.values.get()[`mute/${chat}`] !== undefined;
  }
  pinned(chat: ChatKey): boolean {
    return this.values.get()[`pin/${chat}`] !== undefined;
  }
  draft(chat: ChatKey): string {
    return this.values.get()[`draft/${chat}`] ?? "";
  }

  // Set ${key}, or remove it.
  async set(key: string, value: string | null): Promise<void> {
    const values: Record<string, string> = { ...this.values.get() };
    if (value === null) delete values[key];
    else values[key] = value;
    this.values.set(values);
    await this.db.put("kept", values, "own");
    this.changed();
    // Names may be as long as keys, or have characters that keys may not: then it stays on this device.
    if (!/^[!-~]{1,64}$/.test(key)) return;
    await this.ask("store", value === null ? { key } : { key, value }).catch((error: unknown) => {
      if (!(error instanceof Refused)) this.#unsaid(key);
    });
  }

  #unsaid(key: string): void {
    void this.db.get("kept", "unsaid").then((keys) => this.db.put("kept", [...new Set([...((keys ?? []) as string[]), key])], "unsaid"));
  }
}
