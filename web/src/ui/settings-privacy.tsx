// Who may write, what others see, and what is told while nobody looks.

import { useEffect, useState } from "preact/hooks";
import { pushState, subscribePush, unsubscribePush } from "../model/push.ts";
import type { Settings as Set_ } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t, type StringKey } from "../strings.ts";
import { Avatar, Title, useApp, useTry } from "./parts.tsx";

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

export function PrivacyPart() {
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

export function NotificationsPart() {
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

export function BlockedPart() {
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
