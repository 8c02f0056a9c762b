// The messages of one conversation that a screen has loaded: in chunks, so that a new message makes one of them new,
// however many there are.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ChatKey, Message } from "../model/types.ts";
import { cut, merge } from "./chunks.ts";
import { useApp } from "./parts.tsx";

const pageSize = 50;
const reachSize = 500;

export type Older = "idle" | "loading" | "offline" | "end";

export interface Loaded {
  chunks: Message[][];
  older: Older;
  loadOlder(): Promise<void>;
  // Load all down to a message that this device has. False: it isn't here, or there is a gap that can't be filled now.
  reach(id: string): Promise<boolean>;
  ready: boolean;
}

export function useMessages(chat: ChatKey): Loaded {
  const app = useApp();
  const [chunks, setChunks] = useState<Message[][]>([]);
  const [older, setOlder] = useState<Older>("loading");
  const [ready, setReady] = useState(false);
  const now = useRef<Message[][]>([]);
  const busy = useRef(false);
  const again = useRef(false);
  const retry = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const show = useCallback((next: Message[][]) => {
    now.current = next;
    setChunks(next);
  }, []);

  // The page before what is loaded: from this device, else from the server.
  const loadOlder = useCallback(async () => {
    if (busy.current) {
      again.current = true;
      return;
    }
    busy.current = true;
    setOlder("loading");
    const first = () => now.current[0]?.[0]?.id ?? null;
    const complete = async () => (await app.db.get("chats", chat))?.complete === true;
    const page = async () => {
      const before = first();
      const found = await app.page(chat, before, pageSize);
      if (found.length > 0 && before === first()) show([found, ...now.current]);
      return found.length;
    };
    try {
      let count = await page();
      if ((count === 0 || (now.current.length === 1 && count < 20)) && !(await complete())) {
        await app.older(chat);
        count += await page();
      }
      setOlder(count === 0 && (await complete()) ? "end" : "idle");
    } catch {
      setOlder("offline");
      // With a connection it was only late, or too fast.
      if (app.link.get() === "online") retry.current = setTimeout(() => void loadOlder(), 3000);
    } finally {
      busy.current = false;
      setReady(true);
      if (again.current && now.current.length === 0) void loadOlder();
      again.current = false;
    }
  }, [app, chat, show]);

  const reach = useCallback(
    async (id: string) => {
      if ((await app.messages([id]))[0]?.chat !== chat) return false;
      for (;;) {
        const first = now.current[0]?.[0]?.id ?? null;
        if (first !== null && first <= id) return true;
        let found = await app.page(chat, first, reachSize);
        if (found.length === 0) {
          const asked = await app.older(chat).then(() => true, () => false);
          found = asked ? await app.page(chat, first, reachSize) : [];
        }
        if (found.length === 0) return false;
        if (first === (now.current[0]?.[0]?.id ?? null)) show([...cut(found), ...now.current]);
      }
    },
    [app, chat, show],
  );

  useEffect(() => {
    void loadOlder();
    const unwatch = app.watch(async (change) => {
      const ids = change.messages?.[chat];
      const first = now.current[0]?.[0]?.id;
      // The first messages are loaded as a page, so that there is no gap between them.
      if (first === undefined && (ids !== undefined || change.link === "online")) return void loadOlder();
      if (ids === undefined || first === undefined) return;
      const found = (await app.messages(ids.filter((id) => id >= first))).filter((m) => m !== undefined);
      if (found.length > 0) show(merge(now.current, found.sort((x, y) => (x.id < y.id ? -1 : 1))));
    });
    return () => {
      unwatch();
      clearTimeout(retry.current);
    };
  }, [app, chat, loadOlder, show]);

  return { chunks, older, loadOlder, reach, ready };
}
