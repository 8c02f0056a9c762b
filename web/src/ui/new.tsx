// To whom: the exact name, or somebody one knows.

import { useState } from "preact/hooks";
import { profileOf } from "../model/profiles.ts";
import type { Profile } from "../model/types.ts";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Avatar, codeOf, refusalText, Say, Title, Top, useApp, useInvites } from "./parts.tsx";
import { addedIn, go, to } from "./route.ts";
import { Scanner } from "./scan.tsx";

// Whether there is somebody of exactly this name who lets themselves be found. It is asked when the person wants it, and
// not while they type: the server counts it as ten messages.
function Lookup({ name }: { name: string }) {
  const app = useApp();
  const [found, setFound] = useState<Profile | "nobody" | null>(null);
  const look = async () => {
    try {
      const profile = profileOf((await app.ask("find", { user: name }))["profile"] as Record<string, unknown>);
      await app.profiles.keep(profile);
      setFound(profile);
    } catch (error) {
      if (codeOf(error) === "not-found" || codeOf(error) === "bad-name") setFound("nobody");
      else app.say(refusalText(codeOf(error), name));
    }
  };
  return (
    <div class="lookup" role="status">
      {found === null && (
        <button type="button" class="button quiet" onClick={() => void look()}>
          <Icon name="search" size={20} />
          {t("new.look")}
        </button>
      )}
      {found === "nobody" && (
        <p class="fine">
          <Say k="new.notFound" fill={{ name }} />
        </p>
      )}
      {found !== null && found !== "nobody" && (
        <a class="found-card" href={to.person(found.user)} aria-label={t("chat.info", { name: found.name || found.user })}>
          <Avatar chat={`user/${found.user}`} version={found.version} />
          <span class="row-text">
            <bdi class="name">{found.name || found.user}</bdi>
            <bdi class="preview">{found.about || found.user}</bdi>
          </span>
          <Icon name="plane" size={20} />
        </a>
      )}
    </div>
  );
}

export function New() {
  const app = useApp();
  const contacts = useValue(app.contacts);
  const invites = useInvites();
  const [name, setName] = useState("");
  const [scanning, setScanning] = useState(false);
  const wanted = name.trim();
  const known = contacts.filter((c) => c.user.includes(wanted) || app.profiles.nameOf(c.user).toLocaleLowerCase().includes(wanted.toLocaleLowerCase()));
  const submit = (event: Event) => {
    event.preventDefault();
    if (wanted !== "") go(to.chat(`user/${wanted}`), true);
  };
  return (
    <>
      <Top title={t("chats.new")} home="#/chats" always />
      <div class="scroll page">
        <form class="form inline" onSubmit={submit} role="search">
          <label>
            {t("new.name")}
            <input
              name="to"
              value={name}
              maxLength={64}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              autofocus
              aria-describedby="new-hint"
              onInput={(e) => setName(e.currentTarget.value)}
            />
          </label>
          <button class="button primary" disabled={wanted === ""}>
            {t("new.go")}
          </button>
          <small id="new-hint">{t("new.hint")}</small>
        </form>
        {wanted !== "" && !contacts.some((c) => c.user === wanted) && <Lookup key={wanted} name={wanted} />}
        <a class="line-link" href="#/new-group">
          <span class="line-icon"><Icon name="group" /></span>
          {t("new.group")}
        </a>
        <button type="button" class="line-link" onClick={() => setScanning(true)}>
          <span class="line-icon"><Icon name="code" /></span>
          {t("new.scan")}
        </button>
        {invites && (
          <a class="line-link" href={to.inviting}>
            <span class="line-icon"><Icon name="link" /></span>
            {t("settings.invite")}
          </a>
        )}
        {known.length > 0 && (
          <section aria-labelledby="known">
            <h2 id="known">{t("new.people")}</h2>
            <ul class="rows">
              {known.map((c) => (
                <li class="row" key={c.user}>
                  <a class="row-link" href={to.chat(`user/${c.user}`)}>
                    <Avatar chat={`user/${c.user}`} version={c.profile} />
                    <span class="row-text">
                      <Title chat={`user/${c.user}`} />
                      {app.profiles.nameOf(c.user) !== c.user && <bdi class="preview">{c.user}</bdi>}
                    </span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
      {scanning && <Scanner take={addedIn} onFound={(user) => go(to.person(user), true)} onClose={() => setScanning(false)} />}
    </>
  );
}
