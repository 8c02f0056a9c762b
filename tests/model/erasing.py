"""What the operator erases, and what ends by itself (section 5, a message in JSON)."""

from things import DAY_MS, Refused


class Erasing:
    def erase(self, message=None, user=None, other=None):
        """
        Takes away what one message says, or all that a user sent, and then the rest of theirs. Returns the
        messages, and how much else waits until reports are resolved: what they keep of earlier erasures, and notes.
        """
        if message is not None and message.erased:
            raise Refused("not-possible")
        taken = [message] if message is not None else [
            m for m in self.messages
            if m.sender == user and not m.erased and other in (None, m.to)]
        waiting = 0 if message is not None else sum(
            m.sender == user and m.kept is not None and other in (None, m.to) for m in self.messages)
        self.stored()
        for one in taken:
            self.erase_message(one)
        if message is None and other is None:
            self.profiles[user] = {}
            for (owner, _), relation in self.relations.items():
                if owner == user:
                    relation.profile = {}
            self.own[user] = {}
            self.pushes[user] = {}
            self.events = [
                (place, to, group, dict(said, key="") if to == user and said["event"] == "stored" else said)
                for place, to, group, said in self.events]
            self.erase_titles(user)
            waiting += self.erase_notes(user)
        return taken, waiting

    def erase_titles(self, user):
        for group in self.groups.values():
            if group.titled_by == user:
                group.title = ""
            for invitation in group.invitations.values():
                if invitation.titled_by == user:
                    invitation.title = ""
            for other, titled_by in group.titled_by_seen.items():
                if titled_by == user:
                    group.title_seen[other] = ""
        for _, _, _, said in self.events:
            if "title" in said and self.authors[said["id"]] == user:
                said["title"] = ""

    def erase_notes(self, user):
        waiting = 0
        for report in self.reports:
            if report.by == user and report.note:
                if report.resolution:
                    report.note = ""
                else:
                    report.note_goes = True
                    waiting += 1
            if report.resolution and report.resolution["by"] == user:
                report.resolution["note"] = ""
        for _, _, _, said in self.events:
            if "note" in said and self.authors[said["id"]] == user:
                said["note"] = ""
        return waiting

    def erase_message(self, message):
        keepers = [r for r in self.reports if not r.resolution
                   and any(m is message for m, _ in r.evidence)]
        message.erased = True
        message.keepers = keepers
        message.kept = (message.kind, message.payload, message.content_type) if keepers else None
        message.kind, message.payload, message.content_type = "erased", b"", None

    def retain(self):
        """Messages from before so many whole days, of UTC, are erased; what reports keep stays for those."""
        today = self.now - self.now % DAY_MS
        self.stored()
        for message in self.messages:
            days = self.retain_days["group" if message.group else "direct"]
            if days > 0 and not message.erased and message.time < today - days * DAY_MS:
                self.erase_message(message)

    def let_go(self, report):
        """The report is resolved: what no other keeps is gone."""
        for message, _ in report.evidence:
            message.keepers = [r for r in message.keepers if r is not report]
            if not message.keepers:
                message.kept = None

    def as_evidence(self, report, message):
        """Moderators see what was erased since, in the reports that keep it, as long as those do."""
        if not any(keeper is report for keeper in message.keepers):
            return self.message_json(report.by, message)
        kind, payload, content_type = message.kind, message.payload, message.content_type
        message.kind, message.payload, message.content_type = message.kept
        message.erased = False
        json = dict(self.message_json(report.by, message), erased=True)
        message.erased = True
        message.kind, message.payload, message.content_type = kind, payload, content_type
        return json
