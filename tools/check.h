/*
 * Checking a store: a table of families, each of which walks some tables and says what doesn't fit.
 * A file holds one family; check.c runs them, and check_rows.c has what they share.
 */
#ifndef BC_TOOLS_CHECK_H
#define BC_TOOLS_CHECK_H

#include "storage/state/view_inside.h"
#include "tools/progress.h"
#include "tools/tool.h"

/* Problems of one family that are printed. */
#define BC_CHECK_SHOWN_MAX 20

struct bc_check {
    const char *dir;
    const struct bc_tables *tables;
    const struct bc_view *view;
    const struct bc_meta *meta;
    bool live;      /* a broker has the store open */
    bool malformed; /* rows have lengths that are wrong: nothing else can be checked */
    uint32_t users; /* how many there are: their numbers are 1 to this */
    uint32_t groups;
    const char *family;
    enum bc_table table;    /* that is walked over */
    uint64_t listed_events; /* entries of lists that are events */
    uint32_t recent_owner;  /* of the row of `recent` before, and its last message */
    uint64_t recent_shown;
    uint32_t own_user; /* of the row of own data before: what was said and counted of theirs */
    uint64_t own_said;
    uint64_t own_counted;
    uint32_t token_user; /* of the row of tokens before, and how many of theirs were seen */
    uint32_t token_count;
    uint32_t push_user; /* the same of subscriptions to pushes */
    uint32_t push_count;
    uint64_t kept_said; /* messages that reports keep: as erasures say, and as they are there */
    uint64_t kept_counted;
    uint64_t evidence_said; /* that open reports have, and as it is counted */
    uint64_t evidence_counted;
    uint64_t rows; /* looked at so far */
    uint64_t problems;
    uint64_t shown; /* of this family's */
    struct bc_arena record;
    struct bc_arena other; /* of a record that is compared with it */
    struct bc_progress progress;
};

/*
 * The families. They return what makes going on impossible: what is wrong with the store is no
 * error, but a line by bc_check_problem().
 */
enum bc_error bc_check_shapes(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_users(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_relations(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_messages(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_conversations(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_mailboxes(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_groups(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_reports(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_reactions(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_profiles(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_own(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_accounts(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_push(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_erasures(struct bc_check *check) BC_MUST_CHECK;
enum bc_error bc_check_journal(struct bc_check *check) BC_MUST_CHECK;

/* Print a problem. The store is not well. */
void bc_check_problem(struct bc_check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Called for each row; BC_NOTFOUND and BC_DAMAGED are for rows that it looked up, and go on. */
typedef enum bc_error bc_check_row_fn(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value);

/*
 * Call ${fn} for every row of ${table}. It may walk over other tables, and get rows of any. What it
 * returns ends the walk if it isn't about the store, and is otherwise said to be a problem of the
 * row: one that is missing, or unreadable.
 */
enum bc_error bc_check_rows(
    struct bc_check *check, enum bc_table table, bc_check_row_fn *fn) BC_MUST_CHECK;

/* Is there a row of ${table} with ${key} and ${value}? If not, that is a problem of this row. */
enum bc_error bc_check_has(struct bc_check *check, enum bc_table table, const struct bc_key *key,
    const struct bc_value *value, const char *what) BC_MUST_CHECK;

/* Called for each entry of a list, as bc_check_row_fn; ${context} is the caller's. */
typedef enum bc_error bc_check_entry_fn(
    struct bc_check *check, const struct bc_posting_entry *entry, void *context);

/* How many entries a list has, and how many are marked; its last id and its label. */
struct bc_check_list {
    struct bc_posting_count count;
    uint64_t last;
    uint64_t label;
};

/*
 * Call ${fn} for every entry of ${posting}, and fill *${list}: what its chunks say of each other
 * must fit.
 */
enum bc_error bc_check_posting(struct bc_check *check, const struct bc_posting *posting,
    bc_check_entry_fn *fn, void *context, struct bc_check_list *list) BC_MUST_CHECK;

/*
 * Call ${fn} with the beginning of the keys of each list in ${table}: ${owner} is the first number
 * in it, ${other} the second, if it has two.
 */
enum bc_error bc_check_postings(struct bc_check *check, enum bc_table table,
    enum bc_error (*fn)(struct bc_check *check, uint32_t owner, uint32_t other)) BC_MUST_CHECK;

/* Are these the numbers of users? If not, that is a problem. */
bool bc_check_user(struct bc_check *check, uint32_t user);
bool bc_check_group(struct bc_check *check, uint32_t group);

/* The name of the user or group ${number}; BC_NOTFOUND if there is none. */
enum bc_error bc_check_user_name(
    struct bc_check *check, uint32_t number, struct bc_bytes *name) BC_MUST_CHECK;
enum bc_error bc_check_group_name(
    struct bc_check *check, uint32_t number, struct bc_bytes *name) BC_MUST_CHECK;

#endif
