// Reporting a message, a person or a group.

import { useState } from "preact/hooks";
import { t } from "../strings.ts";
import { Dialog, useApp, useTry } from "./parts.tsx";

const reasons = ["spam", "abuse", "illegal", "other"] as const;

export function ReportDialog({ about, onClose }: { about: Record<string, string>; onClose: (done: boolean) => void }) {
  const app = useApp();
  const attempt = useTry();
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const block = form.get("block") !== null ? { block: true } : {};
    setBusy(true);
    const done = await attempt(() => app.ask("report", { ...about, reason: String(form.get("reason")), note: String(form.get("note")), ...block }));
    setBusy(false);
    if (!done) return;
    app.say(t("report.done"));
    onClose(true);
  };
  return (
    <Dialog title={t("report.title")} onClose={() => onClose(false)}>
      <form class="form" onSubmit={submit}>
        <fieldset>
          <legend>{t("report.reason")}</legend>
          {reasons.map((reason, i) => (
            <label class="choice">
              <input type="radio" name="reason" value={reason} defaultChecked={i === 0} />
              {t(`report.${reason}`)}
            </label>
          ))}
        </fieldset>
        <label>
          {t("report.note")}
          <textarea name="note" rows={3} maxLength={1000} dir="auto" />
        </label>
        {about["group"] === undefined && (
          <label class="choice">
            <input type="checkbox" name="block" />
            {t("report.block")}
          </label>
        )}
        <p class="fine">{t("report.evidence")}</p>
        <button class="button primary" disabled={busy}>
          {t("report.go")}
        </button>
      </form>
    </Dialog>
  );
}
