"""Profiles, and finding people (section 5)."""

import base64

from things import Refused

ABOUT_MAX = 512
PICTURE_MAX = 65536
FORMATS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def format_of(picture):
    """The content type of a picture; None if it isn't one."""
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return next((type for start, type in FORMATS.items() if picture.startswith(start)), None)


class Profiles:
    def set_profile(self, user, **change):
        picture = base64.b64decode(change.get("picture_base64", ""))
        if len(change.get("name", "").encode()) > 128 or any(
                ord(c) < 32 or 127 <= ord(c) < 160 for c in change.get("name", "")):
            raise Refused("bad-request")
        if len(change.get("about", "").encode()) > ABOUT_MAX:
            raise Refused("bad-request")
        if len(picture) > PICTURE_MAX:
            raise Refused("too-large")
        if picture and format_of(picture) is None:
            raise Refused("kind-not-allowed")
        self.check_suspended(user)
        before = self.profiles.get(user, {})
        after = {name: value for name, value in dict(before, **change).items()
                 if value and name != "version"}
        if after == {name: value for name, value in before.items() if name != "version"}:
            return {"profile": before["version"] if before else "0" * 16}
        self.stored()
        version = self.draw()
        self.profiles[user] = dict(after, version=version) if after else {}
        self.tell(user, "profile", id=version, version=version)
        return {"profile": version}

    def shown_profile(self, viewer, owner):
        """The one of now; whom the owner has blocked see the one from before."""
        relation = self.relation(owner, viewer)
        return relation.profile if relation.blocked else self.profiles.get(owner, {})

    def visible_profile(self, viewer, owner):
        seen = (viewer == owner or (viewer, owner) in self.open or self.settings(owner)["findable"]
                or any(owner in group.members for group in self.groups_of(viewer)))
        return self.shown_profile(viewer, owner) if seen else {}

    def profile_json(self, owner, profile):
        json = dict({name.replace("_", "-"): value for name, value in profile.items()}, user=owner)
        if "picture_base64" in profile:
            json["content-type"] = format_of(base64.b64decode(profile["picture_base64"]))
        return {"profile": json}

    def profile(self, viewer, owner):
        return self.profile_json(owner, self.visible_profile(viewer, owner))

    def find(self, viewer, owner):
        if not self.settings(owner)["findable"]:
            raise Refused("not-found")
        return self.profile_json(owner, self.shown_profile(viewer, owner))

    def with_profile(self, viewer, owner, row):
        """The row of somebody, with the version of their profile."""
        profile = self.visible_profile(viewer, owner)
        return dict(row, profile=profile["version"]) if profile else row

    def contact_rows(self, user):
        return [self.with_profile(user, other, {"user": other}) for other in self.contacts(user)]
