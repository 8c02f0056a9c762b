// The frame around all screens: one pane on a phone, a list and what was picked from it on a desk.

import type { ComponentChildren } from "preact";
import { lazy } from "./lazy.tsx";
import { useEffect } from "preact/hooks";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { ChatScreen } from "./chat.tsx";
import { Chats } from "./chats.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { New } from "./new.tsx";
import { Notices, Strip, Toast } from "./notices.tsx";
import { Empty, useApp, useWide } from "./parts.tsx";
import { RequestScreen, Requests } from "./requests.tsx";
import { route, type Route } from "./route.ts";
import { listed } from "../model/app.ts";
import { chatOf } from "../model/types.ts";

const Person = lazy(() => import("./person.tsx").then((m) => m.Person));
const Group = lazy(() => import("./group.tsx").then((m) => m.Group));
const NewGroup = lazy(() => import("./group.tsx").then((m) => m.NewGroup));
const Settings = lazy(() => import("./settings.tsx").then((m) => m.Settings));
const Reports = lazy(() => import("./reports.tsx").then((m) => m.Reports));
const Report = lazy(() => import("./reports.tsx").then((m) => m.Report));

type Section = "chats" | "requests" | "settings" | "reports";

function sectionOf(r: Route): Section {
  switch (r.at) {
    case "requests":
    case "request":
      return "requests";
    case "settings":
      return "settings";
    case "reports":
    case "report":
      return "reports";
    default:
      return "chats";
  }
}

// How many wait stands beside the link, whose name stays what it is.
function Tab({ section, now, icon, count }: { section: Section; now: Section; icon: IconName; count: number }) {
  const described = count > 0 ? { "aria-describedby": `count-${section}` } : {};
  return (
    <span class="tab">
      <a href={`#/${section}`} {...described} {...(section === now ? { "aria-current": "page" } : {})}>
        <span class="tab-icon">
          <Icon name={icon} />
        </span>
        {t(`nav.${section}`)}
      </a>
      {count > 0 && (
        <span class="badge" id={`count-${section}`} aria-hidden="true">
          {count > 99 ? "99+" : count}
        </span>
      )}
    </span>
  );
}

function Nav({ now }: { now: Section }) {
  const app = useApp();
  const requests = useValue(app.requests);
  const moderator = useValue(app.whoami)?.moderator === true;
  useValue(app.chats);
  useValue(app.own.values);
  const unread = listed(app).filter((c) => c.unread > 0 && !app.own.muted(c.key)).length;
  return (
    <nav class="tabs" aria-label={t("nav.main")}>
      <Tab section="chats" now={now} icon="chats" count={unread} />
      <Tab section="requests" now={now} icon="requests" count={requests.length} />
      {moderator && <Tab section="reports" now={now} icon="reports" count={0} />}
      <Tab section="settings" now={now} icon="settings" count={0} />
    </nav>
  );
}

function ListPane({ section, picked }: { section: Section; picked: string | null }) {
  switch (section) {
    case "requests":
      return <Requests picked={picked} />;
    case "reports":
      return <Reports picked={picked} />;
    default:
      return <Chats picked={picked} />;
  }
}

function detailOf(r: Route): ComponentChildren {
  switch (r.at) {
    case "chat":
      return <ChatScreen key={r.chat} chat={r.chat} wanted={r.message} />;
    case "request":
      return <RequestScreen key={r.chat} chat={r.chat} />;
    case "person":
      return <Person key={r.user} user={r.user} />;
    case "group":
      return <Group key={r.chat} chat={r.chat} />;
    case "new":
      return <New />;
    case "new-group":
      return <NewGroup />;
    case "settings":
      return <Settings part={r.part} />;
    case "report":
      return <Report key={r.id} id={r.id} />;
    default:
      return null;
  }
}

const pickKeys = { chats: "chats.pick", requests: "requests.pick", reports: "reports.pick", settings: "chats.pick" } as const;

export function Shell({ onSignIn }: { onSignIn: () => void }) {
  const app = useApp();
  const wide = useWide();
  const now = useValue(route);
  const requests = useValue(app.requests);
  const section = sectionOf(now);
  const first = requests[0] === undefined ? null : chatOf(requests[0]);
  // A desk has room to read the first request at once. Nobody can see that it was read.
  const shown: Route = wide && now.at === "requests" && first !== null ? { at: "request", chat: first } : now;
  const detail = detailOf(shown);
  const picked = shown.at === "chat" || shown.at === "request" || shown.at === "group" ? shown.chat : shown.at === "person" ? `user/${shown.user}` : shown.at === "report" ? shown.id : null;

  useEffect(() => {
    document.title = t("app.name");
  }, [now]);

  const list = <ListPane section={section} picked={picked} />;
  return (
    <div class={`shell ${wide ? "wide" : "narrow"}${detail !== null && section !== "settings" ? " in-detail" : ""}`}>
      <Strip onSignIn={onSignIn} />
      <Notices />
      <Nav now={section} />
        {wide && section !== "settings" ? (
          <>
            <section class="pane list-pane" aria-label={t(`nav.${section}`)}>
              {list}
            </section>
            <main class="pane detail-pane">{detail ?? <Empty icon="plane" title={t(pickKeys[section])} />}</main>
          </>
        ) : (
          <main class="pane">{detail ?? list}</main>
        )}
      <Toast />
    </div>
  );
}

