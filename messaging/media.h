/* Images and videos, found by their first bytes (protocol section 8). */
#ifndef BC_MESSAGING_MEDIA_H
#define BC_MESSAGING_MEDIA_H

#include "messaging/kind.h"

/* A format of images or videos. */
struct bc_media {
    enum bc_kind kind;
    const char *content_type; /* a registered media type */
};

/**
 * bc_media_of(payload):
 * The format that ${payload} says it is of, NULL if it is none of those. Only its beginning is
 * looked at: what follows may be cut short, or anything at all. Nothing that it says of lengths is
 * believed further than its bytes go. O(1).
 *
 * PNG, JPEG, GIF and WebP have signatures. AVIF, HEIC, MP4 and QuickTime begin with a box `ftyp`
 * (ISO/IEC 14496-12, section 4.3): the first of its brands that is known decides, the major brand
 * before the compatible ones; sound and raw photographs have brands that are known as neither. A
 * QuickTime file may begin with one of its other boxes instead. WebM is EBML (RFC 8794) with the
 * DocType "webm"; other Matroska is not.
 */
const struct bc_media *bc_media_of(struct bc_bytes payload);

/*
 * The content type of ${payload}, which is of ${kind}: of images and videos the one found from the
 * bytes, since a client acts on it; else ${given}, the sender's word. Static, or ${given}.
 */
struct bc_bytes bc_media_content_type(
    enum bc_kind kind, struct bc_bytes payload, struct bc_bytes given);

#endif
