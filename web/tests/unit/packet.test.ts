import assert from "node:assert/strict";
import { test } from "node:test";
import * as packet from "../../src/mqtt/packet.ts";

const utf8 = new TextEncoder();

// What a broker would send: packets of the client's own making, since a PUBLISH is the same in both directions.
function published(payload: Uint8Array, user: [string, string][] = []): Uint8Array<ArrayBuffer> {
  const properties = { user, contentType: "image/png", correlation: Uint8Array.of(1, 2) };
  return packet.publish({ topic: "bc/user/bob/inbox/alice/1", payload, qos: 1, packetId: 7, again: false, properties });
}

test("a publish is read as it was written", () => {
  const [found] = new packet.Stream().push(published(utf8.encode("Grüße"), [["kind", "text"], ["kind", "again"]]));
  assert.equal(found?.type, "publish");
  assert.equal(found.topic, "bc/user/bob/inbox/alice/1");
  assert.equal(new TextDecoder().decode(found.payload), "Grüße");
  assert.deepEqual(found.properties.user, [["kind", "text"], ["kind", "again"]]);
  assert.deepEqual(found.properties.correlation, Uint8Array.of(1, 2));
});

test("packets may come in pieces of any size, and many in one", () => {
  const three = [10, 200, 20_000].map((n) => published(new Uint8Array(n).fill(97)));
  const all = Uint8Array.from(three.flatMap((p) => [...p]));
  for (const size of [1, 2, 3, 7, 1000, all.length]) {
    const stream = new packet.Stream();
    const found: packet.Incoming[] = [];
    for (let at = 0; at < all.length; at += size) found.push(...stream.push(all.slice(at, at + size)));
    assert.deepEqual(found.map((p) => (p as packet.Publish).payload.length), [10, 200, 20_000], `pieces of ${size}`);
  }
});

test("what is not MQTT is malformed, and nothing else ever happens", () => {
  const valid = [published(utf8.encode("text")), Uint8Array.of(0x20, 3, 0, 0, 0), Uint8Array.of(0x90, 4, 0, 1, 0, 1), Uint8Array.of(0xe0, 0)];
  let seed = 1;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
  let malformed = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = Uint8Array.from(valid[random(valid.length)] as Uint8Array);
    for (let change = 0; change <= random(3); change++) bytes[random(bytes.length)] = random(256);
    try {
      new packet.Stream().push(bytes);
    } catch (error) {
      assert.ok(error instanceof packet.Malformed, String(error));
      malformed++;
    }
  }
  assert.ok(malformed > 1000);
});

test("a packet that says it is longer than any may be is malformed at once", () => {
  assert.throws(() => new packet.Stream().push(Uint8Array.of(0x30, 255, 255, 255, 255, 1)), packet.Malformed);
});
