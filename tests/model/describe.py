"""What is expected, for people to read."""

from things import Any, Id, Time


def plain(value):
    if isinstance(value, Time):
        return "time of %r" % value.of
    if isinstance(value, Id):
        return repr(value)
    if isinstance(value, Any):
        return "any"
    if isinstance(value, bytes):
        return repr(value)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def printable(hex):
    return repr(bytes.fromhex(hex))[1:]


def lines(value):
    return "\n".join("  %s" % plain(item) for item in value) if isinstance(value, list) else value


def describe(publication):
    return "  %s %s %s%s" % (
        "/".join(map(str, plain(publication.topic))), plain(publication.payload),
        plain(publication.properties),
        " to " + publication.client if publication.client else "")
