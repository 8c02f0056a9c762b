// A group's title, members and roles; making one, and leaving it.

import { useCallback, useEffect, useState } from "preact/hooks";
import { nameOf, type ChatKey } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t, type StringKey } from "../strings.ts";
import { Code } from "./code.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Dialog, Menu, Title, Top, useApp, useInvites, useTry, type Action } from "./parts.tsx";
import { ReportDialog } from "./report.tsx";
import { go, to } from "./route.ts";

interface Member {
  user: string;
  role: string;
  profile?: string;
}

function useMembers(group: string): [Member[], () => Promise<void>] {
  const app = useApp();
  const [members, setMembers] = useState<Member[]>([]);
  const load = useCallback(async () => {
    const all: Member[] = [];
    let after: unknown;
    do {
      const answer = await app.ask("members", { group, limit: 200, ...(after === undefined ? {} : { after }) });
      all.push(...((answer["members"] ?? []) as Member[]));
      after = answer["more"] === true ? answer["after"] : undefined;
    } while (after !== undefined);
    setMembers(all);
  }, [app, group]);
  useEffect(() => {
    void load().catch(() => {});
    return app.watch((change) => change.messages?.[`group/${group}`] !== undefined && void load().catch(() => {}));
  }, [app, group, load]);
  return [members, load];
}

function memberActions(member: Member, mine: string, run: (command: string, args: Record<string, string>) => void): Action[] {
  const owner = mine === "owner";
  const actions: Action[] = [{ label: t("chat.info", { name: member.user }), icon: "person", run: () => go(to.person(member.user)) }];
  const role = (label: StringKey, to_: string): Action => ({ label: t(label), icon: "person", run: () => run("set-role", { role: to_ }) });
  if (owner && member.role === "member") actions.push(role("group.makeAdmin", "admin"));
  if (owner && member.role === "admin") actions.push(role("group.makeMember", "member"));
  if (owner) actions.push(role("group.makeOwner", "owner"));
  if (owner || (mine === "admin" && member.role === "member")) {
    actions.push({ label: t("group.remove"), icon: "leave", danger: true, run: () => run("remove-member", {}) });
  }
  return actions;
}

function Invite({ group, onDone }: { group: string; onDone: () => void }) {
  const app = useApp();
  const attempt = useTry();
  const links = useInvites();
  const [link, setLink] = useState<string | null>(null);
  const invite = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const users = String(new FormData(form).get("users")).split(/[\s,]+/).filter((u) => u !== "");
    if (users.length === 0 || !(await attempt(() => app.ask("invite", { group, users })))) return;
    app.say(t("group.invited"));
    form.reset();
    onDone();
  };
  const make = () => void attempt(async () => setLink(to.invite(String((await app.ask("create-invite", { group, days: 7 }))["invite"]))));
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">{t("group.invite")}</h2>
      <form class="form inline" onSubmit={invite}>
        <label>
          {t("group.inviteName")}
          <input name="users" autocomplete="off" autocapitalize="none" spellcheck={false} />
        </label>
        <button class="button primary">{t("group.invite")}</button>
      </form>
      {links && (
        <>
          <button type="button" class="option" onClick={make}>
            <Icon name="link" size={20} />
            {t("group.inviteLink")}
          </button>
          <p class="fine">{t("group.inviteLinkHint")}</p>
        </>
      )}
      {link !== null && <Code title={t("group.inviteLink")} text={link} onClose={() => setLink(null)} />}
    </section>
  );
}

function Rename({ chat }: { chat: ChatKey }) {
  const app = useApp();
  const attempt = useTry();
  const row = useValue(app.chats).get(chat);
  const submit = (event: Event) => {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget as HTMLFormElement).get("title")).trim();
    void attempt(() => app.ask("rename-group", { group: nameOf(chat), title })).then((done) => done && app.say(t("settings.saved")));
  };
  return (
    <form class="form inline" onSubmit={submit}>
      <label>
        {t("group.title")}
        <input name="title" maxLength={60} defaultValue={row?.title ?? ""} dir="auto" autocomplete="off" />
      </label>
      <button class="button">{t("group.rename")}</button>
    </form>
  );
}

export function Group({ chat }: { chat: ChatKey }) {
  const app = useApp();
  const attempt = useTry();
  const row = useValue(app.chats).get(chat);
  useValue(app.profiles.all);
  useValue(app.own.values);
  const group = nameOf(chat);
  const [members, load] = useMembers(group);
  const [leaving, setLeaving] = useState(false);
  const [reporting, setReporting] = useState(false);
  const mine = members.find((m) => m.user === app.me)?.role ?? row?.role ?? "member";
  const manages = mine === "owner" || mine === "admin";
  const muted = app.own.muted(chat);
  const leave = async () => {
    setLeaving(false);
    if (await attempt(() => app.ask("leave", { group }))) go("#/chats", true);
  };
  return (
    <>
      <Top title={<Title chat={chat} />} home={to.chat(chat)} always />
      <div class="scroll page person">
        <div class="person-head">
          <Avatar chat={chat} large />
          <h2>
            <Title chat={chat} />
          </h2>
          <p class="fine">{t("group.members", { n: members.length || (row?.members ?? 0) })}</p>
        </div>
        {manages && <Rename chat={chat} />}
        {manages && <Invite group={group} onDone={() => void load().catch(() => {})} />}
        <section aria-labelledby="members">
          <h2 id="members">{t("group.list")}</h2>
          <ul class="rows">
            {members.map((m) => (
              <li class="row" key={m.user}>
                <a class="row-link" href={to.person(m.user)}>
                  <Avatar chat={`user/${m.user}`} version={m.profile} />
                  <span class="row-text">
                    <bdi class="name">{app.profiles.nameOf(m.user)}</bdi>
                    {m.role !== "member" && <span class="preview">{t(m.role === "owner" ? "role.owner" : "role.admin")}</span>}
                  </span>
                </a>
                {m.user !== app.me && manages && (
                  <Menu
                    label={t("chats.actions", { name: m.user })}
                    actions={memberActions(m, mine, (command, args) =>
                      void attempt(() => app.ask(command, { group, user: m.user, ...args })).then(() => load().catch(() => {})),
                    )}
                  />
                )}
              </li>
            ))}
          </ul>
        </section>
        <div class="option-lines">
          <button type="button" class="option" onClick={() => void app.own.set(`mute/${chat}`, muted ? null : "1")}>
            <Icon name="mute" size={20} />
            {t(muted ? "chats.unmute" : "chats.mute")}
          </button>
          <button type="button" class="option danger" onClick={() => setReporting(true)}>
            <Icon name="reports" size={20} />
            {t("requests.report")}
          </button>
          {!row?.gone && (
            <button type="button" class="option danger" onClick={() => setLeaving(true)}>
              <Icon name="leave" size={20} />
              {t("group.leave")}
            </button>
          )}
        </div>
      </div>
      {reporting && <ReportDialog about={{ group }} onClose={() => setReporting(false)} />}
      {leaving && (
        <Dialog title={t("group.leave")} onClose={() => setLeaving(false)}>
          <p>{t("group.leaveSure")}</p>
          <button type="button" class="button danger" onClick={() => void leave()}>
            {t("group.leave")}
          </button>
        </Dialog>
      )}
    </>
  );
}

export function NewGroup() {
  const app = useApp();
  const attempt = useTry();
  const contacts = useValue(app.contacts);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const toggle = (user: string) => {
    const next = new Set(picked);
    if (!next.delete(user)) next.add(user);
    setPicked(next);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const written = String(form.get("users")).split(/[\s,]+/).filter((u) => u !== "");
    const users = [...new Set([...picked, ...written])];
    let group = "";
    const made = await attempt(async () => {
      const answer = await app.ask("create-group", { title: String(form.get("title")).trim(), ...(users.length > 0 ? { users } : {}) });
      group = String(answer["group"]);
      await app.refresh("groups");
    });
    if (made) go(to.chat(`group/${group}`), true);
  };
  return (
    <>
      <Top title={t("new.group")} home="#/new" always />
      <form class="scroll page form" onSubmit={submit}>
        <label>
          {t("group.title")}
          <input name="title" required maxLength={60} dir="auto" autocomplete="off" autofocus />
        </label>
        {contacts.length > 0 && (
          <fieldset class="pick">
            <legend>{t("group.with")}</legend>
            {contacts.map((c) => (
              <label class="choice pick-row" key={c.user}>
                <input type="checkbox" checked={picked.has(c.user)} onChange={() => toggle(c.user)} />
                <Avatar chat={`user/${c.user}`} version={c.profile} />
                <Title chat={`user/${c.user}`} />
              </label>
            ))}
          </fieldset>
        )}
        <label>
          {t("group.inviteName")}
          <input name="users" placeholder={t("group.names")} autocomplete="off" autocapitalize="none" spellcheck={false} />
        </label>
        <button class="button primary">{t("group.create")}</button>
      </form>
    </>
  );
}
