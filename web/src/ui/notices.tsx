// What is said at the edge of all screens.

import { useEffect, useState } from "preact/hooks";
import { secretOf } from "../model/account.ts";
import { useValue } from "../model/value.ts";
import type { WireEvent } from "../model/wire.ts";
import { has, t } from "../strings.ts";
import { IconButton, useApp } from "./parts.tsx";
import { inFull } from "./time.ts";

// Whether there is a connection. A moment without one isn't worth a word.
export function Strip({ onSignIn }: { onSignIn: () => void }) {
  const app = useApp();
  const link = useValue(app.link);
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (link === "online") return setLate(false);
    const timer = setTimeout(() => setLate(true), 900);
    return () => clearTimeout(timer);
  }, [link]);
  const signedOut = link === "refused" || (link !== "online" && secretOf(app.account) === null);
  const text = signedOut ? t("link.refused") : !late || link === "online" ? "" : link === "offline" || !navigator.onLine ? t("link.offline") : t("link.connecting");
  return (
    <div class={`strip${text === "" ? " nothing" : ""}`} role="status">
      {text}
      {signedOut && (
        <button type="button" class="button small" onClick={onSignIn}>
          {t("welcome.signIn")}
        </button>
      )}
    </div>
  );
}

function noticeText(event: WireEvent): string {
  const data = event.data as Record<string, string>;
  const key = `notice.${event.name}`;
  if (!has(key)) return "";
  const action = `action.${data["action"]}`;
  return t(key, {
    note: data["note"] ?? "",
    until: data["until"] === undefined ? "" : inFull(Number(data["until"])),
    user: data["user"] ?? "",
    action: has(action) ? t(action) : "",
  });
}

// What moderators have said. It stays until it is put away.
export function Notices() {
  const app = useApp();
  const notices = useValue(app.notices).filter((n) => noticeText(n) !== "");
  if (notices.length === 0) return null;
  return (
    <div class="notices" role="region" aria-label={t("settings.notifications")}>
      <div>
        {notices.map((n) => (
          <p key={n.id} dir="auto">
            {noticeText(n)}
          </p>
        ))}
      </div>
      <IconButton icon="close" label={t("close")} onClick={() => void app.dismissNotices()} />
    </div>
  );
}

export function Toast() {
  const app = useApp();
  const toast = useValue(app.toast);
  const [gone, setGone] = useState(0);
  useEffect(() => {
    if (toast === null) return;
    const timer = setTimeout(() => setGone(toast.n), 4500);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div class="toast-place" role="status" aria-live="polite">
      {toast !== null && toast.n !== gone && <div class="toast">{toast.text}</div>}
    </div>
  );
}
