// What has changed on the device, as tabs tell it to each other. The rows themselves are in the store.

import type { ChatKey, Link } from "./types.ts";

export interface Change {
  // Ids of messages by conversation.
  messages?: Record<string, string[]>;
  chats?: ChatKey[];
  // Names of rows in "kept".
  kept?: string[];
  profiles?: string[];
  outbox?: boolean;
  link?: Link;
  typing?: { chat: ChatKey; from: string };
  // Everything: read it all again.
  all?: boolean;
}

export class Changes {
  messages = new Map<string, Set<string>>();
  chats = new Set<ChatKey>();
  kept = new Set<string>();
  profiles = new Set<string>();
  outbox = false;

  message(chat: ChatKey, id: string): void {
    const ids = this.messages.get(chat) ?? new Set();
    this.messages.set(chat, ids.add(id));
    this.chats.add(chat);
  }
  get any(): boolean {
    return this.messages.size + this.chats.size + this.kept.size + this.profiles.size > 0 || this.outbox;
  }
  told(): Change {
    const change: Change = {};
    if (this.messages.size > 0) {
      change.messages = Object.fromEntries([...this.messages].map(([chat, ids]) => [chat, [...ids]]));
    }
    if (this.chats.size > 0) change.chats = [...this.chats];
    if (this.kept.size > 0) change.kept = [...this.kept];
    if (this.profiles.size > 0) change.profiles = [...this.profiles];
    if (this.outbox) change.outbox = true;
    return change;
  }
}
