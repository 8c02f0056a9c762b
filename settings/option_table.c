/* Every option: what it is called, takes and means. */
#include "settings/option_table.h"

#define BILLION UINT64_C(1000000000)

/* A hundred years. */
#define DAYS_MAX UINT64_C(36500)

/*
 * MQTT's largest packet is 268,435,455 bytes. The rest is for a delivery's topic and properties,
 * which are longer than those of the publish, and for what is journaled with a message.
 */
#define PAYLOAD_MAX UINT64_C(267386880)

/* The words for an enum's values, by value; ends with NULL. */
static const char *const durabilities[] = {
    [BC_DURABILITY_PUBLISH] = "publish",
    [BC_DURABILITY_BATCH] = "batch",
    NULL,
};
static const char *const other_topics[] = {
    [BC_OTHER_TOPICS_DEFER] = "defer",
    [BC_OTHER_TOPICS_ALLOW] = "allow",
    [BC_OTHER_TOPICS_DENY] = "deny",
    NULL,
};

static const char *const switches[] = {
    [BC_OFF] = "off",
    [BC_ON] = "on",
    NULL,
};

static const char *const accounts[] = {
    [BC_ACCOUNTS_OFF] = "off",
    [BC_ACCOUNTS_TOKENS] = "tokens",
    [BC_ACCOUNTS_INVITES] = "invites",
    NULL,
};
static const char *const inviters[] = {
    [BC_INVITES_BY_MODERATORS] = "moderators",
    [BC_INVITES_BY_EVERYONE] = "everyone",
    NULL,
};

static const char *const histories[] = {
    [BC_HISTORY_NONE] = "none",
    [BC_HISTORY_ALL] = "all",
    NULL,
};

const struct bc_option bc_option_table[] = {
#define FIELD(field)                                                                               \
    .offset = offsetof(struct bc_options, field), .size = sizeof(((struct bc_options *)NULL)->field)
#define NUMBER(first, last) .takes = TAKES_NUMBER, .min = (first), .max = (last)
    { .name = "data_dir",
        .takes = TAKES_DIRECTORY,
        FIELD(data_dir),
        .sentence = "The directory that holds everything. It must exist, and the broker's user "
                    "must be able to write to it." },
    { .name = "topic_prefix",
        .takes = TAKES_PREFIX,
        .fallback = "bc",
        FIELD(topic_prefix),
        .sentence = "The first level of every topic of Backchannel's." },
    { .name = "topic_prefix_was",
        .takes = TAKES_PREFIX,
        .fallback = "",
        FIELD(topic_prefix_was),
        .sentence = "What `topic_prefix` was before it was changed: the store in `data_dir` knows, "
                    "and a change needs saying. The old topics stay closed." },
    { .name = "durability",
        .limit = true,
        .takes = TAKES_WORD,
        .words = durabilities,
        .fallback = "publish",
        FIELD(durability),
        .sentence = "`publish` syncs each message to the disk before acknowledging it; `batch` "
                    "syncs many at once, before anybody is shown them." },
    { .name = "other_topics",
        .limit = true,
        .takes = TAKES_WORD,
        .words = other_topics,
        .fallback = "defer",
        FIELD(other_topics),
        .sentence = "What to say when access to any other topic is checked: `defer` leaves it to "
                    "the broker's other rules." },
    { .name = "moderators",
        .limit = true,
        .takes = TAKES_USERS,
        .fallback = "",
        FIELD(moderators),
        .sentence = "Who may read reports, decide on them, and suspend users." },
    { .name = "accounts",
        .takes = TAKES_WORD,
        .words = accounts,
        .fallback = "off",
        FIELD(accounts),
        .sentence = "`tokens`: users may sign their devices in by tokens, beside the passwords "
                    "that the broker knows; `invites`: and whoever is invited may make an "
                    "account." },
    { .name = "invites_by",
        .takes = TAKES_WORD,
        .words = inviters,
        .fallback = "moderators",
        FIELD(invites_by),
        .sentence = "Who may make invitations, with `accounts invites`." },
    { .name = "push_user",
        .takes = TAKES_USER,
        .fallback = "",
        FIELD(push_user),
        .sentence =
            "Who is told which devices to wake, and by what: the gateway. Without it nobody "
            "is woken." },
    { .name = "node_id",
        NUMBER(0, UINT8_MAX),
        .fallback = "0",
        FIELD(node_id),
        .sentence =
            "This broker's number: within the ids it draws, or, with `log`, among the brokers "
            "of that, each of which needs its own, from 1 on." },
    { .name = "log",
        .takes = TAKES_TEXT,
        .fallback = "",
        FIELD(log),
        .sentence =
            "The PostgreSQL in which brokers share one log, as a connection string of libpq: "
            "each of them then has everything. Without it this broker is alone." },
    { .name = "log_wait_ms",
        NUMBER(10, 60000),
        .fallback = "500",
        FIELD(log_wait_ms),
        .sentence = "Milliseconds for which the log is waited for, before what was asked for is "
                    "refused." },
    { .name = "log_days",
        NUMBER(1, 3650),
        .fallback = "7",
        FIELD(log_days),
        .sentence = "Days for which the log keeps what all brokers have: for so long one of them "
                    "may be away and go on by itself." },
    { .name = "log_quorum_check",
        .takes = TAKES_WORD,
        .words = switches,
        .fallback = "on",
        FIELD(log_quorum_check),
        .sentence = "`on` insists that PostgreSQL acknowledges nothing before a quorum of servers "
                    "has it." },
    { .name = "limits_file",
        .takes = TAKES_FILE,
        .fallback = "",
        FIELD(limits_file),
        .sentence =
            "A file of what is marked with *, a `name value` a line, that is read again on SIGHUP. "
            "It goes before what is said here." },
    { .name = "kinds",
        .limit = true,
        .takes = TAKES_KINDS,
        .fallback = "text,link,image,video",
        FIELD(limits.kinds),
        .sentence = "What may be sent at all." },
    { .name = "message_max_bytes",
        .limit = true,
        NUMBER(1, PAYLOAD_MAX),
        .fallback = "1048576",
        FIELD(limits.message_max_bytes),
        .sentence = "The largest message." },
    { .name = "request_kinds",
        .limit = true,
        .takes = TAKES_KINDS,
        .fallback = "text,link",
        FIELD(limits.request_kinds),
        .sentence = "What may be sent to someone who has not approved the sender." },
    { .name = "request_max_messages",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "5",
        FIELD(limits.request_max_messages),
        .sentence = "Messages to someone who has not approved the sender, and invitations by a "
                    "stranger, at most." },
    { .name = "request_max_pending",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "50",
        FIELD(limits.request_max_pending),
        .sentence = "People one user may have such messages with at a time." },
    { .name = "request_max_bytes",
        .limit = true,
        NUMBER(1, PAYLOAD_MAX),
        .fallback = "4096",
        FIELD(limits.request_max_bytes),
        .sentence = "The largest such message." },
    { .name = "request_days",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "30",
        FIELD(limits.request_days),
        .sentence = "Days after which such a message counts no more, and a decline ends." },
    { .name = "group_max_members",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "1000",
        FIELD(limits.group_max_members),
        .sentence = "Members of a group, at most." },
    { .name = "groups_per_user",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "200",
        FIELD(limits.groups_per_user),
        .sentence = "Groups that one user may create and approve, and be put into by others." },
    { .name = "history_for_new_members",
        .limit = true,
        .takes = TAKES_WORD,
        .words = histories,
        .fallback = "none",
        FIELD(limits.history_for_new_members),
        .sentence = "How much new members read of what was sent before they came." },
    { .name = "msgid_days",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "7",
        FIELD(limits.msgid_days),
        .sentence = "Days for which a `msgid` is remembered, so that sending twice is sending "
                    "once." },
    { .name = "retain_direct_days",
        .limit = true,
        NUMBER(0, DAYS_MAX),
        .fallback = "0",
        FIELD(limits.retain_direct_days),
        .sentence =
            "Days after which direct messages end by themselves: first they are erased. `0`: "
            "they are kept for ever." },
    { .name = "retain_group_days",
        .limit = true,
        NUMBER(0, DAYS_MAX),
        .fallback = "0",
        FIELD(limits.retain_group_days),
        .sentence = "The same of groups' messages." },
    { .name = "retain_event_days",
        .limit = true,
        NUMBER(0, DAYS_MAX),
        .fallback = "0",
        FIELD(limits.retain_event_days),
        .sentence = "Days after which events are removed. `0`: they are kept for ever." },
    { .name = "retain_erased_days",
        .limit = true,
        NUMBER(0, DAYS_MAX),
        .fallback = "30",
        FIELD(limits.retain_erased_days),
        .sentence =
            "Days for which a message that has ended so still shows that it was there. Then "
            "it is removed. `0`: it shows for ever." },
    { .name = "rate_per_minute",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "600",
        FIELD(rate_per_minute),
        .sentence = "Messages, commands and typing of one user in a minute, in the long run." },
    { .name = "rate_burst",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "100",
        FIELD(rate_burst),
        .sentence = "As many of these as a user may send at once." },
    { .name = "filters_per_client",
        .limit = true,
        NUMBER(1, BILLION),
        .fallback = "10000",
        FIELD(filters_per_client),
        .sentence = "Filters that one client may be subscribed to; past it those below the prefix "
                    "are refused." },
    { .name = "reply_max_bytes",
        .limit = true,
        NUMBER(4096, PAYLOAD_MAX),
        .fallback = "262144",
        FIELD(reply_max_bytes),
        .sentence = "The largest answer to a command; what is left is in the next page." },
    { .name = "checkpoint_facts",
        NUMBER(1, BILLION),
        .fallback = "10000",
        FIELD(checkpoint_facts),
        .sentence = "Changes after which they are merged into the tables on the disk." },
    { .name = "checkpoint_bytes",
        NUMBER(65536, UINT64_C(1) << 30),
        .fallback = "8388608",
        FIELD(checkpoint_bytes),
        .sentence = "Bytes of them, in the journal or in memory, after which they are, if that "
                    "comes first." },
    { .name = "forget_dropped",
        .takes = TAKES_WORD,
        .words = switches,
        .fallback = "on",
        FIELD(forget_dropped),
        .sentence = "Mosquitto keeps what it drops for clients that don't read. `on` calls its own "
                    "function that frees that, where its build has it." },
    { .name = "gather_writes",
        .takes = TAKES_WORD,
        .words = switches,
        .fallback = "on",
        FIELD(gather_writes),
        .sentence = "`on` lets what one turn of a busy broker stores go to the journal with one "
                    "write, where the file system allows that it waits in a mapped file." },
    { .name = "separate_files",
        .takes = TAKES_WORD,
        .words = switches,
        .fallback = "on",
        FIELD(separate_files),
        .sentence = "`on` gives threads beside the broker's a table of open files of their own, so "
                    "that its system calls stay as cheap as without a plugin." },
    { .name = "cork",
        .takes = TAKES_WORD,
        .words = switches,
        .fallback = "on",
        FIELD(cork),
        .sentence = "`on` lets what goes to one client in one turn of a busy broker leave "
                    "together." },
    { .name = "batch_facts",
        NUMBER(1, 65536),
        .fallback = "1024",
        FIELD(batch_facts),
        .sentence = "With `durability batch`, changes after which a batch is synced, however much "
                    "more comes in." },
    { .name = "batch_ms",
        NUMBER(1, 1000),
        .fallback = "10",
        FIELD(batch_ms),
        .sentence = "The same of time, in milliseconds." },
    { .name = "operator_guests",
        NUMBER(1, 64),
        .fallback = "4",
        FIELD(operator_guests),
        .sentence = "Tools that may ask the broker at the socket `control` at a time. One more is "
                    "told to try again." },
    { .name = "operator_idle_seconds",
        NUMBER(1, 3600),
        .fallback = "10",
        FIELD(operator_idle_seconds),
        .sentence = "Seconds after which one that neither sends nor takes anything is sent "
                    "away." },
#undef NUMBER
#undef FIELD
};

const size_t bc_option_count = sizeof(bc_option_table) / sizeof(bc_option_table[0]);
_Static_assert(sizeof(bc_option_table) / sizeof(bc_option_table[0]) <= BC_OPTIONS_MAX,
    "arrays have a place for each option");
