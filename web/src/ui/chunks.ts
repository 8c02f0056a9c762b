// Messages in chunks, in the order of their ids.

import type { Message } from "../model/types.ts";

const chunkSize = 80;

// ${messages} as chunks.
export function cut(messages: Message[]): Message[][] {
  const chunks: Message[][] = [];
  for (let at = 0; at < messages.length; at += chunkSize) chunks.push(messages.slice(at, at + chunkSize));
  return chunks;
}

// ${chunks} with ${changed} in it, each in its place by id.
export function merge(chunks: Message[][], changed: Message[]): Message[][] {
  const next = [...chunks];
  for (const message of changed) {
    const at = next.findLastIndex((chunk) => (chunk[0] as Message).id <= message.id);
    const chunk = next[at];
    if (chunk === undefined) {
      if (next.length === 0) next.push([message]);
      continue;
    }
    const place = chunk.findIndex((m) => m.id >= message.id);
    if (place >= 0 && (chunk[place] as Message).id === message.id) next[at] = [...chunk.slice(0, place), message, ...chunk.slice(place + 1)];
    else if (place >= 0) next[at] = [...chunk.slice(0, place), message, ...chunk.slice(place)];
    else if (chunk.length < chunkSize || at < next.length - 1) next[at] = [...chunk, message];
    else next.push([message]);
  }
  return next;
}
