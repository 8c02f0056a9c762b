// A conversation.

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { isGroup, nameOf, type Chat, type ChatKey, type Message } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Head, Standing } from "./chat-head.tsx";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { Chunk, Waiting } from "./lines.tsx";
import { useMessages } from "./messages.ts";
import { Options } from "./options.tsx";
import { useApp, useWide } from "./parts.tsx";
import { ReportDialog } from "./report.tsx";
import { back, reached } from "./route.ts";
import { useSwipe } from "./swipe.ts";

// Of a marker only so much as concerns a chunk, so that chunks above it stay as they are.
function within(marker: string | undefined, chunk: Message[]): string {
  const first = (chunk[0] as Message).id;
  const last = (chunk.at(-1) as Message).id;
  if (marker === undefined || marker < first) return "";
  return marker > last ? last : marker;
}

function useSeen(chat: ChatKey, newest: string | undefined, atEnd: () => boolean): () => void {
  const app = useApp();
  const look = useCallback(() => {
    if (newest !== undefined && document.visibilityState === "visible" && atEnd()) void app.read(chat, newest);
  }, [app, chat, newest]);
  useEffect(() => {
    look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [look]);
  return look;
}

// Nothing may be written where nobody would get it.
function useMuteReason(chat: ChatKey): boolean {
  const app = useApp();
  const row = useValue(app.chats).get(chat);
  const blocked = useValue(app.blocked).includes(nameOf(chat));
  return isGroup(chat) ? row?.gone === true : blocked;
}

const nearEnd = 60;

// Go to the message that was looked for, once it is there, and mark it.
function useWanted(chat: ChatKey, wanted: string | undefined, ready: boolean, reach: (id: string) => Promise<boolean>): void {
  const [found, setFound] = useState<{ id: string } | null>(null);
  useEffect(() => {
    if (wanted === undefined || !ready) return;
    void reach(wanted).then((there) => {
      if (there) setFound({ id: wanted });
      reached(chat);
    });
  }, [chat, wanted, ready, reach]);
  useLayoutEffect(() => {
    const line = found === null ? null : document.getElementById(`m-${found.id}`);
    if (line === null) return;
    line.scrollIntoView({ block: "center" });
    // What was guessed of the heights above and below is known once they were drawn.
    const frame = requestAnimationFrame(() => line.scrollIntoView({ block: "center" }));
    line.classList.add("wanted");
    const timer = setTimeout(() => line.classList.remove("wanted"), 2500);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      line.classList.remove("wanted");
    };
  }, [found]);
}

export function ChatScreen({ chat, wanted }: { chat: ChatKey; wanted: string | undefined }) {
  const app = useApp();
  const wide = useWide();
  const row = useValue(app.chats).get(chat);
  const entries = useValue(app.outbox).filter((o) => o.chat === chat);
  useValue(app.profiles.all);
  const { chunks, older, loadOlder, reach, ready } = useMessages(chat);
  const [optionsOf, setOptionsOf] = useState<Message | null>(null);
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  const [reporting, setReporting] = useState<Record<string, string> | null>(null);
  const [away, setAway] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const pane = useSwipe<HTMLDivElement>(() => !wide && back("#/chats"), 28);

  const newest = chunks.at(-1)?.at(-1)?.id;
  const atEnd = () => (scroller.current?.scrollTop ?? 0) > -nearEnd;
  const look = useSeen(chat, newest, atEnd);
  const unreadFrom = useUnreadLine(row, chunks, ready, app.me);
  const messages = useMemo(() => chunks.some((chunk) => chunk.some((m) => m.kind !== "event")), [chunks]);

  useEffect(() => {
    const seen = new IntersectionObserver((all) => all.some((e) => e.isIntersecting) && void loadOlder(), { root: scroller.current, rootMargin: "1200px 0px 0px 0px" });
    seen.observe(top.current as HTMLElement);
    return () => seen.disconnect();
  }, [loadOlder, chunks.length]);

  useLayoutEffect(() => {
    const line = scroller.current?.querySelector(".unread-line");
    if (unreadFrom !== null && line && wanted === undefined) line.scrollIntoView({ block: "center" });
  }, [unreadFrom]);

  useWanted(chat, wanted, ready, reach);

  useEffect(() => {
    if (!matchMedia("(pointer: coarse)").matches) composer.current?.focus();
    void app.profiles.look(nameOf(chat)).catch(() => {});
  }, [app, chat]);

  const onScroll = () => {
    setAway((scroller.current?.scrollTop ?? 0) < -400);
    look();
  };
  const jump = () => {
    scroller.current?.scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  };
  const unread = row?.unread ?? 0;

  return (
    <div class="chat" ref={pane}>
      <Head chat={chat} onReport={() => setReporting(app.argumentsOf(chat))} />
      <div class="messages-scroll" ref={scroller} tabIndex={0} role="group" aria-label={app.titleOf(chat)} onScroll={onScroll} onKeyDown={walk}>
        <div class="messages-inside">
          <div ref={top} class="messages-top">
            {older === "offline" && t("chat.olderOffline")}
            {older === "end" && (messages ? t("chat.begin") : "")}
          </div>
          {ready && !messages && entries.length === 0 && older === "end" && (
            <p class="nothing-yet">
              <Icon name="plane" size={40} />
              {t("chat.empty")}
            </p>
          )}
          <div role="list" aria-label={t("chat.messages")} class={`messages${isGroup(chat) ? " in-group" : ""}`}>
            {chunks.map((chunk, i) => (
              <Chunk
                key={(chunk[0] as Message).id}
                me={app.me}
                messages={chunk}
                before={chunks[i - 1]?.at(-1)}
                after={chunks[i + 1]?.[0]}
                theirRead={within(row?.theirRead, chunk)}
                theirDelivered={within(row?.theirDelivered, chunk)}
                ticks={!isGroup(chat) && chat !== `user/${app.me}`}
                unreadFrom={chunk.some((m) => m.id === unreadFrom) ? unreadFrom : null}
                onOptions={setOptionsOf}
              />
            ))}
            {entries.map((entry) => (
              <Waiting key={entry.msgid} entry={entry} name={app.titleOf(chat)} />
            ))}
          </div>
        </div>
      </div>
      {away && (
        <button type="button" class="jump" aria-label={t("chat.newest")} onClick={jump}>
          <Icon name="down" />
          {unread > 0 && <span class="badge" aria-hidden="true">{unread}</span>}
        </button>
      )}
      {ready && <Standing chat={chat} started={messages} />}
      {!useMuteReason(chat) && <Composer chat={chat} field={composer} replyTo={replyTo} onReplied={() => setReplyTo(null)} onSent={jump} />}
      {optionsOf !== null && (
        <Options
          message={optionsOf}
          onClose={() => setOptionsOf(null)}
          onReply={() => {
            setReplyTo(optionsOf);
            composer.current?.focus();
          }}
          onReport={() => setReporting({ id: optionsOf.id })}
        />
      )}
      {reporting !== null && <ReportDialog about={reporting} onClose={() => setReporting(null)} />}
    </div>
  );
}

// Where the unread messages began when the conversation was opened. It stays there while one reads.
function useUnreadLine(row: Chat | undefined, chunks: Message[][], ready: boolean, me: string): string | null {
  const opened = useRef<{ read: string; unread: number } | null>(null);
  const [line, setLine] = useState<string | null>(null);
  opened.current ??= { read: row?.read ?? "", unread: row?.unread ?? 0 };
  useEffect(() => {
    if (!ready || line !== null || opened.current === null || opened.current.unread === 0) return;
    const { read, unread } = opened.current;
    const others = chunks.flat().filter((m) => m.from !== me && m.kind !== "event");
    const first = read !== "" ? others.find((m) => m.id > read) : others.at(-unread);
    if (first !== undefined) setLine(first.id);
    opened.current.unread = 0;
  }, [ready, chunks]);
  return line;
}

// With the arrow keys from message to message, and to what can be done with each.
function walk(event: KeyboardEvent): void {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const scroller = event.currentTarget as HTMLElement;
  const buttons = [...scroller.querySelectorAll<HTMLElement>(".options")];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? buttons.length - 1 : at + (event.key === "ArrowUp" ? -1 : 1);
  if (buttons[next] === undefined) return;
  event.preventDefault();
  buttons[next].focus();
}
