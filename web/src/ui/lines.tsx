// The lines of a conversation: messages, what happened in a group, and what isn't sent yet.

import { Component } from "preact";
import type { Chat, Message, OutMessage } from "../model/types.ts";
import { t } from "../strings.ts";
import { Bubble, Unsent } from "./bubble.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, refusalText, Say, useApp, useTry } from "./parts.tsx";
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
export class Chunk extends Component<Drawn> {
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

export function Waiting({ entry, name }: { entry: OutMessage; name: string }) {
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
