// The list of conversations, and the search in them.

import { useEffect, useRef, useState } from "preact/hooks";
import { listed } from "../model/app.ts";
import { isGroup, nameOf, type Chat, type Message } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Avatar, Empty, IconButton, Menu, Say, Title, Top, useApp, useInvites, type Action } from "./parts.tsx";
import { go, to } from "./route.ts";
import { useSwipe } from "./swipe.ts";
import { Tick, tickOf } from "./tick.tsx";
import { inFull, inList } from "./time.ts";

export function kindText(kind: string, preview: string): string {
  switch (kind) {
    case "image": return t("kind.picture");
    case "video": return t("kind.video");
    case "binary": return t("kind.file");
    case "erased": return t("kind.erased");
    default: return preview;
  }
}

// The line stands in the direction of what was said, of which a bdi, or what has a direction of its own, would say nothing.
function Preview({ chat }: { chat: Chat }) {
  const app = useApp();
  const typing = useValue(app.typing).get(chat.key);
  const waiting = useValue(app.outbox).findLast((o) => o.chat === chat.key);
  const draft = app.own.draft(chat.key);
  if (typing !== undefined) return <em class="typing"><Say k="chat.typing" fill={{ name: app.profiles.nameOf(typing.from) }} /></em>;
  if (draft !== "" && waiting === undefined) return <Say k="chats.draft" fill={{ text: draft }} />;
  if (waiting !== undefined) {
    return (
      <>
        <Tick tick={waiting.refused === undefined ? "waiting" : "refused"} />
        {kindText(waiting.kind, waiting.text ?? "")}
      </>
    );
  }
  if (chat.last === undefined) return null;
  const text = kindText(chat.last.kind, chat.last.preview);
  if (chat.last.from === app.me) {
    return (
      <>
        {chat.key !== `user/${app.me}` && !isGroup(chat.key) && <Tick tick={tickOf(chat, chat.last.id)} />}
        {text}
      </>
    );
  }
  return (
    <>
      {isGroup(chat.key) && <bdi class="who">{app.profiles.nameOf(chat.last.from)}: </bdi>}
      {text}
    </>
  );
}

function Row({ chat, picked }: { chat: Chat; picked: boolean }) {
  const app = useApp();
  useValue(app.own.values);
  const muted = app.own.muted(chat.key);
  const pinned = app.own.pinned(chat.key);
  const name = app.titleOf(chat.key);
  const mute = () => void app.own.set(`mute/${chat.key}`, muted ? null : "1");
  const pin = () => void app.own.set(`pin/${chat.key}`, pinned ? null : "1");
  const swipe = useSwipe(pin);
  const actions: Action[] = [
    { label: t(pinned ? "chats.unpin" : "chats.pin"), icon: "pin", run: pin },
    { label: t(muted ? "chats.unmute" : "chats.mute"), icon: "mute", run: mute },
  ];
  return (
    <li class={`row${chat.unread > 0 ? " unread" : ""}${picked ? " picked" : ""}`} ref={swipe}>
      <span class="under-swipe" aria-hidden="true">
        <Icon name="pin" />
        {t(pinned ? "chats.unpin" : "chats.pin")}
      </span>
      <a class="row-link" href={to.chat(chat.key)} {...(picked ? { "aria-current": "true" } : {})}>
        <Avatar chat={chat.key} version={chat.profile} />
        <span class="row-text">
          <span class="row-head">
            <Title chat={chat.key} />
            {chat.last !== undefined && (
              <time dateTime={new Date(chat.last.time).toISOString()} title={inFull(chat.last.time)}>
                {inList(chat.last.time)}
              </time>
            )}
          </span>
          <span class="row-foot">
            <span class="preview" dir="auto">
              <Preview chat={chat} />
            </span>
            {pinned && <span class="mark"><Icon name="pin" size={16} /><span class="hidden">{t("chats.pinned")}</span></span>}
            {muted && <span class="mark"><Icon name="mute" size={16} /><span class="hidden">{t("chats.muted")}</span></span>}
            {chat.unread > 0 && (
              <span class={`count${muted ? " quiet" : ""}`}>
                <span aria-hidden="true">{chat.unread > 999 ? "999+" : chat.unread}</span>
                <span class="hidden">{t("chats.unread", { n: chat.unread })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
      <Menu label={t("chats.actions", { name })} actions={actions} />
    </li>
  );
}

function Waiting() {
  const app = useApp();
  const n = useValue(app.requests).length;
  if (n === 0) return null;
  return (
    <a class="waiting-line" href="#/requests">
      <Icon name="requests" size={20} />
      {t("chats.waiting", { n })}
    </a>
  );
}

// For who has nobody yet: whom to write to, or whom to bring.
function Begin() {
  const invites = useInvites();
  return (
    <>
      <Empty icon="plane" title={t("chats.empty")}>
        {t("chats.emptyHint")}
      </Empty>
      <div class="begin">
        <a class="button primary" href="#/new">{t("chats.begin")}</a>
        {invites && <a class="button quiet" href={to.inviting}>{t("settings.invite")}</a>}
      </div>
    </>
  );
}

function Found({ query }: { query: string }) {
  const app = useApp();
  const [found, setFound] = useState<Message[] | null>(null);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => void app.search(query).then((all) => current && setFound(all)), 120);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [query]);
  const people = listed(app).filter((c) => app.titleOf(c.key).toLocaleLowerCase().includes(query.toLocaleLowerCase()) || nameOf(c.key).includes(query));
  if (found === null) return null;
  if (found.length + people.length === 0) return <Empty icon="search" title={t("chats.nothingFound")} />;
  return (
    <>
      {people.length > 0 && <ul class="rows" aria-label={t("chats.list")}>{people.map((c) => <Row key={c.key} chat={c} picked={false} />)}</ul>}
      {found.length > 0 && (
        <ul class="rows" aria-label={t("chats.found")}>
          {found.map((m) => (
            <li class="row" key={m.id}>
              <a class="row-link" href={to.message(m.chat, m.id)}>
                <Avatar chat={m.chat} />
                <span class="row-text">
                  <span class="row-head">
                    <Title chat={m.chat} />
                    <time>{inList(m.time)}</time>
                  </span>
                  <span class="preview" dir="auto">
                    <bdi class="who">{m.from === app.me ? t("chat.you") : app.profiles.nameOf(m.from)}: </bdi>
                    {m.text?.slice(0, 200)}
                  </span>
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function Chats({ picked }: { picked: string | null }) {
  const app = useApp();
  useValue(app.chats);
  useValue(app.outbox);
  useValue(app.requests);
  useValue(app.own.values);
  useValue(app.profiles.all);
  const [query, setQuery] = useState("");
  const pane = useRef<HTMLDivElement>(null);
  const chats = listed(app);
  return (
    <>
      <Top title={t("nav.chats")}>
        <IconButton icon="plane" label={t("chats.new")} class="new-message" onClick={() => go("#/new")} />
      </Top>
      <div class="scroll" ref={pane}>
        <label class="search">
          <Icon name="search" size={20} />
          <span class="hidden">{t("chats.search")}</span>
          <input type="search" placeholder={t("chats.search")} value={query} onInput={(e) => setQuery(e.currentTarget.value)} autocomplete="off" />
        </label>
        {query.trim() !== "" ? (
          <Found query={query.trim()} />
        ) : (
          <>
            <Waiting />
            {chats.length === 0 ? (
              <Begin />
            ) : (
              <ul class="rows" aria-label={t("chats.list")}>
                {chats.map((chat) => (
                  <Row key={chat.key} chat={chat} picked={picked === chat.key} />
                ))}
              </ul>
            )}
          </>
        )}
      </div>
    </>
  );
}
