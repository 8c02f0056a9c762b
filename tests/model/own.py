"""Own data: what a user keeps for their devices (section 5)."""

from things import Refused

VALUE_MAX = 8192
ALL_MAX = 65536


class Own:
    def store(self, user, key, value=None):
        if not 1 <= len(key) <= 64 or not all("!" <= c <= "~" for c in key):
            raise Refused("bad-request")
        if value is not None and len(value.encode()) > VALUE_MAX:
            raise Refused("bad-request")
        kept = self.own.setdefault(user, {})
        if kept.get(key) == value:
            return  # there is nothing to do
        rest = {k: v for k, v in kept.items() if k != key}
        if value is not None:
            rest[key] = value
            if sum(len(k) + len(v.encode()) for k, v in rest.items()) > ALL_MAX:
                raise Refused("not-possible")
        self.stored()
        self.own[user] = rest
        self.tell(user, "stored", key=key)

    def list_own(self, user):
        return [{"key": key, "value": value} for key, value in sorted(self.own.get(user, {}).items())]
