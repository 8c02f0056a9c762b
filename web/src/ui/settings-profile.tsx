// One's own profile, as others see it.

import { useEffect, useRef, useState } from "preact/hooks";
import { profileOf } from "../model/profiles.ts";
import { shrink } from "../model/shrink.ts";
import { useValue } from "../model/value.ts";
import { toBase64 } from "../model/wire.ts";
import { t } from "../strings.ts";
import { Code } from "./code.tsx";
import { Avatar, useApp, useTry } from "./parts.tsx";
import { to } from "./route.ts";

const largestPicture = 65_536;

export function ProfilePart() {
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
        </div>
        <div class="buttons">
          <button type="button" class="button small" onClick={() => file.current?.click()}>{t("settings.picture")}</button>
          {profile?.picture !== undefined && (
            <button type="button" class="button small" onClick={() => void set({ "picture-base64": "" })}>{t("settings.noPicture")}</button>
          )}
          <button type="button" class="button small" onClick={() => setCode(true)}>{t("settings.myCode")}</button>
        </div>
        <input ref={file} type="file" accept="image/*" hidden aria-label={t("settings.picture")} onChange={(e) => void picture(e.currentTarget.files?.[0])} />
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
