// MQTT 5 packets as bytes: what a client sends and what it is sent, no more. Decoding is total: whatever
// the bytes are, the result is a packet or a Malformed.

export class Malformed extends Error {}

export type UserProperty = [name: string, value: string];

// The properties that this client sends or looks at. Others are skipped by their type.
export interface Properties {
  contentType?: string;
  responseTopic?: string;
  correlation?: Uint8Array;
  user?: UserProperty[];
  reason?: string;
  receiveMaximum?: number;
  maximumPacketSize?: number;
  serverKeepAlive?: number;
  sessionExpiry?: number;
}

export interface Publish {
  type: "publish";
  topic: string;
  payload: Uint8Array;
  qos: number;
  packetId: number;
  properties: Properties;
}

export type Incoming =
  | { type: "connack"; reason: number; properties: Properties }
  | Publish
  | { type: "puback"; packetId: number; reason: number; properties: Properties }
  | { type: "suback"; packetId: number; reasons: number[] }
  | { type: "pingresp" }
  | { type: "disconnect"; reason: number };

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { ignoreBOM: true });

// How each property is written (section 2.2.2 of the standard).
type Shape = "byte" | "two" | "four" | "vary" | "text" | "bytes" | "pair";
const shapes: Record<number, Shape> = {
  1: "byte", 2: "four", 3: "text", 8: "text", 9: "bytes", 11: "vary", 17: "four", 18: "text", 19: "two",
  21: "text", 22: "bytes", 23: "byte", 24: "four", 25: "byte", 26: "text", 28: "text", 31: "text", 33: "two",
  34: "two", 35: "two", 36: "byte", 37: "byte", 38: "pair", 39: "four", 40: "byte", 41: "byte", 42: "byte",
};

const names: Record<number, keyof Properties> = {
  3: "contentType", 8: "responseTopic", 9: "correlation", 17: "sessionExpiry", 19: "serverKeepAlive",
  31: "reason", 33: "receiveMaximum", 39: "maximumPacketSize",
};

class Writer {
  #parts: Uint8Array[] = [];
  length = 0;

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.length += bytes.length;
    return this;
  }
  byte(n: number): this {
    return this.raw(Uint8Array.of(n));
  }
  two(n: number): this {
    return this.raw(Uint8Array.of(n >> 8, n & 255));
  }
  four(n: number): this {
    return this.raw(Uint8Array.of(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255));
  }
  vary(n: number): this {
    const bytes: number[] = [];
    do {
      bytes.push((n & 127) | (n > 127 ? 128 : 0));
      n >>>= 7;
    } while (n > 0);
    return this.raw(Uint8Array.from(bytes));
  }
  bytes(bytes: Uint8Array): this {
    return this.two(bytes.length).raw(bytes);
  }
  text(s: string): this {
    return this.bytes(utf8.encode(s));
  }
  append(other: Writer): this {
    for (const part of other.#parts) this.raw(part);
    return this;
  }
  join(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function propertiesOf(properties: Properties): Writer {
  const inner = new Writer();
  if (properties.contentType !== undefined) inner.byte(3).text(properties.contentType);
  if (properties.responseTopic !== undefined) inner.byte(8).text(properties.responseTopic);
  if (properties.correlation !== undefined) inner.byte(9).bytes(properties.correlation);
  if (properties.sessionExpiry !== undefined) inner.byte(17).four(properties.sessionExpiry);
  if (properties.receiveMaximum !== undefined) inner.byte(33).two(properties.receiveMaximum);
  for (const [name, value] of properties.user ?? []) inner.byte(38).text(name).text(value);
  return new Writer().vary(inner.length).append(inner);
}

function packet(first: number, body: Writer): Uint8Array<ArrayBuffer> {
  return new Writer().byte(first).vary(body.length).append(body).join();
}

export function connect(who: {
  clientId: string;
  user: string;
  password: string;
  keepAlive: number;
  receiveMaximum: number;
}): Uint8Array<ArrayBuffer> {
  const body = new Writer().text("MQTT").byte(5).byte(0b1100_0010).two(who.keepAlive);
  body.append(propertiesOf({ receiveMaximum: who.receiveMaximum }));
  body.text(who.clientId).text(who.user).text(who.password);
  return packet(0x10, body);
}

export function publish(p: {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1;
  packetId: number;
  again: boolean;
  properties: Properties;
}): Uint8Array<ArrayBuffer> {
  const body = new Writer().text(p.topic);
  if (p.qos > 0) body.two(p.packetId);
  body.append(propertiesOf(p.properties)).raw(p.payload);
  return packet(0x30 | (p.again ? 8 : 0) | (p.qos << 1), body);
}

export function puback(packetId: number): Uint8Array<ArrayBuffer> {
  return packet(0x40, new Writer().two(packetId));
}

export function subscribe(packetId: number, filters: string[]): Uint8Array<ArrayBuffer> {
  const body = new Writer().two(packetId).append(propertiesOf({}));
  for (const filter of filters) body.text(filter).byte(1);
  return packet(0x82, body);
}

export const pingreq = Uint8Array.of(0xc0, 0);
export const disconnect = Uint8Array.of(0xe0, 0);

class Reader {
  at = 0;
  constructor(readonly data: Uint8Array) {}

  get left(): number {
    return this.data.length - this.at;
  }
  take(n: number): Uint8Array {
    if (n > this.left) throw new Malformed("a packet ends too early");
    this.at += n;
    return this.data.subarray(this.at - n, this.at);
  }
  byte(): number {
    return this.take(1)[0] as number;
  }
  two(): number {
    return (this.byte() << 8) | this.byte();
  }
  four(): number {
    return this.two() * 65536 + this.two();
  }
  vary(): number {
    let n = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const b = this.byte();
      n |= (b & 127) << shift;
      if (b < 128) return n;
    }
    throw new Malformed("a variable byte integer is too long");
  }
  bytes(): Uint8Array {
    return this.take(this.two());
  }
  text(): string {
    return text.decode(this.bytes());
  }
  value(shape: Shape): number | string | Uint8Array | UserProperty {
    switch (shape) {
      case "byte": return this.byte();
      case "two": return this.two();
      case "four": return this.four();
      case "vary": return this.vary();
      case "text": return this.text();
      case "bytes": return this.bytes().slice();
      case "pair": return [this.text(), this.text()];
    }
  }
  properties(): Properties {
    const found: Properties = {};
    if (this.left === 0) return found;
    const inner = new Reader(this.take(this.vary()));
    while (inner.left > 0) {
      const id = inner.vary();
      const shape = shapes[id];
      if (shape === undefined) throw new Malformed(`property ${id} is not of MQTT 5`);
      const value = inner.value(shape);
      const name = names[id];
      if (id === 38) (found.user ??= []).push(value as UserProperty);
      else if (name !== undefined) Object.assign(found, { [name]: value });
    }
    return found;
  }
}

function readPublish(first: number, r: Reader): Publish {
  const qos = (first >> 1) & 3;
  if (qos > 1) throw new Malformed("a publish has a QoS that was not asked for");
  const topic = r.text();
  const packetId = qos > 0 ? r.two() : 0;
  const properties = r.properties();
  return { type: "publish", topic, qos, packetId, properties, payload: r.take(r.left).slice() };
}

function read(first: number, body: Uint8Array): Incoming | null {
  const r = new Reader(body);
  switch (first >> 4) {
    case 2:
      r.byte();
      return { type: "connack", reason: r.byte(), properties: r.properties() };
    case 3:
      return readPublish(first, r);
    case 4:
      return { type: "puback", packetId: r.two(), reason: r.left ? r.byte() : 0, properties: r.properties() };
    case 9: {
      const packetId = r.two();
      r.properties();
      return { type: "suback", packetId, reasons: [...r.take(r.left)] };
    }
    case 13:
      return { type: "pingresp" };
    case 14:
      return { type: "disconnect", reason: r.left ? r.byte() : 0 };
    default:
      throw new Malformed(`a packet of type ${first >> 4} was not asked for`);
  }
}

// Bytes as they come, packets as they are complete.
export class Stream {
  #kept = new Uint8Array(0);

  // What is complete with ${bytes}. Throws Malformed; the stream is of no use after that.
  push(bytes: Uint8Array): Incoming[] {
    if (this.#kept.length > 0) {
      const both = new Uint8Array(this.#kept.length + bytes.length);
      both.set(this.#kept);
      both.set(bytes, this.#kept.length);
      bytes = both;
    }
    const packets: Incoming[] = [];
    let at = 0;
    for (;;) {
      const length = this.#length(bytes, at);
      if (length === null || at + length.header + length.body > bytes.length) break;
      const start = at + length.header;
      const found = read(bytes[at] as number, bytes.subarray(start, start + length.body));
      if (found !== null) packets.push(found);
      at = start + length.body;
    }
    this.#kept = bytes.slice(at);
    return packets;
  }

  #length(bytes: Uint8Array, at: number): { header: number; body: number } | null {
    let body = 0;
    for (let i = 1; i <= 4; i++) {
      const b = bytes[at + i];
      if (b === undefined) return null;
      body |= (b & 127) << (7 * (i - 1));
      if (b < 128) return { header: i + 1, body };
    }
    throw new Malformed("a packet says that it is longer than a packet may be");
  }
}
