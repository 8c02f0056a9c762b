"""What messages are made of: payloads whose kinds are known."""

import base64

# A name for each, its kind, and what it is; %d makes it another one each time. Media have a third
# item: what they are found to be.
CATALOGUE = {
    "text": ("text", b"note %d"),
    "umlauts": ("text", "gr\u00fc\u00dfe \U0001f600 %d".encode()),
    "lines": ("text", b"one\r\n\ttwo %d"),
    "link": ("link", b"https://example.org/%d"),
    "links": ("link", b" http://a.example/%d\nhttps://b.example/?q=1 "),
    "about a link": ("text", b"see https://example.org/%d"),
    "not quite a link": ("text", b"ftp://example.org/%d"),
    "binary": ("binary", b"\x00\xff %d"),
    "control": ("binary", b"bell \x07 %d"),
    "ill-formed": ("binary", b"\xc3\x28 %d"),
    "png": ("image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR %d", "image/png"),
    "mp4": ("video", b"\0\0\0\x18ftypisom\0\0\0\0isommp42 %d", "video/mp4"),
    "long": ("text", b"a message that is a little longer than those of strangers may be, %d"),
    "empty": ("text", b""),
    "large": ("text", b"%d" + b"\n" * 520),
    "large binary": ("binary", b"%d" + b"\xff" * 400),
    "huge": ("text", b"%d" + b"!" * 600),
}


def make(what, number):
    """The payload, its kind, and what media are found to be."""
    kind, pattern, *found = CATALOGUE[what]
    return (pattern % number if b"%d" in pattern else pattern), kind, (found or [None])[0]


def as_json(payload):
    """As arguments of the command `send`."""
    try:
        return {"payload": payload.decode()} if b"\0" not in payload else {
            "payload-base64": base64.b64encode(payload).decode()}
    except UnicodeDecodeError:
        return {"payload-base64": base64.b64encode(payload).decode()}
