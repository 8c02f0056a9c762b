// Tabs of one account are one app: one of them, the leader, has the connection; the others ask it. Who leads is
// settled by a lock that the browser gives to the next tab when the leader's is closed or dies.

import type { Change } from "./change.ts";

type Said =
  | { change: Change }
  | { ask: string; method: string; args: unknown[] }
  | { answer: string; value?: unknown; error?: { code: string; message: string } };

export class Unanswered extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

const answerWithin = 30_000;

export class Tabs {
  leading = false;
  #channel: BroadcastChannel;
  #waiting = new Map<string, { resolve(v: unknown): void; reject(e: Error): void }>();
  #serve: ((method: string, args: unknown[]) => Promise<unknown>) | null = null;
  #next = 0;
  #mine = Math.random().toString(36).slice(2);
  #end = new AbortController();

  constructor(user: string, readonly changed: (change: Change) => void) {
    this.#channel = new BroadcastChannel(`backchannel/${user}`);
    this.#channel.onmessage = (event: MessageEvent<Said>) => void this.#hear(event.data);
  }

  // Call ${lead} once this tab is the leader: at once, if there is no other. Without locks (a page that is
  // not served securely) each tab leads itself.
  async elect(user: string, lead: () => Promise<void>): Promise<void> {
    const start = () => {
      this.leading = true;
      return lead();
    };
    if (navigator.locks === undefined) return start();
    const hold = async () => {
      await start();
      await new Promise((resolve) => this.#end.signal.addEventListener("abort", resolve));
    };
    await navigator.locks
      .request(`backchannel/${user}`, { signal: this.#end.signal }, hold)
      .catch((error: unknown) => {
        if (!this.#end.signal.aborted) throw error;
      });
  }

  serve(serve: (method: string, args: unknown[]) => Promise<unknown>): void {
    this.#serve = serve;
  }

  // Tell every tab, this one too.
  tell(change: Change): void {
    this.changed(change);
    this.#say({ change });
  }

  // Have the leader do something.
  ask(method: string, args: unknown[]): Promise<unknown> {
    if (this.#serve !== null) return this.#serve(method, args);
    return new Promise((resolve, reject) => {
      const id = `${this.#mine}.${this.#next++}`;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Unanswered("offline", "no tab answers"));
      }, answerWithin);
      const settle = (f: (v: never) => void) => (v: unknown) => {
        clearTimeout(timer);
        f(v as never);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#say({ ask: id, method, args });
    });
  }

  close(): void {
    this.#end.abort();
    this.#channel.close();
  }

  #say(said: Said): void {
    try {
      this.#channel.postMessage(said);
    } catch {
      // The channel is closed: the tab is going.
    }
  }

  async #hear(said: Said): Promise<void> {
    if ("change" in said) return this.changed(said.change);
    if ("answer" in said) {
      const waiting = this.#waiting.get(said.answer);
      this.#waiting.delete(said.answer);
      if (said.error !== undefined) waiting?.reject(new Unanswered(said.error.code, said.error.message));
      else waiting?.resolve(said.value);
      return;
    }
    if (this.#serve === null) return;
    try {
      this.#say({ answer: said.ask, value: await this.#serve(said.method, said.args) });
    } catch (error) {
      const code = (error as { code?: string }).code ?? "offline";
      this.#say({ answer: said.ask, error: { code, message: (error as Error).message } });
    }
  }
}
