/* The words for the enums of erasure.h, error.h, group.h, message.h, refusal.h, report.h, and
 * retention.h. */
#include "messaging/erasure.h"
#include "messaging/error.h"
#include "messaging/group.h"
#include "messaging/message.h"
#include "messaging/refusal.h"
#include "messaging/report.h"
#include "messaging/retention.h"

const char *const bc_role_names[BC_ROLES] = {
    "",
    [BC_ROLE_OWNER] = "owner",
    [BC_ROLE_ADMIN] = "admin",
    [BC_ROLE_MEMBER] = "member",
};

const char *const bc_reason_names[BC_REASONS] = {
    "",
    [BC_REASON_SPAM] = "spam",
    [BC_REASON_ABUSE] = "abuse",
    [BC_REASON_ILLEGAL] = "illegal",
    [BC_REASON_OTHER] = "other",
};

const char *const bc_measure_names[BC_MEASURES] = {
    "",
    [BC_DISMISS] = "dismiss",
    [BC_WARN] = "warn",
    [BC_SUSPEND] = "suspend",
    [BC_UNSUSPEND] = "unsuspend",
};

const char *const bc_erasure_state_names[BC_ERASURE_STATES] = {
    [BC_ERASURE_OPEN] = "open",
    [BC_ERASURE_WAITS] = "waits",
    [BC_ERASURE_PROVEN] = "proven",
};

const char *const bc_retain_names[BC_RETAINS] = {
    [BC_RETAIN_DIRECT] = "direct",
    [BC_RETAIN_GROUP] = "group",
    [BC_RETAIN_ERASED_DIRECT] = "erased-direct",
    [BC_RETAIN_ERASED_GROUP] = "erased-group",
    [BC_RETAIN_EVENTS] = "events",
};

const char *bc_error_text(enum bc_error error)
{
    static const char *const texts[] = {
        [BC_OK] = "no error",
        [BC_NOTFOUND] = "not found",
        [BC_NOMEM] = "out of memory",
        [BC_FULL] = "no room left",
        [BC_IO] = "the disk failed",
        [BC_DAMAGED] = "what is stored is damaged",
        [BC_NEWER] = "written by a newer version of Backchannel",
        [BC_BUSY] = "in use by another process",
        [BC_MISSING] = "the directory is missing or can't be used",
    };
    return texts[error];
}

const char *bc_message_state_name(enum bc_message_state state)
{
    static const char *const names[] = {
        [BC_STATE_SENT] = "sent",
        [BC_STATE_INBOX] = "inbox",
        [BC_STATE_HELD] = "held",
        [BC_STATE_DECLINED] = "declined",
        [BC_STATE_GROUP] = "group",
    };
    return names[state];
}

static const struct {
    const char *code;
    const char *sentence;
} refusals[] = {
    [BC_ACCEPTED] = { "accepted", "This was accepted." },
    [BC_NOT_AUTHORIZED] = { "not-authorized", "You may not do this." },
    [BC_BAD_TOPIC] = { "bad-topic", "This topic can't be published to." },
    [BC_BAD_NAME] = { "bad-name", "This is not a valid user name." },
    [BC_BAD_REQUEST] = { "bad-request", "Something in this request is missing or malformed." },
    [BC_EMPTY_MESSAGE] = { "empty-message", "A message needs at least one byte." },
    [BC_TOO_LARGE] = { "too-large", "This message is larger than this server allows." },
    [BC_KIND_NOT_ALLOWED] = { "kind-not-allowed", "Messages of this kind are not allowed here." },
    [BC_NOT_A_MEMBER] = { "not-a-member", "You are not a member of this group." },
    [BC_NO_SUCH_MESSAGE] = { "no-such-message", "There is no such message that you can see." },
    [BC_GROUP_EXISTS] = { "group-exists", "A group of this name exists, or existed." },
    [BC_GROUP_FULL] = { "group-full", "The group has as many members as it may have." },
    [BC_REQUEST_LIMIT] = { "request-limit",
        "You can't send more than this until the other user writes to you or approves you." },
    [BC_RATE_LIMIT] = { "rate-limit", "You are sending too fast; try again in a while." },
    [BC_SUSPENDED] = { "suspended", "You are suspended: you can read, but not do this." },
    [BC_NOT_POSSIBLE] = { "not-possible", "This can't be done." },
    [BC_NOT_FOUND] = { "not-found", "There is no such user or group here." },
    [BC_STORAGE_FULL] = { "storage-full", "The server has no room left to store this." },
    [BC_STORAGE_ERROR] = { "storage-error", "The server could not store this." },
};

const char *bc_refusal_code(enum bc_refusal refusal)
{
    return refusals[refusal].code;
}

const char *bc_refusal_sentence(enum bc_refusal refusal)
{
    return refusals[refusal].sentence;
}
