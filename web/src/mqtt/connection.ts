// One connection to the broker, from CONNECT to its end. It is not reused: who wants another makes another,
// and says again what was not acknowledged (the outbox does, with a msgid).

import * as packet from "./packet.ts";
import type { Properties, Publish } from "./packet.ts";

export interface Credentials {
  clientId: string;
  user: string;
  password: string;
}

export interface Handlers {
  // A publish has come. It is acknowledged when this returns.
  message(publish: Publish): void;
  // The connection is over, once, whoever ended it.
  closed(why: Closed): void;
}

// Why there is no connection: the broker said no (with MQTT's reason code), or there is no way to it.
export class Closed extends Error {
  constructor(readonly reason: number, message: string) {
    super(message);
  }
  // The name or the password isn't right, or no longer.
  get refused(): boolean {
    return this.reason === 0x86 || this.reason === 0x87;
  }
}

export interface Acknowledged {
  reason: number;
  message: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(why: Error): void;
}

const keepAlive = 45;
const answerWithin = 12_000;
// So much may wait in the socket before further publishes wait outside of it.
const socketHolds = 256 * 1024;

export class Connection {
  #socket: WebSocket;
  #stream = new packet.Stream();
  #waiting = new Map<number, Waiting>();
  #queue: (() => void)[] = [];
  #inFlight = 0;
  #mayFly = 65535;
  #largest = 268435455;
  #nextId = 1;
  #heard = Date.now();
  #said = Date.now();
  // When the other end was asked for a sign of life, and hasn't given one since.
  #asked: number | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #over = false;
  #open: Waiting | null = null;

  // Connect. Resolves when the broker has accepted; rejects with a Closed, of which ${handlers} are not told.
  static open(url: string, who: Credentials, handlers: Handlers): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection(url, who, handlers, {
        resolve: () => resolve(connection),
        reject,
      });
    });
  }

  private constructor(url: string, who: Credentials, readonly handlers: Handlers, open: Waiting) {
    this.#open = open;
    this.#socket = new WebSocket(url, "mqtt");
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#send(packet.connect({ ...who, keepAlive, receiveMaximum: 500 }));
    this.#socket.onmessage = (event) => this.#data(new Uint8Array(event.data as ArrayBuffer));
    this.#socket.onclose = () => this.#end(new Closed(0, "the connection was lost"));
    this.#timer = setInterval(() => this.#watch(), 1000);
  }

  // Publish at QoS 1. Resolves with what the broker's acknowledgement says; rejects if there is none.
  publish(topic: string, payload: Uint8Array, properties: Properties = {}): Promise<Acknowledged> {
    return new Promise((resolve, reject) => {
      const go = () => {
        if (this.#over) return reject(new Closed(0, "the connection was lost"));
        const packetId = this.#id();
        const bytes = packet.publish({ topic, payload, qos: 1, packetId, again: false, properties });
        if (bytes.length > this.#largest) {
          resolve({ reason: 0x95, message: "" });
          return;
        }
        this.#inFlight++;
        this.#waiting.set(packetId, { resolve: resolve as (value: unknown) => void, reject });
        this.#send(bytes);
      };
      if (this.#over || this.#roomy()) go();
      else this.#queue.push(go);
    });
  }

  // Publish at QoS 0: for what is worth nothing a moment later.
  mention(topic: string, payload: Uint8Array): void {
    if (!this.#over) this.#send(packet.publish({ topic, payload, qos: 0, packetId: 0, again: false, properties: {} }));
  }

  // Subscribe at QoS 1. Resolves with a reason code for each filter.
  subscribe(filters: string[]): Promise<number[]> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new Closed(0, "the connection was lost"));
      const packetId = this.#id();
      this.#waiting.set(packetId, { resolve: resolve as (value: unknown) => void, reject });
      this.#send(packet.subscribe(packetId, filters));
    });
  }

  close(): void {
    if (this.#over) return;
    if (this.#socket.readyState === WebSocket.OPEN) this.#send(packet.disconnect);
    this.#end(new Closed(0, "closed"));
  }

  // Ask now whether the other end is still there: after a sleep, or when the network has changed.
  probe(): void {
    if (this.#over || this.#open !== null) return;
    this.#send(packet.pingreq);
    this.#asked ??= Date.now();
  }

  #roomy(): boolean {
    return this.#inFlight < this.#mayFly && this.#socket.bufferedAmount < socketHolds;
  }

  #id(): number {
    do this.#nextId = (this.#nextId % 65535) + 1;
    while (this.#waiting.has(this.#nextId));
    return this.#nextId;
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#said = Date.now();
    this.#socket.send(bytes);
  }

  #data(bytes: Uint8Array): void {
    this.#heard = Date.now();
    this.#asked = null;
    try {
      for (const found of this.#stream.push(bytes)) this.#packet(found);
    } catch (error) {
      if (!(error instanceof packet.Malformed)) throw error;
      this.#end(new Closed(0x81, error.message));
    }
  }

  #packet(found: packet.Incoming): void {
    if (this.#over) return;
    switch (found.type) {
      case "connack":
        return this.#connack(found.reason, found.properties);
      case "publish":
        this.handlers.message(found);
        if (found.qos === 1) this.#send(packet.puback(found.packetId));
        return;
      case "puback":
        this.#inFlight--;
        this.#answer(found.packetId, { reason: found.reason, message: found.properties.reason ?? "" });
        return this.#pump();
      case "suback":
        return this.#answer(found.packetId, found.reasons);
      case "disconnect":
        return this.#end(new Closed(found.reason, "the broker has ended the connection"));
      case "pingresp":
        return;
    }
  }

  #connack(reason: number, properties: Properties): void {
    if (this.#open === null) throw new packet.Malformed("a second CONNACK");
    if (reason !== 0) return this.#end(new Closed(reason, "the broker has refused the connection"));
    this.#mayFly = properties.receiveMaximum ?? this.#mayFly;
    this.#largest = properties.maximumPacketSize ?? this.#largest;
    const open = this.#open;
    this.#open = null;
    open.resolve(undefined);
  }

  #answer(packetId: number, value: unknown): void {
    const waiting = this.#waiting.get(packetId);
    this.#waiting.delete(packetId);
    waiting?.resolve(value);
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#roomy()) this.#queue.shift()?.();
  }

  // Each second, or as seldom as a browser lets a hidden page: is it time to ask, or has nobody answered?
  #watch(): void {
    const now = Date.now();
    this.#pump();
    const since = this.#open !== null ? this.#heard : this.#asked;
    if (since !== null && now - since > answerWithin) this.#end(new Closed(0, "nobody answers"));
    else if (since === null && now - Math.min(this.#heard, this.#said) > keepAlive * 1000) this.probe();
  }

  #end(why: Closed): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#socket.onclose = this.#socket.onmessage = this.#socket.onopen = null;
    this.#socket.close();
    for (const waiting of this.#waiting.values()) waiting.reject(why);
    this.#waiting.clear();
    // What waits outside finds the connection over, and is rejected.
    for (const go of this.#queue.splice(0)) go();
    if (this.#open !== null) this.#open.reject(why);
    else this.handlers.closed(why);
    this.#open = null;
  }
}
