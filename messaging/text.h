/* What strings may be: UTF-8, names, msgids, content types (protocol sections 1, 2 and 8). */
#ifndef BC_MESSAGING_TEXT_H
#define BC_MESSAGING_TEXT_H

#include "messaging/bytes.h"

#define BC_NAME_MAX         64
#define BC_TITLE_MAX        128
#define BC_MSGID_MAX        64
#define BC_CONTENT_TYPE_MAX 127
#define BC_NOTE_MAX         1000
#define BC_OWN_KEY_MAX      64
#define BC_OWN_VALUE_MAX    8192
#define BC_EMOJI_MAX        32
#define BC_DEVICE_MAX       64
#define BC_ENDPOINT_MAX     1024
#define BC_PUSH_KEY_MAX     128

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF). */
bool bc_text_is_utf8(struct bc_bytes text);

/* The number of bytes of ' ' to '~' that ${text} begins with, rounded down to words of eight. */
size_t bc_text_plain_words(struct bc_bytes text);

/*
 * Is ${character} of Unicode's general categories Cc, Cf, Zl or Zp, or a noncharacter: what nobody
 * can see, or a terminal could obey?
 */
bool bc_text_is_unseen(uint32_t character);

/* UTF-8 without U+0000: what may stand as a JSON string. */
bool bc_text_is_string(struct bc_bytes text);

/*
 * A valid user name: 1 to 64 bytes of UTF-8 without '/', '+', '#', characters of Unicode's general
 * categories Cc, Cf, Zl and Zp, and noncharacters, not starting with '$' or '@'.
 */
bool bc_text_is_user(struct bc_bytes text);

/* What is or was a valid user name: earlier versions let format characters in. */
bool bc_text_was_user(struct bc_bytes text);

/* A valid group id: 1 to 64 of 'A'-'Z', 'a'-'z', '0'-'9', '.', '_', '-'. */
bool bc_text_is_group(struct bc_bytes text);

/*
 * A group's title: at most BC_TITLE_MAX bytes of UTF-8 without the characters that a name may not
 * have, but for U+200C and U+200D, which it may.
 */
bool bc_text_is_title(struct bc_bytes text);

/* A note to or from a moderator: at most BC_NOTE_MAX characters of UTF-8 without U+0000. */
bool bc_text_is_note(struct bc_bytes text);

/* 1 to 64 bytes of '!' to '~'. */
bool bc_text_is_msgid(struct bc_bytes text);

/* What one reacts with: 1 to BC_EMOJI_MAX bytes of UTF-8 without control characters. */
bool bc_text_is_emoji(struct bc_bytes text);

/* A key of own data: 1 to 64 bytes of '!' to '~'. */
bool bc_text_is_own_key(struct bc_bytes text);

/* A device's name: 1 to 64 bytes of what a title may have. */
bool bc_text_is_device(struct bc_bytes text);

/*
 * Where a push service takes pushes for a device: an https URL of at most BC_ENDPOINT_MAX bytes,
 * without a user and a fragment.
 */
bool bc_text_is_endpoint(struct bc_bytes text);

/* What a push is encrypted with: at most BC_PUSH_KEY_MAX bytes of either base64. */
bool bc_text_is_push_key(struct bc_bytes text);

/* The name of an account that an invitation makes: [a-z0-9][a-z0-9._-]{1,31}. */
bool bc_text_is_account(struct bc_bytes text);

/* 1 to 127 bytes of printable ASCII. */
bool bc_text_is_content_type(struct bc_bytes text);

#endif
