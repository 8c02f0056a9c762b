// The devices that are signed in, and invitations for people who aren't here yet.

import { useEffect, useState } from "preact/hooks";
import { t } from "../strings.ts";
import { Code } from "./code.tsx";
import { Icon } from "./icons.tsx";
import { codeOf, useApp, useInvites, useTry } from "./parts.tsx";
import { to } from "./route.ts";
import { onDay } from "./time.ts";

interface Device {
  device: string;
  created: number;
  used?: number;
  current?: boolean;
}

export function DevicesPart() {
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
              <span class="fine">{d.current ? t("settings.thisDevice") : t("settings.used", { when: onDay(d.used ?? d.created) })}</span>
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

interface Invitation {
  invite: string;
  until: number;
  uses: number;
  group?: string;
}

// Where the server has no invitations there is nothing to be shown of them.
export function InvitePart() {
  const app = useApp();
  const attempt = useTry();
  const there = useInvites();
  const [link, setLink] = useState<string | null>(null);
  const [open, setOpen] = useState<Invitation[]>([]);
  const load = async () => setOpen(((await app.ask("invites", { limit: 200 }))["invites"] ?? []) as Invitation[]);
  useEffect(() => {
    if (there) void load().catch(() => {});
  }, [app, there]);
  const make = () =>
    void attempt(async () => {
      setLink(to.invite(String((await app.ask("create-invite", { days: 7 }))["invite"])));
      await load();
    });
  if (!there) return null;
  return (
    <section aria-labelledby="invite" class="card">
      <h2 id="invite">{t("settings.invite")}</h2>
      <p class="fine">{t("settings.inviteHint")}</p>
      <ul class="rows" aria-label={t("settings.inviteList")}>
        {open.map((i) => (
          <li class="row device" key={i.invite}>
            <Icon name="link" />
            <span class="row-text">
              <span class="name">{t("settings.inviteUses", { n: i.uses })}</span>
              <span class="fine">{t("settings.inviteUntil", { when: onDay(i.until) })}</span>
            </span>
            <button type="button" class="button small" onClick={() => void attempt(() => app.ask("revoke-invite", { invite: i.invite })).then(() => load().catch(() => {}))}>
              {t("settings.inviteRevoke")}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="button" onClick={make}>
        {t("settings.inviteMake")}
      </button>
      {link !== null && <Code title={t("settings.invite")} text={link} onClose={() => setLink(null)} />}
    </section>
  );
}
