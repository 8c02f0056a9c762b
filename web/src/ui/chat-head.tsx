// Above a conversation who it is with, and below it what one is to know before one writes.

import { isGroup, nameOf, type ChatKey } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Avatar, IconButton, Menu, Say, Title, useApp, useTry, type Action } from "./parts.tsx";
import { back, go, to } from "./route.ts";

export function Head({ chat, onReport }: { chat: ChatKey; onReport: () => void }) {
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
export function Standing({ chat, started }: { chat: ChatKey; started: boolean }) {
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
