import assert from "node:assert/strict";
import { test } from "node:test";
import { measure } from "../../src/model/media.ts";
import { keyOf } from "../../src/model/own.ts";
import { withReaction } from "../../src/model/absorb.ts";
import type { Message } from "../../src/model/types.ts";
import { eventOfJson, hear, itemOfJson, lineOf } from "../../src/model/wire.ts";
import { wordsOf } from "../../src/store/words.ts";
import { piecesOf } from "../../src/ui/pieces.ts";
import { merge } from "../../src/ui/chunks.ts";

test("web addresses are links, as long as they are http or https, and end where the sentence does", () => {
  const rows: [text: string, hrefs: string[]][] = [
    ["see https://a.example/x.", ["https://a.example/x"]],
    ["(https://a.example/x)", ["https://a.example/x"]],
    ["https://a.example/x_(y)", ["https://a.example/x_(y)"]],
    ["HTTP://A.EXAMPLE/x and http://b.example", ["http://a.example/x", "http://b.example/"]],
    ["javascript:alert(1) data:text/html,x vbscript:x file:///etc", []],
    ["https:// https://", []],
    ["xhttps://a.example", []],
    ['https://a.example/"onmouseover="x', ["https://a.example/"]],
    ["https://a.example/<script>", ["https://a.example/"]],
  ];
  for (const [text, hrefs] of rows) {
    const pieces = piecesOf(text);
    assert.deepEqual(pieces.flatMap((p) => p.href ?? []), hrefs, text);
    assert.equal(pieces.map((p) => p.text).join(""), text);
  }
});

test("the host that is shown is the one that is gone to", () => {
  assert.equal(piecesOf("https://bank.example@evil.example/")[0]?.host, "evil.example");
  assert.equal(piecesOf("https://аpple.example/")[0]?.host, "xn--pple-43d.example");
});

test("a picture is what its bytes say, and they also say its size", () => {
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 1, 0, 0, 0, 0, 80]);
  assert.deepEqual(measure(png), { type: "image/png", wide: 256, high: 80 });
  assert.deepEqual(measure(new TextEncoder().encode("GIF89a\x10\x00\x20\x00")), { type: "image/gif", wide: 16, high: 32 });
  assert.equal(measure(new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")), null);
  let seed = 5;
  for (let i = 0; i < 20_000; i++) {
    const bytes = Uint8Array.from(png).map((b) => ((seed = (seed * 1103515245 + 12345) & 0x7fffffff) % 9 === 0 ? seed & 255 : b));
    measure(bytes.subarray(0, seed % (bytes.length + 1)));
  }
});

test("words are found whatever their case and accents", () => {
  assert.deepEqual(wordsOf("Café, CAFE und Straße 42"), ["cafe", "und", "straße", "42"]);
  assert.ok(wordsOf(`a${"\u0301".repeat(60_000)}`).length <= 1);
});

test("a message in JSON is the app's, without what isn't there", () => {
  const json = { id: "1", from: "alice", to: "bob", time: 5, kind: "text", state: "inbox", payload: "hi" };
  assert.deepEqual(itemOfJson(json, "bob")?.message, { id: "1", chat: "user/alice", from: "alice", time: 5, kind: "text", place: "inbox", text: "hi" });
  assert.equal(itemOfJson({ ...json, from: "bob", to: "alice", state: "sent" }, "bob")?.message?.chat, "user/alice");
  assert.equal(itemOfJson({ ...json, kind: "erased", erased: true, payload: undefined }, "bob")?.message?.kind, "erased");
  assert.equal(itemOfJson({ ...json, erased: true }, "bob")?.message?.kind, json.kind); // evidence, which moderators are shown
  assert.equal(itemOfJson({ id: 1 }, "bob"), null);
});

test("topics that this version doesn't know are nothing", () => {
  for (const topic of ["bc/user/bob/later/alice/1", "bc/user/bob", "x/y", "bc/group/g/messages/alice", "bc", ""]) {
    const what = hear({ type: "publish", topic, payload: new Uint8Array(), qos: 0, packetId: 0, properties: {} }, "bob").what;
    assert.equal(what, "nothing", topic);
  }
});

test("a group's events are lines of its conversation, others are not", () => {
  assert.equal(lineOf(eventOfJson("joined", { id: "1", time: 2, user: "bob", group: "g" }))?.chat, "group/g");
  assert.equal(lineOf(eventOfJson("blocked", { id: "1", time: 2, user: "bob", group: "g" })), null);
});

test("a reaction is one for each person", () => {
  const one = withReaction([], "bob", "👍");
  const two = withReaction(one, "bob", "🎉");
  assert.deepEqual(two, [{ emoji: "🎉", by: ["bob"], count: 1 }]);
  assert.deepEqual(withReaction(withReaction(two, "carol", "🎉"), "bob", undefined), [{ emoji: "🎉", by: ["carol"], count: 1 }]);
});

test("messages find their place by id, whatever the order they come in", () => {
  const of = (n: number) => ({ id: String(n).padStart(16, "0"), text: `${n}` }) as Message;
  const ids = (chunks: Message[][]) => chunks.flat().map((m) => Number(m.id));
  let chunks: Message[][] = [];
  for (const n of [5, 6, 9, 7, 8]) chunks = merge(chunks, [of(n)]);
  assert.deepEqual(ids(chunks), [5, 6, 7, 8, 9]);
  for (let n = 10; n < 300; n++) chunks = merge(chunks, [of(n)]);
  chunks = merge(chunks, [of(400)]);
  assert.deepEqual(ids(chunks), [...Array.from({ length: 295 }, (_, i) => i + 5), 400]);
  assert.ok(chunks.length > 1);
  const before = chunks[0];
  chunks = merge(chunks, [of(401), of(400)]);
  assert.equal(chunks[0], before, "chunks that nothing came into stay the same");
});

test("what a key on the server can't have is told by its bytes", () => {
  const rows = [
    ["mute/user/bob", "mute/user/bob"],
    ["mute/user/Zoë B", "mute/user/Zo%C3%AB%20B"],
    ["pin/group/50%", "pin/group/50%"],
    ["draft/user/\u007f", "draft/user/%7F"],
  ];
  for (const [what, key] of rows) assert.equal(keyOf(what as string), key);
});
