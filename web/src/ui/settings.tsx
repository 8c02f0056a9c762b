// What is one's own to decide.

import { useEffect, useRef, useState } from "preact/hooks";
import { exportAll } from "../model/export.ts";
import { pushState, subscribePush, unsubscribePush } from "../model/push.ts";
import { profileOf } from "../model/profiles.ts";
import { shrink } from "../model/shrink.ts";
import type { Settings as Set_ } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { toBase64 } from "../model/wire.ts";
import { chooseLanguage, chosenLanguage, languages, t, type Language, type StringKey } from "../strings.ts";
import { Code } from "./code.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, codeOf, Title, Top, useApp, useTry } from "./parts.tsx";
import { to } from "./route.ts";
import { inList } from "./time.ts";

const largestPicture = 65_536;

function ProfilePart() {
  const app = useApp();
  const attempt = useTry();
  const profile = useValue(app.profiles.all).get(app.me);
  const file = useRef<HTMLInputElement>(null);
  const [code, setCode] = useState(false);
  useEffect(() => {
    void app.profiles.look(app.me).catch(() => {});
  }, [app]);
  const set = async (args: Record<string, string>) => {
    const done = await attempt(async () => {
      await app.ask("set-profile", args);
      await app.profiles.keep(profileOf((await app.ask("profile", { user: app.me }))["profile"] as Record<string, unknown>));
    });
    if (done) app.say(t("settings.saved"));
  };
  const save = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    void set({ name: String(form.get("shown")).trim(), about: String(form.get("about")).trim() });
  };
  const picture = async (chosen: Blob | undefined) => {
    if (chosen === undefined) return;
    const shrunk = await shrink(chosen, largestPicture, 320);
    if (shrunk === null) return app.say(t("chat.notPicture"));
    if (shrunk === "too-large") return app.say(t("chat.tooLarge"));
    await set({ "picture-base64": toBase64(shrunk.bytes) });
  };
  return (
    <section aria-labelledby="profile" class="card">
      <h2 id="profile">{t("settings.profile")}</h2>
      <div class="profile-line">
        <Avatar chat={`user/${app.me}`} version={profile?.version} large />
        <div>
          <p class="profile-name"><bdi>{app.profiles.nameOf(app.me)}</bdi></p>
          <p class="fine"><bdi>{app.me}</bdi></p>
          <div class="buttons">
            <button type="button" class="button small" onClick={() => file.current?.click()}>{t("settings.picture")}</button>
            {profile?.picture !== undefined && (
              <button type="button" class="button small" onClick={() => void set({ "picture-base64": "" })}>{t("settings.noPicture")}</button>
            )}
            <button type="button" class="button small" onClick={() => setCode(true)}>{t("settings.myCode")}</button>
          </div>
          <input ref={file} type="file" accept="image/*" hidden aria-label={t("settings.picture")} onChange={(e) => void picture(e.currentTarget.files?.[0])} />
        </div>
      </div>
      <form class="form" onSubmit={save} key={profile?.version ?? ""}>
        <label>
          {t("settings.shownName")}
          <input name="shown" maxLength={60} defaultValue={profile?.name ?? ""} dir="auto" autocomplete="off" />
        </label>
        <label>
          {t("settings.about")}
          <textarea name="about" rows={2} maxLength={240} defaultValue={profile?.about ?? ""} dir="auto" />
        </label>
        <button class="button">{t("save")}</button>
      </form>
      {code && <Code title={t("settings.myCode")} text={to.add(app.me)} onClose={() => setCode(false)} />}
    </section>
  );
}

function Choices<T extends string>({ name, legend, value, all, onPick }: { name: string; legend: string; value: T | undefined; all: [T, StringKey][]; onPick: (v: T) => void }) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {all.map(([v, key]) => (
        <label class="choice">
          <input type="radio" name={name} checked={value === v} onChange={() => onPick(v)} />
          {t(key)}
        </label>
      ))}
    </fieldset>
  );
}

function Switch({ label, hint, on, onChange }: { label: string; hint?: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="choice switch">
      <span>
        {label}
        {hint !== undefined && <small>{hint}</small>}
      </span>
      <input type="checkbox" role="switch" checked={on} onChange={(e) => onChange(e.currentTarget.checked)} />
    </label>
  );
}

function PrivacyPart() {
  const app = useApp();
  const attempt = useTry();
  const settings = useValue(app.settings);
  const set = (what: Set_) =>
    void attempt(async () => {
      await app.ask("settings", what as Record<string, unknown>);
      await app.refresh("settings");
    });
  return (
    <section aria-labelledby="privacy" class="card form">
      <h2 id="privacy">{t("settings.privacy")}</h2>
      <Choices name="who" legend={t("settings.who")} value={settings["who-can-message"]} all={[["everyone", "settings.everyone"], ["contacts", "settings.contacts"]]} onPick={(v) => set({ "who-can-message": v })} />
      <Choices
        name="groups"
        legend={t("settings.groups")}
        value={settings["group-invites"]}
        all={[["contacts", "settings.groups.contacts"], ["ask", "settings.groups.ask"], ["none", "settings.groups.none"]]}
        onPick={(v) => set({ "group-invites": v })}
      />
      <Switch label={t("settings.receipts")} hint={t("settings.receiptsHint")} on={settings["read-receipts"] !== false} onChange={(on) => set({ "read-receipts": on })} />
      {settings.findable !== undefined && <Switch label={t("settings.findable")} on={settings.findable} onChange={(on) => set({ findable: on })} />}
    </section>
  );
}

function NotificationsPart() {
  const app = useApp();
  const attempt = useTry();
  const [state, setState] = useState<"on" | "off" | "denied" | "none">("none");
  useEffect(() => void pushState().then(setState), []);
  if (state === "none") return null;
  const change = async (on: boolean) => {
    await attempt(() => (on ? subscribePush(app) : unsubscribePush(app)));
    setState(await pushState());
  };
  return (
    <section aria-labelledby="notify" class="card form">
      <h2 id="notify">{t("settings.notifications")}</h2>
      {state === "denied" ? <p class="fine">{t("settings.notifyDenied")}</p> : <Switch label={t("settings.notify")} hint={t("settings.notifyHint")} on={state === "on"} onChange={(on) => void change(on)} />}
    </section>
  );
}

interface Device {
  device: string;
  created: number;
  used?: string;
  current?: boolean;
}

function DevicesPart() {
  const app = useApp();
  const attempt = useTry();
  const [devices, setDevices] = useState<Device[] | null>(null);
  const load = async () => {
    const answer = await app.ask("tokens").catch((error: unknown) => {
      if (codeOf(error) === "offline") throw error;
      return { tokens: [] } as Record<string, unknown>;
    });
    setDevices((answer["tokens"] ?? []) as Device[]);
  };
  useEffect(() => void load().catch(() => {}), [app]);
  return (
    <section aria-labelledby="devices" class="card">
      <h2 id="devices">{t("settings.devices")}</h2>
      {devices !== null && devices.length === 0 && <p class="fine">{t("settings.noDevices")}</p>}
      <ul class="rows">
        {devices?.map((d) => (
          <li class="row device" key={d.device}>
            <Icon name="device" />
            <span class="row-text">
              <bdi class="name">{d.device}</bdi>
              <span class="fine">{d.current ? t("settings.thisDevice") : t("settings.used", { when: d.used ?? inList(d.created) })}</span>
            </span>
            {!d.current && (
              <button
                type="button"
                class="button small"
                aria-label={t("settings.signOutDevice", { name: d.device })}
                onClick={() => void attempt(() => app.ask("revoke-token", { device: d.device })).then(() => load().catch(() => {}))}
              >
                {t("settings.signOut")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="fine">
        <strong>{t("settings.password")}</strong> — {t("settings.passwordHint")}
      </p>
    </section>
  );
}

function BlockedPart() {
  const app = useApp();
  const attempt = useTry();
  const blocked = useValue(app.blocked);
  useEffect(() => void app.refresh("blocked").catch(() => {}), [app]);
  return (
    <section aria-labelledby="blocked" class="card">
      <h2 id="blocked">{t("settings.blocked")}</h2>
      {blocked.length === 0 && <p class="fine">{t("settings.blockedNone")}</p>}
      <ul class="rows">
        {blocked.map((user) => (
          <li class="row" key={user}>
            <Avatar chat={`user/${user}`} />
            <span class="row-text">
              <Title chat={`user/${user}`} />
            </span>
            <button
              type="button"
              class="button small"
              aria-label={t("settings.unblock", { name: user })}
              onClick={() => void attempt(async () => (await app.ask("unblock", { user }), await app.refresh("blocked")))}
            >
              {t("person.unblock")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExportPart() {
  const app = useApp();
  const attempt = useTry();
  const [n, setN] = useState<number | null>(null);
  const run = async () => {
    setN(0);
    await attempt(() => exportAll(app, setN));
    setN(null);
  };
  return (
    <section aria-labelledby="export" class="card">
      <h2 id="export">{t("settings.export")}</h2>
      <p class="fine">{t("settings.exportHint")}</p>
      <button type="button" class="button" disabled={n !== null} onClick={() => void run()}>
        {n === null ? t("settings.export") : t("settings.exporting", { n })}
      </button>
    </section>
  );
}

function InvitePart() {
  const app = useApp();
  const attempt = useTry();
  const [link, setLink] = useState<string | null>(null);
  const make = () => void attempt(async () => setLink(to.invite(String((await app.ask("create-invite", { days: 7 }))["invite"]))));
  return (
    <section aria-labelledby="invite" class="card">
      <h2 id="invite">{t("settings.invite")}</h2>
      <p class="fine">{t("settings.inviteHint")}</p>
      <button type="button" class="button" onClick={make}>
        {t("settings.invite")}
      </button>
      {link !== null && <Code title={t("settings.invite")} text={link} onClose={() => setLink(null)} />}
    </section>
  );
}

function LanguagePart() {
  const pick = (language: Language | "auto") => {
    chooseLanguage(language);
    location.reload();
  };
  return (
    <section class="card form">
      <label>
        {t("settings.language")}
        <select value={chosenLanguage()} onChange={(e) => pick(e.currentTarget.value as Language | "auto")}>
          <option value="auto">{t("settings.languageAuto")}</option>
          {(Object.keys(languages) as Language[]).map((code) => (
            <option value={code} lang={code}>
              {languages[code].name}
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}

export function Settings() {
  const app = useApp();
  useValue(app.profiles.all);
  const leave = async () => {
    await app.signOut();
    location.hash = "";
    location.reload();
  };
  return (
    <>
      <Top title={t("nav.settings")} />
      <div class="scroll page settings">
        <ProfilePart />
        <PrivacyPart />
        <NotificationsPart />
        <DevicesPart />
        <BlockedPart />
        <InvitePart />
        <ExportPart />
        <LanguagePart />
        <section class="card">
          <button type="button" class="button danger" onClick={() => void leave()}>
            <Icon name="leave" size={20} />
            {t("settings.signOut")}
          </button>
          <p class="fine">{t("settings.signOutHint")}</p>
        </section>
      </div>
    </>
  );
}
