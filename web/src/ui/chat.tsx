// A conversation.

import { Component } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { isGroup, nameOf, type Chat, type ChatKey, type Message, type OutMessage } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Bubble, Unsent } from "./bubble.tsx";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { useMessages } from "./messages.ts";
import { Options } from "./options.tsx";
import { Avatar, Menu, refusalText, Say, Title, useApp, useTry, useWide, IconButton, type Action } from "./parts.tsx";
import { ReportDialog } from "./report.tsx";
import { back, go, to } from "./route.ts";
import { useSwipe } from "./swipe.ts";
import { Tick, tickOf, type TickState } from "./tick.tsx";
import { asDay, atClock, dayOf, inFull } from "./time.ts";

// Messages that follow each other within as long, by the same person, stand together.
const together = 5 * 60_000;

interface Drawn {
  me: string;
  messages: Message[];
  before: Message | undefined;
  after: Message | undefined;
  theirRead: string;
  theirDelivered: string;
  ticks: boolean;
  unreadFrom: string | null;
  onOptions(message: Message): void;
}

function joined(a: Message | undefined, b: Message | undefined): boolean {
  if (a === undefined || b === undefined || a.kind === "event" || b.kind === "event") return false;
  return a.from === b.from && b.time - a.time < together && dayOf(a.time) === dayOf(b.time);
}

function EventLine({ message }: { message: Message }) {
  const app = useApp();
  const event = message.event;
  if (event === undefined) return null;
  const name = (user: string | undefined) => (user === undefined ? "" : app.profiles.nameOf(user));
  const role = event.role === "owner" || event.role === "admin" ? event.role : "member";
  return (
    <p class="event-line">
      <Say k={`event.${event.name}`} fill={{ user: name(event.user), by: name(event.by), title: event.title ?? "", role: t(`role.${role}`) }} />
    </p>
  );
}

function Line({ message, drawn, first, last, day }: { message: Message; drawn: Drawn; first: boolean; last: boolean; day: boolean }) {
  const app = useApp();
  const mine = message.from === drawn.me;
  const chat = { theirRead: drawn.theirRead, theirDelivered: drawn.theirDelivered } as Chat;
  const head = (
    <>
      {day && <h2 class="day">{asDay(message.time)}</h2>}
      {drawn.unreadFrom === message.id && <p class="unread-line">{t("chat.unreadHere")}</p>}
    </>
  );
  if (message.kind === "event") {
    return (
      <div role="presentation">
        {head}
        <EventLine message={message} />
      </div>
    );
  }
  const group = message.place === "group" && !mine;
  return (
    <div role="listitem" class={`message ${mine ? "mine" : "theirs"}${last ? " last" : ""}`} id={`m-${message.id}`}>
      {head}
      <div class="message-line">
        {group && <span class="message-face">{last && <Avatar chat={`user/${message.from}`} />}</span>}
        <div class="message-body" onClick={(e) => tapped(e) && drawn.onOptions(message)}>
          {!group && <span class="hidden">{mine ? "" : `${app.profiles.nameOf(message.from)}: `}</span>}
          <Bubble
            message={message}
            first={first}
            last={last}
            foot={
              <span class="foot">
                <time dateTime={new Date(message.time).toISOString()} title={inFull(message.time)}>
                  {atClock(message.time)}
                </time>
                {mine && drawn.ticks && <Tick tick={tickOf(chat, message.id)} />}
              </span>
            }
          />
          <Reactions message={message} />
        </div>
        <button type="button" class="icon-button options" tabIndex={-1} aria-label={t("message.options")} onClick={() => drawn.onOptions(message)}>
          <Icon name="more" size={20} />
        </button>
      </div>
    </div>
  );
}

// A tap of a finger on a message, and not on something in it, asks what can be done with it.
function tapped(event: MouseEvent): boolean {
  if ((event as PointerEvent).pointerType !== "touch" && !matchMedia("(pointer: coarse)").matches) return false;
  return !(event.target as HTMLElement).closest("a, button") && getSelection()?.isCollapsed !== false;
}

function Reactions({ message }: { message: Message }) {
  const app = useApp();
  const attempt = useTry();
  if (message.reactions === undefined || message.reactions.length === 0) return null;
  return (
    <span class="reactions" role="group" aria-label={t("message.reactions")}>
      {message.reactions.map((r) => {
        const mine = r.by.includes(app.me);
        const names = r.by.map((user) => app.profiles.nameOf(user)).join(", ");
        return (
          <button
            type="button"
            class={mine ? "mine" : ""}
            aria-pressed={mine}
            aria-label={t("message.reacted", { emoji: r.emoji, n: r.count })}
            title={names}
            onClick={() => void attempt(() => app.ask("react", { id: message.id, ...(mine ? {} : { emoji: r.emoji }) }))}
          >
            <bdi>{r.emoji}</bdi>
            {r.count > 1 && <span>{r.count}</span>}
          </button>
        );
      })}
    </span>
  );
}

// Only what has changed is drawn again, and only what is near the window is laid out.
class Chunk extends Component<Drawn> {
  override shouldComponentUpdate(next: Drawn): boolean {
    return (Object.keys(next) as (keyof Drawn)[]).some((key) => next[key] !== this.props[key]);
  }
  render(drawn: Drawn) {
    const { messages } = drawn;
    const guess = { containIntrinsicBlockSize: `auto ${messages.length * 56}px` } as never;
    return (
      <div class="chunk" role="presentation" style={guess}>
        {messages.map((message, i) => {
          const before = i === 0 ? drawn.before : messages[i - 1];
          const after = i === messages.length - 1 ? drawn.after : messages[i + 1];
          const day = before === undefined || dayOf(before.time) !== dayOf(message.time);
          const parted = drawn.unreadFrom === message.id;
          return <Line key={message.id} message={message} drawn={drawn} day={day} first={parted || !joined(before, message)} last={!joined(message, after)} />;
        })}
      </div>
    );
  }
}

// Of a marker only so much as concerns a chunk, so that chunks above it stay as they are.
function within(marker: string | undefined, chunk: Message[]): string {
  const first = (chunk[0] as Message).id;
  const last = (chunk.at(-1) as Message).id;
  if (marker === undefined || marker < first) return "";
  return marker > last ? last : marker;
}

function Waiting({ entry, name }: { entry: OutMessage; name: string }) {
  const app = useApp();
  const tick: TickState = entry.refused === undefined ? "waiting" : "refused";
  return (
    <div role="listitem" class="message mine last">
      <div class="message-line">
        <div class="message-body">
          <div class={`bubble first last${entry.kind === "image" ? " pictured" : ""}${entry.refused === undefined ? "" : " refused"}`}>
            <Unsent entry={entry} />
            <span class="foot">
              <time>{atClock(entry.time)}</time>
              <Tick tick={tick} />
            </span>
          </div>
          {entry.refused !== undefined && (
            <div class="refusal" role="alert">
              <p>{refusalText(entry.refused, name)}</p>
              <button type="button" class="button small" onClick={() => void app.tryAgain(entry)}>
                {t("retry")}
              </button>
              <button type="button" class="button small" onClick={() => void app.takeBack(entry.msgid)}>
                {t("refused.takeBack")}
              </button>
            </div>
          )}
        </div>
      </div>
    </div>
  );
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

function Head({ chat, onReport }: { chat: ChatKey; onReport: () => void }) {
  const app = useApp();
  const row = useValue(app.chats).get(chat);
  const typing = useValue(app.typing).get(chat);
  const blocked = useValue(app.blocked).includes(nameOf(chat));
  useValue(app.own.values);
  const attempt = useTry();
  const name = app.titleOf(chat);
  const self = chat === `user/${app.me}`;
  const muted = app.own.muted(chat);
  const pinned = app.own.pinned(chat);
  const about = isGroup(chat) ? to.group(chat) : to.person(nameOf(chat));
  const actions: Action[] = [
    { label: t("chat.info", { name }), icon: isGroup(chat) ? "group" : "person", run: () => go(about) },
    { label: t(pinned ? "chats.unpin" : "chats.pin"), icon: "pin", run: () => void app.own.set(`pin/${chat}`, pinned ? null : "1") },
    { label: t(muted ? "chats.unmute" : "chats.mute"), icon: "mute", run: () => void app.own.set(`mute/${chat}`, muted ? null : "1") },
  ];
  if (!isGroup(chat) && !self) {
    actions.push({
      label: t(blocked ? "chat.unblock" : "requests.block"),
      icon: "block",
      danger: !blocked,
      run: () => void attempt(async () => {
        await app.ask(blocked ? "unblock" : "block", { user: nameOf(chat) });
        await app.refresh("blocked");
      }),
    });
  }
  if (!self) actions.push({ label: t("requests.report"), icon: "reports", danger: true, run: onReport });
  return (
    <header class="top chat-top">
      <IconButton icon="back" label={t("back")} class="back only-narrow" onClick={() => back("#/chats")} />
      <a class="chat-who" href={about} title={t("chat.info", { name })}>
        <Avatar chat={chat} version={row?.profile} />
        <span class="chat-who-text">
          <h1>
            <Title chat={chat} />
          </h1>
          <span class="fine">
            {typing !== undefined ? (
              <em class="typing"><Say k="chat.typing" fill={{ name: app.profiles.nameOf(typing.from) }} /></em>
            ) : isGroup(chat) && row?.members !== undefined ? (
              t("group.members", { n: row.members })
            ) : null}
          </span>
        </span>
      </a>
      <Menu label={t("more")} actions={actions} note={t("tick.explain")} />
    </header>
  );
}

// What the person is to know before they write, and whether they can.
function Standing({ chat, started }: { chat: ChatKey; started: boolean }) {
  const app = useApp();
  const row = useValue(app.chats).get(chat);
  const blocked = useValue(app.blocked).includes(nameOf(chat));
  const contact = useValue(app.contacts).some((c) => c.user === nameOf(chat));
  const outbox = useValue(app.outbox).filter((o) => o.chat === chat && o.refused === undefined).length;
  const asks = useValue(app.requests).some((r) => `user/${r.user}` === chat);
  const name = app.titleOf(chat);
  if (isGroup(chat)) return row?.gone ? <p class="standing"><Say k="chat.gone" fill={{}} /></p> : null;
  if (chat === `user/${app.me}`) return null;
  if (blocked) return <p class="standing"><Say k="chat.blocked" fill={{ name }} /></p>;
  if (asks) return <p class="standing"><Say k="chat.asks" fill={{ name }} /></p>;
  if (row?.standing === "open") return null;
  if (row?.standing === "pending" && row.left !== undefined && (started || outbox > 0)) {
    const n = Math.max(0, row.left - outbox);
    return <p class="standing"><Say k={n > 0 ? "chat.pending" : "chat.pendingNone"} fill={{ name, n }} /></p>;
  }
  return !started && !contact ? <p class="standing"><Say k="chat.stranger" fill={{ name }} /></p> : null;
}

// Nothing may be written where nobody would get it.
function useMuteReason(chat: ChatKey): boolean {
  const app = useApp();
  const row = useValue(app.chats).get(chat);
  const blocked = useValue(app.blocked).includes(nameOf(chat));
  return isGroup(chat) ? row?.gone === true : blocked;
}

const nearEnd = 60;

export function ChatScreen({ chat }: { chat: ChatKey }) {
  const app = useApp();
  const wide = useWide();
  const row = useValue(app.chats).get(chat);
  const entries = useValue(app.outbox).filter((o) => o.chat === chat);
  useValue(app.profiles.all);
  const { chunks, older, loadOlder, ready } = useMessages(chat);
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
    if (unreadFrom !== null && line) line.scrollIntoView({ block: "center" });
  }, [unreadFrom]);

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
