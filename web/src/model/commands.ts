// Commands and their answers, over one connection.

import { Closed, type Connection } from "../mqtt/connection.ts";
import type { Publish } from "../mqtt/packet.ts";
import { parse, prefix } from "./wire.ts";

export type Answer = Record<string, unknown> & { ok: true };

// The server has said no. ${code} is one of the protocol's; clients may meet codes that they don't know.
export class Refused extends Error {
  constructor(readonly code: string, message: string, readonly retryAfter?: number) {
    super(message);
  }
  // A server of an older version doesn't know the command.
  get unknown(): boolean {
    return this.code === "bad-request";
  }
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(why: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

const answerWithin = 20_000;
const utf8 = new TextEncoder();

export class Commands {
  #waiting = new Map<string, Waiting>();
  #next = 1;

  constructor(readonly connection: Connection) {}

  // Ask. Rejects with Refused, or with Closed if no answer can come any more.
  ask(name: string, args: Record<string, unknown> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = String(this.#next++);
      const timer = setTimeout(() => this.#settle(id)?.reject(new Closed(0, "no answer came")), answerWithin);
      this.#waiting.set(id, { resolve, reject, timer });
      const properties = { responseTopic: `${prefix}/reply/${name}`, correlation: utf8.encode(id) };
      this.connection
        .publish(`${prefix}/do/${name}`, utf8.encode(JSON.stringify(args)), properties)
        .then(({ reason }) => {
          if (reason >= 0x80) this.#settle(id)?.reject(new Refused(reason === 0x95 ? "too-large" : "not-possible", ""));
        })
        .catch((error: unknown) => this.#settle(id)?.reject(error as Error));
    });
  }

  // All pages of a list whose items are under ${field}.
  async all(name: string, args: Record<string, unknown>, field: string, cursor: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let from: Record<string, unknown> = {};
    for (let page = 0; page < 100; page++) {
      const answer = await this.ask(name, { limit: 200, ...args, ...from });
      items.push(...((answer[field] ?? []) as Record<string, unknown>[]));
      if (answer["more"] !== true || answer[cursor] === undefined) break;
      from = { [cursor]: answer[cursor] };
    }
    return items;
  }

  reply(publish: Publish): void {
    const correlation = publish.properties.correlation;
    if (correlation === undefined) return;
    const waiting = this.#settle(new TextDecoder().decode(correlation));
    const answer = parse(publish.payload);
    if (answer["ok"] === true) return waiting?.resolve(answer as Answer);
    const after = answer["retry-after"];
    waiting?.reject(
      new Refused(String(answer["error"]), String(answer["message"] ?? ""), typeof after === "number" ? after : undefined),
    );
  }

  end(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new Closed(0, "the connection was lost"));
  }

  #settle(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}
