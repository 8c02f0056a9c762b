// For moderators: what people have reported, with its evidence, and what becomes of it.

import { useCallback, useEffect, useState } from "preact/hooks";
import { itemOfJson } from "../model/wire.ts";
import { Value, useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Avatar, Empty, Say, Top, useApp, useTry } from "./parts.tsx";
import { go, to } from "./route.ts";
import { atClock, inFull, inList } from "./time.ts";
import { Veiled } from "./picture.tsx";
import { Written } from "./text.tsx";
import { kindText } from "./chats.tsx";

interface Report_ {
  report: string;
  by: string;
  user?: string;
  group?: string;
  reason: string;
  note: string;
  time: number;
  id?: string;
  evidence?: Record<string, unknown>[];
}

const open = new Value<readonly Report_[] | null>(null);

function useReports(): [readonly Report_[] | null, () => Promise<void>] {
  const app = useApp();
  const reports = useValue(open);
  const load = useCallback(async () => {
    const answer = await app.ask("reports", { state: "open", limit: 100 });
    open.set((answer["reports"] ?? []) as Report_[]);
  }, [app]);
  return [reports, load];
}

function subject(report: Report_): string {
  return report.user ?? report.group ?? "";
}

function reasonText(reason: string): string {
  return reason === "spam" || reason === "abuse" || reason === "illegal" ? t(`report.${reason}`) : t("report.other");
}

export function Reports({ picked }: { picked: string | null }) {
  const [reports, load] = useReports();
  useEffect(() => void load().catch(() => {}), [load]);
  return (
    <>
      <Top title={t("nav.reports")} />
      <div class="scroll">
        {reports !== null && reports.length === 0 && <Empty icon="reports" title={t("reports.empty")} />}
        <ul class="rows" aria-label={t("reports.list")}>
          {reports?.map((r) => (
            <li class={`row${picked === r.report ? " picked" : ""}`} key={r.report}>
              <a class="row-link" href={to.report(r.report)}>
                <Avatar chat={r.user !== undefined ? `user/${r.user}` : `group/${r.group}`} />
                <span class="row-text">
                  <span class="row-head">
                    <bdi class="name">{subject(r)}</bdi>
                    <time title={inFull(r.time)}>{inList(r.time)}</time>
                  </span>
                  <span class="preview" dir="auto">
                    {reasonText(r.reason)}
                    {r.note !== "" && `: ${r.note}`}
                  </span>
                </span>
              </a>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

export function Report({ id }: { id: string }) {
  const app = useApp();
  const attempt = useTry();
  const [reports, load] = useReports();
  const [days, setDays] = useState(7);
  const [note, setNote] = useState("");
  useEffect(() => {
    if (reports === null) void load().catch(() => {});
  }, [load]);
  const report = reports?.find((r) => r.report === id);
  if (report === undefined) return <Empty icon="reports" title={t("reports.pick")} />;
  const resolve = async (action: string) => {
    const args = { report: id, action, ...(note === "" ? {} : { note }), ...(action === "suspend" ? { days } : {}) };
    if (!(await attempt(() => app.ask("resolve", args)))) return;
    app.say(t("reports.done"));
    await load().catch(() => {});
    go("#/reports", true);
  };
  return (
    <>
      <Top title={<Say k="reports.about" fill={{ name: subject(report) }} />} home="#/reports" />
      <div class="scroll page">
        <p>
          <strong>{reasonText(report.reason)}</strong>
          <br />
          <Say k="reports.by" fill={{ name: report.by }} />, {inFull(report.time)}
        </p>
        {report.note !== "" && (
          <blockquote class="quote" dir="auto">
            <bdi>{report.note}</bdi>
          </blockquote>
        )}
        <h2>{t("reports.evidence")}</h2>
        <ul class="evidence">
          {(report.evidence ?? []).map((json) => {
            const item = itemOfJson(json, "");
            const m = item?.message;
            if (m === undefined) return null;
            return (
              <li key={m.id} class={m.id === report.id ? "reported" : ""}>
                <span class="evidence-head">
                  <bdi class="who">{m.from}</bdi>
                  <time title={inFull(m.time)}>{atClock(m.time)}</time>
                </span>
                {m.text !== undefined ? (
                  <Written text={m.text.slice(0, 4000)} />
                ) : m.kind === "image" && item?.bytes !== undefined ? (
                  <Veiled bytes={item.bytes} label={t("chat.pictureFrom", { name: m.from })} />
                ) : (
                  <em>{kindText(m.kind, "")}</em>
                )}
              </li>
            );
          })}
        </ul>
      </div>
      <footer class="decide">
        {report.user !== undefined && (
          <div class="decide-fields">
            <label>
              {t("reports.note")}
              <input value={note} maxLength={1000} dir="auto" onInput={(e) => setNote(e.currentTarget.value)} />
            </label>
            <label class="days">
              {t("reports.days")}
              <input type="number" min={1} max={36500} value={days} onInput={(e) => setDays(Number(e.currentTarget.value) || 1)} />
            </label>
          </div>
        )}
        <div class="decide-buttons">
          <button type="button" class="button primary" onClick={() => void resolve("dismiss")}>{t("reports.dismiss")}</button>
          {report.user !== undefined && (
            <>
              <button type="button" class="button" onClick={() => void resolve("warn")}>{t("reports.warn")}</button>
              <button type="button" class="button danger" onClick={() => void resolve("suspend")}>{t("reports.suspend")}</button>
            </>
          )}
        </div>
      </footer>
    </>
  );
}
