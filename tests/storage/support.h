/*
 * What the tests of the store share: stores in directories of their own, facts as the rules would
 * decide them, and a naive model of the state that the facts make.
 */
#ifndef BC_TESTS_STORAGE_SUPPORT_H
#define BC_TESTS_STORAGE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/store.h"

/* ---- a store in a directory of its own ---- */

#define OWED_MAX 8192

/* The lines that were logged. */
struct lines {
    unsigned warnings;
    unsigned others;
    char text[4096]; /* all of them, as far as there is room */
    unsigned narrow; /* that there is little address space, which are none of the others */
};

struct store {
    char dir[64];
    struct bc_store_options options;
    struct bc_store *open; /* NULL when it is closed */
    struct lines lines;    /* since the last opening */
    uint64_t owed[OWED_MAX];
    unsigned owed_count; /* at the last opening */
};

enum bc_error store_open(struct store *store) BC_MUST_CHECK;
void store_must_open(struct store *store);
void store_close(struct store *store);

/* Append ${fact}, which must succeed; make all durable; take a checkpoint of it. */
void store_append(struct store *store, const struct bc_fact *fact);
void store_sync(struct store *store);
void store_checkpoint(struct store *store);

/* Wait for a merge that is under way. */
void store_settle(const struct store *store);

/* Make of ${copy}, a closed one, what is left of ${store} if its process is killed now; a merge
 * is waited for, since files that are written to can't be copied. */
void store_as_killed(const struct store *store, struct store *copy);

/* The path of a file in the directory. */
void store_path(const struct store *store, const char *file, char path[128]);

/* A file's bytes. */
struct file {
    uint8_t *data; /* NULL if it isn't there */
    size_t len;
};
struct file store_load(const struct store *store, const char *file);
void store_save(const struct store *store, const char *file, const uint8_t *data, size_t len);
void store_delete(const struct store *store, const char *file);

/* What matters in a directory: the tables and the journal, byte for byte. */
#define STORE_FILES 3
extern const char *const store_files[STORE_FILES];
struct snapshot {
    struct file files[STORE_FILES];
};
struct snapshot snapshot_take(const struct store *store);
void snapshot_free(struct snapshot *snapshot);
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/* Every row of every table but meta, read with LMDB alone; the store is closed. */
struct file dump_tables(const struct store *store);

/* The two have the same rows. */
void expect_same_tables(const struct store *a, const struct store *b);

/* Run ${fn} in a child process; returns its exit code, or -1 if it was killed by a signal. */
int in_child(void (*fn)(void *argument), void *argument);

/* In a child: leave with the line's number unless ${condition}. */
#define CHILD_EXPECT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("child: %s:%d: %s\n", __FILE__, __LINE__, #condition);                     \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* ---- facts ---- */

#define USERS 8 /* in the order of their names' bytes */
extern const char *const names[USERS];

struct bc_bytes name_of(unsigned user);
uint64_t id_at(uint64_t ms);

/* ${len} bytes for a payload, others for each ${seed}. Up to 1 MiB. */
struct bc_bytes payload_of(unsigned seed, size_t len);

struct bc_fact fact_sent(
    uint64_t id, unsigned from, unsigned to, enum bc_placement placement, bool approves);
struct bc_fact fact_relation(uint64_t id, unsigned user, unsigned other, enum bc_change change);
struct bc_fact fact_settings(uint64_t id, unsigned user, struct bc_settings settings);

/* A fact about a group with nothing but its change in it, and a message to one. */
struct bc_fact fact_group(uint64_t id, const char *group, enum bc_group_change change);
struct bc_fact fact_group_sent(uint64_t id, unsigned from, const char *group);

/* ---- the naive model: lists that are searched from end to end ---- */

#define FACTS_MAX 6000

struct pair {
    struct bc_relation relation;
    uint64_t held_last;
    uint64_t *ids; /* the owner's conversation with the other */
    uint32_t count;
    uint32_t size;
    uint64_t cut; /* the last id that retention took out of it */
};

#define GROUPS      6 /* in the order of their names' bytes */
#define INVITED_MAX 3
extern const char *const group_names[GROUPS];

struct group {
    uint32_t number; /* 0 while the name is free */
    struct bc_bytes title;
    uint32_t count;                      /* of members */
    struct bc_membership members[USERS]; /* where invited_by is an index of names */
    uint64_t upto[USERS];                /* when they last left, 0 for never in */
    uint64_t first[USERS];               /* when they first joined, 0 for never */
    uint64_t kept[USERS];                /* the last message when they left, if they had been in */
    struct bc_bytes seen[USERS];         /* the title when they last left */
    uint64_t last;                       /* the last message */
    struct pair shown[USERS];            /* what was sent while they were in, and not by blocked */
    struct pair sent[USERS];             /* what was sent at all, and not by blocked */
};

#define OWN_KEYS 5

struct face {
    uint64_t version;
    unsigned user;
    struct bc_bytes name, about, picture;
};

/* A change of a reaction. */
struct react {
    uint64_t id, message;
    unsigned by;
    bool group;
    struct bc_bytes emoji;
    bool shown[USERS];
};

struct own {
    bool there;
    struct bc_bytes value;
};

#define DEVICES 3

struct token {
    bool there;
    struct bc_token is; /* the device says where it is in the array */
};

struct waker {
    bool there;
    unsigned endpoint; /* of support_push.c */
    struct bc_push is;
};

#define REPORTS_MAX 500

struct model {
    struct bc_report reports[REPORTS_MAX];
    unsigned report_count;
    uint64_t suspended_until[USERS];
    struct own own[USERS][OWN_KEYS];
    uint64_t present[USERS]; /* the version of each one's profile */
    struct face faces[FACTS_MAX];
    unsigned face_count;
    struct react reacts[FACTS_MAX];
    unsigned react_count;
    struct token tokens[USERS][DEVICES];
    struct waker wakers[USERS][DEVICES];
    struct group groups[GROUPS];
    unsigned groups_taken;
    struct bc_invitation invitations[FACTS_MAX][INVITED_MAX];
    unsigned order[USERS]; /* users' numbers, 0 for who is unknown */
    unsigned known;
    struct bc_settings settings[USERS];
    struct pair pairs[USERS][USERS];                /* by owner and other */
    struct pair mail[USERS];                        /* ids of all that each got and sent */
    struct bc_markers marks[USERS][USERS + GROUPS]; /* by owner and user, or group behind those */
    struct bc_markers receipts[USERS][USERS];       /* that each got of each other */
    struct bc_fact facts[FACTS_MAX];                /* all, in order */
    unsigned count;
    char msgids[FACTS_MAX][8];
    uint64_t random;
    uint64_t ms; /* the time of the last fact that was thought of */
    struct bc_retained retained;
    uint32_t kept; /* messages that reports keep, of those that retention has erased */
};

struct model *model_new(uint64_t seed);
void model_free(struct model *model);

/* A fact that the rules could decide now, drawn at random. The model stays as it is. */
struct bc_fact model_think(struct model *model);

/* The state with ${fact} in it. */
void model_apply(struct model *model, const struct bc_fact *fact);

/* The state after the first ${count} facts only. */
void model_rewind(struct model *model, unsigned count);

/* Every answer of ${view} is the model's. */
void model_check(const struct model *model, const struct bc_view *view);

/* The place of who is called ${name} among the names. */
unsigned model_index(struct bc_bytes name);

/* Whose ${name} it is; they are known from now on. */
unsigned model_meet(struct model *model, struct bc_bytes name);

/* Put ${id} last in the list of ${pair}. */
void model_add_id(struct pair *pair, uint64_t id);

/* For support.c: what the functions above do about groups. */
bool model_think_group(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_group(struct model *model, uint64_t id, const struct bc_fact_group *fact);
void model_apply_group_message(struct model *model, const struct bc_message *message);
void model_check_groups(const struct model *model, const struct bc_view *view);
void model_check_group_message(
    const struct model *model, const struct bc_view *view, const struct bc_message *message);
void model_forget_groups(struct model *model);
void model_free_groups(struct model *model);

/* ... and about markers, mailboxes and events. */
bool model_think_mark(
    struct model *model, uint64_t id, unsigned user, unsigned other, struct bc_fact *fact);
void model_apply_mark(struct model *model, const struct bc_fact_marked *marked);
void model_apply_mail(struct model *model, const struct bc_fact *fact);
void model_check_mail(const struct model *model, const struct bc_view *view);
void model_forget_mail(struct model *model);
void model_free_mail(struct model *model);

/* ... and about own data and profiles. */
bool model_think_own(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_own(struct model *model, const struct bc_fact_stored *fact);
void model_check_own(const struct model *model, const struct bc_view *view, unsigned user);
void model_forget_own(struct model *model);
bool model_think_profile(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_profile(struct model *model, uint64_t id, const struct bc_fact_profile *fact);
void model_check_profiles(const struct model *model, const struct bc_view *view);
void model_forget_profiles(struct model *model);

/* ... and about reactions. */
bool model_think_react(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_reacted(struct model *model, uint64_t id, const struct bc_fact_reacted *fact);
void model_check_reacts(const struct model *model, const struct bc_view *view);
void model_forget_reacts(struct model *model);

/* ... and about pushes. */
bool model_think_push(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_push(struct model *model, uint64_t id, const struct bc_fact_push *fact);
void model_end_push(struct model *model, unsigned user, struct bc_bytes device);
void model_check_pushes(const struct model *model, const struct bc_view *view, unsigned user);
void model_forget_pushes(struct model *model);

/* The index of ${device} among those of the model, and the other way round. */
unsigned model_device(struct bc_bytes device);
struct bc_bytes model_device_name(unsigned index);

/* ... and about tokens. */
bool model_think_token(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_token(struct model *model, uint64_t id, const struct bc_fact_token *fact);
void model_check_tokens(const struct model *model, const struct bc_view *view, unsigned user);
void model_forget_tokens(struct model *model);

/* For support.c: the same of reports and suspensions. */
bool model_think_report(struct model *model, uint64_t id, struct bc_fact *fact);
void model_apply_reported(struct model *model, const struct bc_fact_reported *fact);
void model_apply_moderated(struct model *model, const struct bc_moderation *moderation);
void model_check_reports(const struct model *model, const struct bc_view *view);
void model_forget_reports(struct model *model);

/* ... and about retention: ${part} ends up to ${upto}, which is further than it has come. */
struct bc_fact model_think_retain(struct model *model, enum bc_retain part, uint64_t upto);
void model_apply_retained(struct model *model, const struct bc_fact_retained *fact);
bool model_is_erased(const struct model *model, const struct bc_message *message);
bool model_is_removed(const struct model *model, const struct bc_message *message);

/* The open reports that have the message ${id} as evidence. */
uint32_t model_reports_with(const struct model *model, uint64_t id);

/* Are they the same in every field? */
bool same_report(const struct bc_report *a, const struct bc_report *b);
bool same_moderation(const struct bc_moderation *a, const struct bc_moderation *b);

/* ... and about conversations. */
void model_check_conversations(const struct model *model, const struct bc_view *view,
    unsigned owner, uint32_t limit, bool all);

/* The id of the first invitation of ${owner}'s after ${after} that stands, 0 if none does. */
uint64_t model_next_invitation(
    const struct model *model, unsigned owner, uint64_t after, unsigned *group);

/* A number below ${below}. */
unsigned model_draw(struct model *model, unsigned below);

/* ---- the fixture of every test here ---- */

struct fixture {
    struct store a;
    struct store b; /* for an oracle, or for what a kill leaves */
    struct model *model;
};

/*
 * Run the tests[0..${count}), or, of a command line "K N", those of them whose turn it is in the
 * part K of N, from 0: long ones run beside each other so. Returns what the process is to.
 */
int fixture_run(
    const char *group, const struct CMUnitTest *tests, size_t count, int argc, char **argv);

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Think of ${count} facts and append each to the open ${store}. Synced at the end. */
void fixture_append(struct fixture *fixture, struct store *store, unsigned count);

/* The open ${store} shows what the model does, and knows its newest id and its last fact. */
void fixture_check(const struct fixture *fixture, const struct store *store);

#endif
