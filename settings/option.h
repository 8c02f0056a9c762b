/*
 * The options (`plugin_opt_<name>` in mosquitto.conf). One table says what each is called, takes
 * and means; reading, the error lines and the README's table come from it.
 */
#ifndef BC_SETTINGS_OPTION_H
#define BC_SETTINGS_OPTION_H

#include "messaging/bytes.h"
#include "messaging/error.h"
#include "messaging/limits.h"

#include <stdio.h>

/* When a message is on the disk. */
enum bc_durability {
    BC_DURABILITY_PUBLISH, /* before its acknowledgement */
    BC_DURABILITY_BATCH    /* before anybody is shown it; an acknowledgement may come earlier */
};

/* What is answered when a client's access to a topic outside the namespace is checked. */
enum bc_other_topics {
    BC_OTHER_TOPICS_DEFER, /* nothing: the broker's other rules decide */
    BC_OTHER_TOPICS_ALLOW, /* yes, but for `$...` topics, which are deferred */
    BC_OTHER_TOPICS_DENY   /* no */
};

enum bc_switch {
    BC_OFF,
    BC_ON
};

/* What makes and signs in accounts, beside what the broker has. */
enum bc_accounts {
    BC_ACCOUNTS_OFF,
    BC_ACCOUNTS_TOKENS,
    BC_ACCOUNTS_INVITES /* tokens as well */
};

/* Who may make invitations. */
enum bc_invites_by {
    BC_INVITES_BY_MODERATORS,
    BC_INVITES_BY_EVERYONE
};

/* Bytes of all moderators' names, with a NUL behind them. */
#define BC_MODERATORS_MAX 8192

struct bc_options {
    char *data_dir;
    char *topic_prefix;     /* good for bc_topics_init() */
    char *topic_prefix_was; /* so is this, or empty */
    enum bc_durability durability;
    enum bc_other_topics other_topics;
    char *limits_file; /* empty for none */
    enum bc_accounts accounts;
    enum bc_invites_by invites_by;
    char moderators[BC_MODERATORS_MAX]; /* names with a space between each two */
    char *push_user;                    /* a name, or empty */
    uint8_t node_id;
    char *log; /* a connection string, or empty: this broker is alone */
    uint32_t log_wait_ms;
    uint32_t log_days;
    enum bc_switch log_quorum_check;
    struct bc_limits limits; /* days are up to 1,000,000,000: in ms they need 64 bits */
    uint32_t reply_max_bytes;
    uint32_t rate_per_minute;
    uint32_t rate_burst;
    uint32_t filters_per_client;
    uint32_t checkpoint_facts;
    uint64_t checkpoint_bytes;
    enum bc_switch forget_dropped;
    enum bc_switch gather_writes;
    enum bc_switch separate_files;
    enum bc_switch cork;
    uint32_t batch_facts;
    uint32_t batch_ms;
    uint32_t operator_guests;
    uint32_t operator_idle_seconds;
};

/* One line of the configuration; both borrowed. A NULL value is an empty one. */
struct bc_option_pair {
    const char *key; /* without `plugin_opt_` */
    const char *value;
};

/**
 * bc_options_read(options, pairs, count, line, size):
 * Fill *${options} from pairs[0..${count}), and by the defaults where those are silent. An option
 * that is unknown, given twice, missing, malformed or out of range makes it false, with one line in
 * line[0..${size}) that names the option, the value and what it takes.
 *
 * Memory: *${options} owns its texts, to be freed with bc_options_free(), which is allowed but not
 * needed after false.
 */
bool bc_options_read(struct bc_options *options, const struct bc_option_pair *pairs, size_t count,
    char *line, size_t size) BC_MUST_CHECK;

/**
 * bc_options_check(pairs, count, wrong, context):
 * As bc_options_read(), but hand the line of each option that is wrong to ${wrong}, with the index
 * of its pair, or ${count} for one that is missing. Returns how many are wrong.
 */
size_t bc_options_check(const struct bc_option_pair *pairs, size_t count,
    void (*wrong)(void *context, size_t pair, const char *line), void *context);

/* The next name in ${text}, which moves behind it; names are separated by spaces. Empty after the
 * last. */
struct bc_bytes bc_options_next_name(const char **text);

/* The first ${max} moderators into ${names}, borrowed. Returns how many there are. */
uint32_t bc_options_moderators(
    const struct bc_options *options, struct bc_bytes *names, uint32_t max);

/* Is ${user} one of the moderators? */
bool bc_options_is_moderator(const struct bc_options *options, struct bc_bytes user);

/* Are there invitations, and may ${user} make some? */
bool bc_options_may_invite(const struct bc_options *options, struct bc_bytes user);

/* Is ${user} the one who is told whom to wake? */
bool bc_options_is_push_user(const struct bc_options *options, struct bc_bytes user);

/* Free what *${options} owns and zero it. All zero is allowed. */
void bc_options_free(struct bc_options *options);

/*
 * The options that limits_file may hold too, by their index in the table: from 0 to below
 * bc_options_count(), with other options between them.
 */
int bc_options_count(void);

/* The index of the limit called ${name}, -1 if there is none. */
int bc_options_limit(const char *name);

/**
 * bc_options_set_limit(options, limit, value, line, size):
 * Set a limit to ${value}. False, with the reason in line[0..${size}), if it doesn't take that; it
 * is unchanged then.
 */
bool bc_options_set_limit(struct bc_options *options, int limit, const char *value, char *line,
    size_t size) BC_MUST_CHECK;

/* Set one limit, or all, of *${to} to what they are in *${from}. */
void bc_options_copy_limit(struct bc_options *to, const struct bc_options *from, int limit);
void bc_options_copy_limits(struct bc_options *to, const struct bc_options *from);

/*
 * Say in line[0..${size}) how the option ${limit} changed; false if it didn't, or isn't a limit.
 */
bool bc_options_say_changed(const struct bc_options *before, const struct bc_options *after,
    int limit, char *line, size_t size);

/*
 * Write all options to ${out} as a Markdown table, a line each: name (with a * if it is a limit),
 * default, takes, meaning.
 */
void bc_options_print(FILE *out);

#endif
