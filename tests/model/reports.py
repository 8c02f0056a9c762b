"""Reports, moderators and suspended users (section 5)."""

from things import DAY_MS, Refused, Report, Time


class Reports:
    def is_suspended(self, user):
        return self.now < self.suspended_until.get(user, 0)

    def check_suspended(self, user):
        if self.is_suspended(user):
            raise Refused("suspended")

    def report(self, user, reason, message=None, other=None, group=None, note="", block=False):
        """Keeps the evidence: the message and up to 10 before it. Returns the report's id."""
        if message is not None:
            if not self.sees(user, message) or message.erased:
                raise Refused("no-such-message")
            if message.sender == user:
                raise Refused("bad-request")
            other, group = message.sender, message.group
            seen = self.history(user, other if group is None else None, group)
            seen = seen[:seen.index(message) + 1]
        else:
            if other == user or (group is not None and block):
                raise Refused("bad-request")
            seen = self.history(user, other, group)
            if group is None and not seen:
                raise Refused("not-found")
        report = next((r for r in self.reports if not r.resolution and (
            r.by, r.message, r.message or (r.user, r.group)) == (
            user, message, message or (other, group))), None)
        new = report is None
        if new:
            self.stored()
            report = Report(self.draw(), user, other, group, message, reason, note,
                            [(m, self.state(user, m)) for m in seen[-11:]])
            self.reports.append(report)
        if block:
            self.block(user, other)
        for moderator in self.moderators if new else ():
            if moderator != other:  # nobody is told of a report about themselves
                about = {"user": other} if other is not None else {"group": group}
                self.tell(moderator, "reported", report=report.id, reason=reason, **about)
        return report.id

    def resolve(self, moderator, report, action, days=36500, note=""):
        if report.user == moderator:
            raise Refused("not-found")
        if report.resolution:
            raise Refused("not-possible")
        if report.user is None and action != "dismiss":
            raise Refused("bad-request")
        self.stored()
        id = self.draw()
        report.resolution = {"action": action, "by": moderator, "time": Time(id), "note": note}
        self.let_go(report)
        if report.note_goes:
            report.note = ""
        self.tell(report.by, "report-resolved", report=report.id, action=action)
        if action == "warn":
            self.authors[self.tell(report.user, "warned", note=note)["id"]] = moderator
        if action == "suspend":
            self.set_suspension(moderator, report.user, days, note)
            report.resolution["until"] = self.suspended_until[report.user]

    def set_suspension(self, moderator, user, days, note):
        self.suspended_until[user] = self.now + days * DAY_MS
        told = self.tell(user, "suspended", until=self.suspended_until[user], note=note)
        self.authors[told["id"]] = moderator

    def suspend(self, moderator, user, days=36500, note=""):
        if moderator == user:
            raise Refused("bad-request")
        self.stored()
        self.set_suspension(moderator, user, days, note)

    def unsuspend(self, moderator, user):
        if moderator == user:
            raise Refused("bad-request")
        if self.is_suspended(user):
            self.stored()
            self.suspended_until[user] = 0
            self.tell(user, "unsuspended")

    def list_reports(self, user, state="open"):
        if user not in self.moderators:
            raise Refused("not-authorized")
        return [self.report_json(report) for report in self.reports
                if bool(report.resolution) == (state == "resolved") and report.user != user]

    def report_json(self, report):
        json = {"report": report.id, "by": report.by, "reason": report.reason,
                "note": report.note, "time": Time(report.id),
                "state": "resolved" if report.resolution else "open",
                "evidence": [self.evidence_json(report, *e) for e in report.evidence]}
        if report.user is not None:
            json["user"] = report.user
        if report.group is not None:
            json["group"] = report.group
        if report.message is not None:
            json["id"] = report.message.id
        if report.resolution:
            json["resolution"] = report.resolution
        return json

    def evidence_json(self, report, message, state):
        json = dict(self.as_evidence(report, message), state=state)
        origin = message.origin
        if origin:  # moderators are told who wrote first what was forwarded
            json["origin"] = {"id": origin.id, "from": origin.sender, "time": Time(origin.id)}
            json["origin"].update(
                {"group": origin.group} if origin.group else {"to": origin.to})
        return json
