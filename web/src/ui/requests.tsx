// Who isn't known yet waits here. Reading shows nothing to them; only accepting does.

import { useEffect, useState } from "preact/hooks";
import { chatOf, isGroup, nameOf, type ChatKey, type Request } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Bubble } from "./bubble.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Empty, Say, Title, Top, useApp, useTry, useWide } from "./parts.tsx";
import { ReportDialog } from "./report.tsx";
import { go, to } from "./route.ts";
import { inFull, inList } from "./time.ts";
import { useMessages } from "./messages.ts";

function keyOf(request: Request): ChatKey {
  return chatOf(request) ?? "user/";
}

// What can be done with a request; what was done is told, and undone where that is possible.
function useDecide(chat: ChatKey) {
  const app = useApp();
  const attempt = useTry();
  const name = isGroup(chat) ? nameOf(chat) : app.profiles.nameOf(nameOf(chat));
  const args = app.argumentsOf(chat);
  return {
    accept: async () => {
      if (await attempt(() => app.ask("approve", args), name)) go(to.chat(chat), true);
    },
    decline: async () => {
      if (!(await attempt(() => app.ask("decline", args), name))) return;
      app.say(t("requests.nowDeclined"));
      go("#/requests", true);
      await app.refresh("requests").catch(() => {});
      await app.refresh("declined").catch(() => {});
    },
    block: async (user: string) => {
      if (!(await attempt(() => app.ask("block", { user }), name))) return;
      app.say(t("requests.nowBlocked"));
      go("#/requests", true);
      await app.refresh("requests").catch(() => {});
    },
  };
}

function Card({ request, picked }: { request: Request; picked: boolean }) {
  const app = useApp();
  const wide = useWide();
  const chat = keyOf(request);
  const decide = useDecide(chat);
  const group = isGroup(chat);
  return (
    <li class={`row request-card${picked ? " picked" : ""}`}>
      <a class="row-link" href={to.request(chat)} {...(picked ? { "aria-current": "true" } : {})}>
        <Avatar chat={chat} version={request.profile} />
        <span class="row-text">
          <span class="row-head">
            {group ? <bdi class="name">{request.title || nameOf(chat)}</bdi> : <Title chat={chat} />}
            <time title={inFull(request.time)}>{inList(request.time)}</time>
          </span>
          <span class="preview two-lines" dir="auto">
            {group ? t("requests.unseenGroup", { name: app.profiles.nameOf(request.by ?? "") }) : request.preview}
          </span>
        </span>
      </a>
      {!wide && (
        <div class="card-actions">
          <button type="button" class="button primary" onClick={decide.accept}>
            {t("requests.accept")}
          </button>
          <button type="button" class="button" onClick={decide.decline}>
            {t("requests.decline")}
          </button>
        </div>
      )}
    </li>
  );
}

function Declined() {
  const app = useApp();
  const declined = useValue(app.declined);
  const attempt = useTry();
  useEffect(() => {
    void app.refresh("declined").catch(() => {});
  }, [app]);
  if (declined.length === 0) return null;
  const undo = async (user: string) => {
    if (!(await attempt(() => app.ask("add-contact", { user })))) return;
    app.say(t("requests.undone"));
    await app.refresh("declined").catch(() => {});
    go(to.chat(`user/${user}`));
  };
  return (
    <section class="declined" aria-labelledby="declined">
      <h2 id="declined">{t("requests.declined")}</h2>
      <p class="fine" id="undo-hint">{t("requests.declinedHint")}</p>
      <ul class="rows">
        {declined.map((user) => (
          <li class="row" key={user}>
            <a class="row-link" href={to.request(`user/${user}`)}>
              <Avatar chat={`user/${user}`} />
              <span class="row-text">
                <Title chat={`user/${user}`} />
              </span>
            </a>
            <button type="button" class="button small" aria-describedby="undo-hint" onClick={() => void undo(user)}>
              <Icon name="undo" size={18} />
              {t("undo")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Requests({ picked }: { picked: string | null }) {
  const app = useApp();
  const requests = useValue(app.requests);
  useValue(app.profiles.all);
  return (
    <>
      <Top title={t("requests.title")} />
      <div class="scroll">
        {requests.length === 0 ? (
          <Empty icon="requests" title={t("requests.empty")}>
            {t("requests.emptyHint")}
          </Empty>
        ) : (
          <ul class="rows" aria-label={t("requests.list")}>
            {requests.map((request) => (
              <Card key={keyOf(request)} request={request} picked={picked === keyOf(request)} />
            ))}
          </ul>
        )}
        <Declined />
      </div>
    </>
  );
}

export function RequestScreen({ chat }: { chat: ChatKey }) {
  const app = useApp();
  const request = useValue(app.requests).find((r) => keyOf(r) === chat);
  useValue(app.profiles.all);
  const decide = useDecide(chat);
  const [reporting, setReporting] = useState(false);
  const group = isGroup(chat);
  const user = group ? (request?.by ?? "") : nameOf(chat);
  const shown = app.profiles.nameOf(user);
  return (
    <>
      <Top title={group ? <bdi>{request?.title || nameOf(chat)}</bdi> : <Title chat={chat} />} home="#/requests" />
      <div class="scroll request">
        <div class="request-who">
          <Avatar chat={chat} version={request?.profile} large />
          <p class="request-name">{group ? <bdi>{request?.title || nameOf(chat)}</bdi> : <bdi>{shown}</bdi>}</p>
          {!group && shown !== user && <bdi class="fine">{user}</bdi>}
          <p class="fine">
            <Say k={group ? "requests.unseenGroup" : "requests.unseen"} fill={{ name: shown }} />
          </p>
        </div>
        {!group && <Held chat={chat} />}
      </div>
      <footer class="decide">
        <p class="fine">{t("requests.acceptHint")}</p>
        <div class="decide-buttons">
          <button type="button" class="button primary" onClick={decide.accept}>
            <Icon name="check" size={20} />
            {t("requests.accept")}
          </button>
          <button type="button" class="button" onClick={decide.decline}>
            {t("requests.decline")}
          </button>
          <button type="button" class="button danger" onClick={() => void decide.block(user)}>
            {t("requests.block")}
          </button>
          <button type="button" class="button danger" onClick={() => setReporting(true)}>
            {t("requests.report")}
          </button>
        </div>
      </footer>
      {reporting && (
        <ReportDialog
          about={group ? { group: nameOf(chat) } : { user }}
          onClose={(done) => {
            setReporting(false);
            if (done) void app.refresh("requests").catch(() => {});
          }}
        />
      )}
    </>
  );
}

function Held({ chat }: { chat: ChatKey }) {
  const { chunks } = useMessages(chat);
  const messages = chunks.flat().filter((m) => m.kind !== "event");
  return (
    <div role="list" aria-label={t("chat.messages")} class="messages in-request">
      {messages.map((m) => (
        <div role="listitem" class={`message ${m.place === "sent" ? "mine" : "theirs"}`} key={m.id}>
          <Bubble message={m} first last />
        </div>
      ))}
    </div>
  );
}
