// What is one's own to decide.

import { useEffect, useState } from "preact/hooks";
import { exportAll } from "../model/export.ts";
import { useValue } from "../model/value.ts";
import { chooseLanguage, chosenLanguage, languages, t, type Language } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Dialog, Top, useApp, useTry } from "./parts.tsx";
import { DevicesPart, InvitePart } from "./settings-account.tsx";
import { BlockedPart, NotificationsPart, PrivacyPart } from "./settings-privacy.tsx";
import { ProfilePart } from "./settings-profile.tsx";

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

// What was written and isn't with the server yet is on this device alone, and goes with it.
function SignOutPart() {
  const app = useApp();
  const unsent = useValue(app.outbox).length;
  const [asking, setAsking] = useState(false);
  const leave = async () => {
    await app.signOut();
    location.hash = "";
    location.reload();
  };
  return (
    <section class="card">
      <button type="button" class="button danger" onClick={() => (unsent > 0 ? setAsking(true) : void leave())}>
        <Icon name="leave" size={20} />
        {t("settings.signOut")}
      </button>
      <p class="fine">{t("settings.signOutHint")}</p>
      {asking && (
        <Dialog title={t("settings.signOut")} onClose={() => setAsking(false)}>
          <p>{t("settings.unsent", { n: unsent })}</p>
          <button type="button" class="button danger" onClick={() => void leave()}>
            {t("settings.signOutAnyway")}
          </button>
        </Dialog>
      )}
    </section>
  );
}

export function Settings({ part }: { part: "invite" | undefined }) {
  const app = useApp();
  const whoami = useValue(app.whoami);
  // The part that a link leads to is there once it is known what this server has.
  useEffect(() => {
    if (part !== undefined) document.getElementById(part)?.scrollIntoView({ block: "center" });
  }, [part, whoami]);
  useValue(app.profiles.all);
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
        <SignOutPart />
      </div>
    </>
  );
}
