// Profiles of people, as they were last seen: asked for where one is shown and its version has changed.

import type { Database } from "../store/db.ts";
import type { Profile } from "./types.ts";
import { Value } from "./value.ts";
import { fromBase64 } from "./wire.ts";
import { measure } from "./media.ts";

type Ask = (name: string, args: Record<string, unknown>) => Promise<Record<string, unknown>>;

const askAgainAfter = 10 * 60_000;

export function profileOf(json: Record<string, unknown>): Profile {
  const profile: Profile = { user: String(json["user"]) };
  for (const name of ["version", "name", "about"] as const) {
    if (typeof json[name] === "string") profile[name] = json[name];
  }
  if (typeof json["picture-base64"] === "string") {
    const picture = fromBase64(json["picture-base64"]);
    const measured = measure(picture);
    if (measured !== null && measured.type.startsWith("image/")) Object.assign(profile, { picture, type: measured.type });
  }
  return profile;
}

export class Profiles {
  readonly all = new Value<ReadonlyMap<string, Profile>>(new Map());
  #asked = new Map<string, number>();
  #urls = new Map<string, { version: string | undefined; url: string }>();

  constructor(readonly db: Database, readonly ask: Ask, readonly changed_: (users: string[]) => void) {}

  async load(): Promise<void> {
    this.all.set(new Map((await this.db.getAll("profiles")).map((p) => [p.user, p])));
  }

  nameOf(user: string): string {
    return this.all.get().get(user)?.name || user;
  }

  // An address for the picture of ${user}, or null.
  pictureOf(user: string): string | null {
    const profile = this.all.get().get(user);
    if (profile?.picture === undefined) return null;
    const known = this.#urls.get(user);
    if (known !== undefined && known.version === profile.version) return known.url;
    if (known !== undefined) URL.revokeObjectURL(known.url);
    const url = URL.createObjectURL(new Blob([profile.picture], { type: profile.type ?? "" }));
    this.#urls.set(user, { version: profile.version, url });
    return url;
  }

  // ${user} is shown, and ${version} is what a list says of the profile. Without one there is none to be seen.
  want(user: string, version: string | undefined): void {
    if (version === undefined || this.all.get().get(user)?.version === version) return;
    void this.look(user).catch(() => {});
  }

  async look(user: string, now = false): Promise<Profile> {
    const asked = this.#asked.get(user) ?? 0;
    const here = this.all.get().get(user);
    if (!now && Date.now() - asked < askAgainAfter && asked > 0) return here ?? { user };
    this.#asked.set(user, Date.now());
    const answer = await this.ask("profile", { user }).catch((error: unknown) => {
      this.#asked.delete(user);
      throw error;
    });
    const profile = profileOf(answer["profile"] as Record<string, unknown>);
    await this.keep(profile);
    return profile;
  }

  async keep(profile: Profile): Promise<void> {
    await this.db.put("profiles", profile);
    this.changed_([profile.user]);
  }

  async changed(users: string[]): Promise<void> {
    const rows = await Promise.all(users.map((user) => this.db.get("profiles", user)));
    const all = new Map(this.all.get());
    for (const row of rows) if (row !== undefined) all.set(row.user, row);
    this.all.set(all);
  }
}
