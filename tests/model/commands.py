"""Commands and lists: their names on the wire, and what they are in the reference."""

from reference import Messenger
from things import Refused, valid_user


def rename(arguments):
    return {name.replace("-", "_"): value for name, value in arguments.items()}


def moved(count):
    return {"moved": count}


def approve(model, owner, user=None, group=None):
    if group is not None:
        model.join_invited(owner, group)
        return moved(0)
    check_name(user)
    return moved(model.approve(owner, user))


def add_contact(model, owner, user):
    return approve(model, owner, user)


def decline(model, owner, user=None, group=None):
    if group is not None:
        return model.decline_invitation(owner, group)
    check_name(user)
    return model.decline(owner, user)


def about_user(method):
    def run(model, owner, user):
        check_name(user)
        method(model, owner, user)
    return run


def about(method, owner, user):
    check_name(user)
    return method(owner, user)


def check_name(user):
    if not valid_user(user):
        raise Refused("bad-name")


def settings(model, owner, **change):
    changed = {name.replace("_", "-"): value for name, value in change.items()}
    return {"settings": model.change_settings(owner, **changed)}


def create_group(model, owner, group, title="", users=()):
    model.create_group(owner, group, title, users)
    return {"group": group}


def invite(model, owner, group, users):
    model.invite(owner, group, users)
    return {"invited": users}


def for_moderators(method, model, owner, **arguments):
    def run():
        if owner not in model.moderators:
            raise Refused("not-authorized")
        return method(model, owner, **arguments)
    return run


# What commands do, and return beside "ok".
COMMANDS = {
    "approve": approve, "add-contact": add_contact, "decline": decline,
    "block": about_user(Messenger.block), "unblock": about_user(Messenger.unblock),
    "remove-contact": about_user(Messenger.remove_contact), "settings": settings,
    "store": Messenger.store, "set-profile": Messenger.set_profile,
    "profile": lambda model, owner, user: about(model.profile, owner, user),
    "find": lambda model, owner, user: about(model.find, owner, user),
    "revoke-token": lambda model, owner, device: model.revoke_token(owner, device),
    "push-subscribe": lambda model, owner, **a: model.subscribe_to_pushes(owner, **a),
    "push-unsubscribe": lambda model, owner, device: model.unsubscribe_from_pushes(owner, device),
    "push-gone": lambda model, owner, endpoint: model.push_is_gone(owner, endpoint),
    "suspend": lambda model, owner, **a: for_moderators(Messenger.suspend, model, owner, **a)(),
    "unsuspend": lambda model, owner, **a: for_moderators(Messenger.unsuspend, model, owner, **a)(),
    "create-group": create_group, "invite": invite,
    "leave": lambda model, owner, group: model.leave(owner, group),
    "remove-member": lambda model, owner, group, user: model.remove_member(owner, group, user),
    "set-role": lambda model, owner, group, user, role: model.set_role(owner, group, user, role),
    "rename-group": lambda model, owner, group, title: model.rename_group(owner, group, title),
}


def history(model, owner, user=None, group=None):
    return [model.reacted_json(owner, m) for m in model.history(owner, user, group)]


# What lists answer with: the name of the items, and what they are.
LOOKS = {
    "history": ("messages", history),
    "requests": ("requests", Messenger.requests),
    "contacts": ("users", lambda model, owner, rows=False: (
        model.contact_rows(owner) if rows else model.contacts(owner))),
    "blocked": ("users", Messenger.blocked),
    "declined": ("users", Messenger.declined),
    "sync": ("items", Messenger.sync),
    "conversations": ("conversations", Messenger.conversations),
    "reports": ("reports", Messenger.list_reports),
    "groups": ("groups", Messenger.list_groups),
    "stored": ("values", Messenger.list_own),
    "tokens": ("tokens", Messenger.list_tokens),
    "invites": ("invites", Messenger.list_invites),
    "push-subscriptions": ("subscriptions", Messenger.list_pushes),
    "members": ("members", lambda model, owner, group: model.list_members(owner, group)),
}
