// The outbox while connections come and go at any moment: what is written is sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../src/model/outbox.ts";
import type { OutMessage } from "../../src/model/types.ts";
import { Closed, type Acknowledged, type Connection } from "../../src/mqtt/connection.ts";
import type { Database } from "../../src/store/db.ts";

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

// A database of the outbox alone, that answers when it is told to.
class Rows {
  rows = new Map<string, OutMessage>();
  #waiting: (() => void)[] = [];

  async getAllFromIndex(): Promise<OutMessage[]> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return [...this.rows.values()];
  }
  transaction() {
    const store = {
      get: async (msgid: string) => this.rows.get(msgid),
      put: async (entry: OutMessage) => void this.rows.set(entry.msgid, entry),
    };
    return { store, done: Promise.resolve() };
  }
  async answer(): Promise<void> {
    for (const resolve of this.#waiting.splice(0)) resolve();
    await turn();
  }
}

class Line {
  published: string[] = [];
  over = false;

  async publish(topic: string): Promise<Acknowledged> {
    if (this.over) throw new Closed(0, "the connection was lost");
    this.published.push(topic);
    return { reason: 0, message: "" };
  }
  get connection(): Connection {
    return this as unknown as Connection;
  }
}

function world() {
  const rows = new Rows();
  rows.rows.set("m1", { msgid: "m1", chat: "user/bob", time: 1, tries: 0, text: "hello" } as OutMessage);
  return { rows, outbox: new Outbox(rows as unknown as Database, () => {}) };
}

test("a connection that ends while the database is read keeps nothing from the next one", async () => {
  const { rows, outbox } = world();
  const first = new Line();
  const second = new Line();
  outbox.connected(first.connection);
  outbox.disconnected();
  await rows.answer();
  outbox.connected(second.connection);
  await rows.answer();
  assert.deepEqual(first.published, []);
  assert.deepEqual(second.published, ["bc/user/bob"]);
});

test("what was under way when the connection ended goes over the next one, once", async () => {
  const { rows, outbox } = world();
  const first = new Line();
  const second = new Line();
  outbox.connected(first.connection);
  await rows.answer();
  first.over = true;
  outbox.disconnected();
  await turn();
  outbox.connected(second.connection);
  outbox.poke();
  await rows.answer();
  assert.deepEqual(first.published, ["bc/user/bob"]);
  assert.deepEqual(second.published, ["bc/user/bob"]);
  outbox.disconnected(); // its timers end with it
});
