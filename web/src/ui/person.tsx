// A person's profile, with the paper plane.

import { useEffect, useState } from "preact/hooks";
import { isGroup, type ChatKey } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Avatar, Say, Title, Top, useApp, useTry } from "./parts.tsx";
import { Code } from "./code.tsx";
import { ReportDialog } from "./report.tsx";
import { go, to } from "./route.ts";

// The groups that both are in, as far as this device can tell: it asks for the members of each, a few at a time.
function useShared(user: string): ChatKey[] {
  const app = useApp();
  const [shared, setShared] = useState<ChatKey[]>([]);
  useEffect(() => {
    let current = true;
    const groups = [...app.chats.get().values()].filter((c) => isGroup(c.key) && !c.gone && (c.members ?? 0) <= 200).slice(0, 20);
    void (async () => {
      for (const group of groups) {
        const answer = await app.ask("members", { ...app.argumentsOf(group.key), limit: 200 }).catch(() => ({}) as Record<string, unknown>);
        const members = (answer["members"] ?? []) as { user: string }[];
        if (!current) return;
        if (members.some((m) => m.user === user)) setShared((all) => (all.includes(group.key) ? all : [...all, group.key]));
      }
    })();
    return () => {
      current = false;
    };
  }, [app, user]);
  return shared;
}

export function Person({ user }: { user: string }) {
  const app = useApp();
  const attempt = useTry();
  const profile = useValue(app.profiles.all).get(user);
  const contacts = useValue(app.contacts);
  const blocked = useValue(app.blocked).includes(user);
  useValue(app.own.values);
  const [reporting, setReporting] = useState(false);
  const [code, setCode] = useState(false);
  const shared = useShared(user);
  const chat: ChatKey = `user/${user}`;
  const me = user === app.me;
  const contact = contacts.some((c) => c.user === user);
  const muted = app.own.muted(chat);

  useEffect(() => {
    void app.profiles.look(user).catch(() => {});
    void app.refresh("blocked").catch(() => {});
  }, [app, user]);

  const change = (command: string, ...lists: string[]) => () =>
    void attempt(async () => {
      await app.ask(command, { user });
      for (const list of lists) await app.refresh(list);
    }, user);

  return (
    <>
      <Top title={<Title chat={chat} />} home="#/chats" always />
      <div class="scroll page person">
        <div class="person-head">
          <Avatar chat={chat} version={profile?.version} large />
          <h2>
            <bdi>{app.profiles.nameOf(user)}</bdi>
          </h2>
          {app.profiles.nameOf(user) !== user && <bdi class="fine">{user}</bdi>}
          {profile?.about !== undefined && profile.about !== "" && (
            <p class="about" dir="auto">
              <bdi>{profile.about}</bdi>
            </p>
          )}
          {me && <p class="fine">{t("person.me")}</p>}
          {!me && contact && (
            <p class="fine">
              <Icon name="check" size={16} /> {t("person.contact")}
            </p>
          )}
        </div>
        {!blocked && (
          <button type="button" class="button primary plane" aria-label={t("person.write", { name: user })} onClick={() => go(to.chat(chat))}>
            <Icon name="plane" />
            {t("person.plane")}
          </button>
        )}
        {!me && shared.length > 0 && (
          <section aria-labelledby="shared">
            <h2 id="shared">{t("person.shared")}</h2>
            <ul class="rows">
              {shared.map((group) => (
                <li class="row" key={group}>
                  <a class="row-link" href={to.chat(group)}>
                    <Avatar chat={group} />
                    <Title chat={group} />
                  </a>
                </li>
              ))}
            </ul>
          </section>
        )}
        <div class="option-lines">
          <button type="button" class="option" onClick={() => void navigator.clipboard.writeText(to.add(user)).then(() => app.say(t("copied")))}>
            <Icon name="link" size={20} />
            {t("person.link")}
          </button>
          <button type="button" class="option" onClick={() => setCode(true)}>
            <Icon name="code" size={20} />
            {t("person.qr")}
          </button>
          {!me && (
            <>
              <button type="button" class="option" onClick={change(contact ? "remove-contact" : "add-contact", "contacts", "requests")}>
                <Icon name="person" size={20} />
                {t(contact ? "person.remove" : "person.add")}
              </button>
              <button type="button" class="option" onClick={() => void app.own.set(`mute/${chat}`, muted ? null : "1")}>
                <Icon name="mute" size={20} />
                {t(muted ? "chats.unmute" : "chats.mute")}
              </button>
              <button type="button" class="option danger" onClick={change(blocked ? "unblock" : "block", "blocked", "requests")}>
                <Icon name="block" size={20} />
                {t(blocked ? "person.unblock" : "requests.block")}
              </button>
              <button type="button" class="option danger" onClick={() => setReporting(true)}>
                <Icon name="reports" size={20} />
                {t("requests.report")}
              </button>
            </>
          )}
        </div>
        {blocked && <p class="fine"><Say k="chat.blocked" fill={{ name: user }} /></p>}
      </div>
      {code && <Code title={user} text={to.add(user)} onClose={() => setCode(false)} />}
      {reporting && <ReportDialog about={{ user }} onClose={() => setReporting(false)} />}
    </>
  );
}
