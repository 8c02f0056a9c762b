// To whom: the exact name, or somebody one knows.

import { useState } from "preact/hooks";
import { useValue } from "../model/value.ts";
import { t } from "../strings.ts";
import { Icon } from "./icons.tsx";
import { Avatar, Title, Top, useApp } from "./parts.tsx";
import { go, to } from "./route.ts";

export function New() {
  const app = useApp();
  const contacts = useValue(app.contacts);
  const [name, setName] = useState("");
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
        <a class="line-link" href="#/new-group">
          <span class="line-icon"><Icon name="group" /></span>
          {t("new.group")}
        </a>
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
    </>
  );
}
