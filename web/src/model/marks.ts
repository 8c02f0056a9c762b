// Markers of what was read and delivered, gathered for a moment: a burst of messages is one command for each
// conversation, and what could not be said is said at the next connection.

import type { ChatKey } from "./types.ts";

interface Mark {
  read?: string;
  delivered?: string;
}

const gather = 600;

export class Marks {
  #waiting = new Map<ChatKey, Mark>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly send: (chat: ChatKey, mark: Mark) => Promise<void>) {}

  read(chat: ChatKey, id: string): void {
    this.#add(chat, "read", id);
  }
  delivered(chat: ChatKey, id: string): void {
    this.#add(chat, "delivered", id);
  }
  connected(): void {
    if (this.#waiting.size > 0) this.#soon();
  }

  #add(chat: ChatKey, what: "read" | "delivered", id: string): void {
    const mark = this.#waiting.get(chat) ?? {};
    if (id <= (mark[what] ?? "")) return;
    mark[what] = id;
    this.#waiting.set(chat, mark);
    this.#soon();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => void this.#flush(), gather);
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    for (const [chat, mark] of [...this.#waiting]) {
      this.#waiting.delete(chat);
      await this.send(chat, mark).catch((error: { code?: string }) => {
        // There was no connection, or no rate left. What the server has no use for isn't said again.
        if (error.code === undefined || error.code === "rate-limit") this.#waiting.set(chat, { ...mark, ...this.#waiting.get(chat) });
      });
    }
  }
}
