/* What a message is, found from its bytes (protocol section 8). */
#ifndef BC_MESSAGING_KIND_H
#define BC_MESSAGING_KIND_H

#include "messaging/bytes.h"

/* The values are those of the stored records. */
enum bc_kind {
    BC_TEXT = 1,
    BC_LINK = 2,
    BC_IMAGE = 3,
    BC_VIDEO = 4,
    BC_BINARY = 5,
    BC_ERASED = 6 /* what it was nobody knows any more: found from no bytes */
};

/* A set of kinds, as bits: the set that holds only ${kind}. */
#define BC_KIND_BIT(kind) (1U << (unsigned)(kind))

/* The longest link, in bytes: what RFC 9110, section 4.1, asks everybody to support. */
#define BC_LINK_MAX 8000

/**
 * bc_kind_of(payload):
 * The kind of ${payload}: link for nothing but absolute http(s) URLs and white space (space, tab,
 * CR, LF), text for UTF-8 without control characters other than tab, CR and LF, image or video for
 * what media.h says is one, else binary. O(length), with no more memory than one link takes.
 *
 * A link is a URI of RFC 3986 with the scheme http or https in any case, a host, and at most
 * BC_LINK_MAX bytes. Beyond that RFC it may have what browsers show and copy: non-ASCII characters
 * other than U+0080 to U+009F wherever letters may stand, as in RFC 3987 (so hosts need not be in
 * punycode), and behind the host also [ ] { } | ^ ` and, in the fragment, #.
 */
enum bc_kind bc_kind_of(struct bc_bytes payload);

/* The name of ${kind} on the wire. */
const char *bc_kind_name(enum bc_kind kind);

/* The kind of that name; false, and *${kind} unchanged, if there is none. */
bool bc_kind_named(struct bc_bytes name, enum bc_kind *kind);

#endif
