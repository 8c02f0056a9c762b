// The first screen: a name and a password, or an invitation.

import { useState } from "preact/hooks";
import { signIn } from "../model/signin.ts";
import { t, type StringKey } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Scanner } from "./scan.tsx";

export const wanted = "[a-z0-9][a-z0-9._\\-]{1,31}";

// The code of an invitation that is in ${text}: a link, or by itself.
function inviteIn(text: string): string | null {
  return /bci-[A-Za-z0-9_-]{43}/.exec(text)?.[0] ?? null;
}

export function Welcome({ invite, known, onDone }: { invite: string | null; known: string; onDone: () => void }) {
  const [joining, setJoining] = useState(invite !== null);
  const [code, setCode] = useState(invite ?? "");
  const [scanning, setScanning] = useState(false);
  const [state, setState] = useState<"" | "busy" | StringKey>("");

  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const user = String(form.get("name")).trim();
    const secret = joining ? (inviteIn(code) ?? code.trim()) : String(form.get("password"));
    setState("busy");
    const result = await signIn(user, secret).catch(() => "unreachable" as const);
    if (result === "ok") return onDone();
    setState(result === "unreachable" ? "welcome.unreachable" : joining ? "welcome.inviteRefused" : "welcome.refused");
  };

  return (
    <main class="welcome">
      <div class="welcome-card">
        <header>
          <span class="logo" aria-hidden="true">
            <Icon name="plane" size={44} />
          </span>
          <h1>{t("app.name")}</h1>
          <p class="tagline">{known === "" ? t("app.tagline") : t("welcome.again")}</p>
        </header>
        <form onSubmit={submit} class="form" aria-label={joining ? t("welcome.join") : t("welcome.title")}>
          {joining && (
            <label>
              {t("welcome.invite")}
              <input name="invite" required autocomplete="off" spellcheck={false} value={code} onInput={(e) => setCode(e.currentTarget.value)} aria-describedby="invite-hint" />
              <small id="invite-hint">{t("welcome.inviteHint")}</small>
            </label>
          )}
          {joining && (
            <button type="button" class="button quiet" onClick={() => setScanning(true)}>
              <Icon name="code" size={20} />
              {t("welcome.scan")}
            </button>
          )}
          <label>
            {joining ? t("welcome.wanted") : t("welcome.name")}
            <input
              name="name"
              required
              maxLength={64}
              defaultValue={known}
              readOnly={known !== ""}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              {...(joining ? { pattern: wanted, title: t("welcome.wantedHint"), "aria-describedby": "wanted-hint" } : {})}
            />
            {joining && <small id="wanted-hint">{t("welcome.wantedHint")}</small>}
          </label>
          {!joining && (
            <label>
              {t("welcome.password")}
              <input name="password" type="password" required autocomplete="current-password" />
            </label>
          )}
          <p class="problem" role="alert">
            {state !== "" && state !== "busy" && t(state)}
          </p>
          <button class="button primary" disabled={state === "busy"}>
            {state === "busy" ? t("welcome.signingIn") : joining ? t("welcome.join") : t("welcome.signIn")}
          </button>
        </form>
        {known === "" && (
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              setJoining(!joining);
              setState("");
            }}
          >
            {joining ? t("welcome.havePassword") : t("welcome.haveInvite")}
          </button>
        )}
        <p class="fine">{t("welcome.keeps")}</p>
      </div>
      {scanning && (
        <Scanner
          take={inviteIn}
          onFound={(found) => {
            setCode(found);
            setScanning(false);
          }}
          onClose={() => setScanning(false)}
        />
      )}
    </main>
  );
}
