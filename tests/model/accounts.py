"""Tokens that sign devices in, and invitations to have an account (section 1)."""

import re

from things import DAY_MS, Refused, Time, valid_group, valid_title

SIGNUP_MS = 600_000
DAYS = 7


class Accounts:
    # ---- tokens ----

    def create_token(self, user, secret, device, days=None):
        self.check_accounts()
        self.check_device(device)
        self.stored()
        until = None if days is None else self.now + days * DAY_MS
        self.tokens.setdefault(user, {})[device] = {
            "secret": secret, "until": until, "id": self.draw(), "day": 0}
        self.signups.pop(user, None)
        return {"token": secret, **({} if until is None else {"until": until})}

    def check_device(self, device):
        if not 1 <= len(device.encode()) <= 64 or not valid_title(device):
            raise Refused("bad-request")

    def revoke_token(self, user, device):
        self.check_accounts()
        self.check_device(device)
        if device not in self.tokens.get(user, {}):
            raise Refused("not-found")
        self.stored()
        del self.tokens[user][device]
        self.pushes.get(user, {}).pop(device, None)

    def list_tokens(self, user):
        self.check_accounts()
        return [{"device": device, "created": Time(token["id"]),
                 **({"used": token["day"] * DAY_MS} if token["day"] else {}),
                 **({"until": token["until"]} if token["until"] is not None else {})}
                for device, token in sorted(self.tokens.get(user, {}).items(),
                                            key=lambda item: item[0].encode())]

    def can_sign_in(self, token):
        return token["until"] is None or self.now < token["until"]

    def sign_in(self, user, secret):
        """Is somebody let in who comes with a token as the password?"""
        for token in self.tokens.get(user, {}).values():
            if token["secret"] == secret and self.can_sign_in(token):
                if token["day"] < self.now // DAY_MS:
                    self.stored()
                    token["day"] = self.now // DAY_MS
                return True
        return False

    def check_accounts(self):
        if self.accounts == "off":
            raise Refused("not-possible")

    # ---- invitations ----

    def create_invite(self, user, secret, days=DAYS, uses=1, group=None):
        self.check_accounts()
        if group is not None:
            if not valid_group(group):
                raise Refused("bad-name")
            self.role(group, user, "admin")
        self.check_suspended(user)
        self.stored()
        invite = {"by": user, "secret": secret, "until": self.now + days * DAY_MS, "uses": uses,
                  "group": group, "id": self.draw()}
        self.invites.append(invite)
        return {"invite": secret, "until": invite["until"]}

    def revoke_invite(self, user, invite):
        self.check_accounts()
        for other in self.invites:
            if other["secret"] == invite and other["by"] == user:
                self.stored()
                self.invites.remove(other)
                return
        raise Refused("not-found")

    def list_invites(self, user):
        self.check_accounts()
        return [{"invite": i["id"], "created": Time(i["id"]), "until": i["until"], "uses": i["uses"],
                 **({"group": i["group"]} if i["group"] else {})}
                for i in self.invites if i["by"] == user]

    def come(self, name, secret):
        """Is somebody let in who comes with an invitation as the password?"""
        if name in self.signups:  # a moment ago, and without a token since
            invite, id = self.signups[name]
            return invite["secret"] == secret and self.now < id.at + SIGNUP_MS
        invite = next((i for i in self.invites if i["secret"] == secret), None)
        if (not re.fullmatch("[a-z0-9][a-z0-9._-]{1,31}", name) or name in self.came
                or invite is None or self.now >= invite["until"]
                or self.now < self.suspended_until.get(invite["by"], 0)):
            return False
        self.stored()
        id = self.draw()
        invite["uses"] -= 1
        if invite["uses"] == 0:
            self.invites.remove(invite)
        self.came.add(name)
        self.signups[name] = (invite, id)
        self.befriend(invite["by"], name, id)
        return True

    def befriend(self, by, name, id):
        for owner, other in ((by, name), (name, by)):
            self.relation(owner, other).stance = "contact"
            self.open.add((other, owner))
        self.tell(by, "contact", id=id, user=name, contact=True)
        self.tell(by, "invited", user=name)
        group = self.groups.get(self.signups[name][0]["group"])
        if (group and by in group.members and group.members[by].role in ("owner", "admin")
                and len(group.members) < self.limits["group_max_members"]):
            self.join(group, name, "member", by, True)
            self.relation(name, by).put_in += 1
