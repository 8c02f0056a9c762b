/* Stores in directories of their own, facts, and the naive model of what they make. */
#include "tests/storage/support.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messaging/id.h"
#include "storage/store_inside.h"

const char *const store_files[STORE_FILES] = { "data.mdb", "journal.0", "journal.1" };

static const char *const all_files[] = { "data.mdb", "journal.0", "journal.1", "lock.mdb", "lock" };

/* ---- stores ---- */

/* 32 bits have less address space than the tables ask for, and each opening says so. */
#define NARROW (sizeof(size_t) < sizeof(uint64_t) ? 1U : 0U)

static void take_line(void *context, bool warning, const char *line)
{
    struct lines *lines = context;
    size_t len = strlen(lines->text);

    if (NARROW != 0 && warning && strstr(line, ": there is address space for tables of ") != NULL) {
        lines->narrow++;
        return;
    }
    lines->warnings += warning ? 1 : 0;
    lines->others += warning ? 0 : 1;
    snprintf(lines->text + len, sizeof(lines->text) - len, "%s\n", line);
}

/* Somebody who is known once ${fact}, which isn't a message, is applied. */
static struct bc_bytes user_of(const struct bc_fact *fact)
{
    switch (fact->type) {
    case BC_FACT_RELATION:
        return fact->relation.user;
    case BC_FACT_SETTINGS:
        return fact->settings.user;
    case BC_FACT_GROUP:
        return fact->group.by.len > 0 ? fact->group.by : fact->group.user;
    case BC_FACT_MARKED:
        return fact->marked.user;
    case BC_FACT_REPORTED:
        return fact->reported.report.by;
    case BC_FACT_MODERATED:
        return fact->moderated.report != 0 ? fact->moderated.reporter : fact->moderated.user;
    case BC_FACT_STORED:
        return fact->stored.user;
    case BC_FACT_PROFILE:
        return fact->profile.user;
    case BC_FACT_REACTED:
        return fact->reacted.by;
    case BC_FACT_TOKEN:
        return fact->token.user;
    case BC_FACT_INVITE:
        return fact->invite.user;
    case BC_FACT_PUSH:
        return fact->push.user;
    case BC_FACT_ERASED:
        return fact->erased.erasure.user;
    case BC_FACT_RETAINED:
        return bc_bytes(NULL, 0);
    case BC_FACT_SENT:
        break;
    }
    return fact->sent.message.from;
}

/* An owed fact has been applied: a message is there, and the users of the others are known. */
static void take_owed(void *context, const struct bc_view *view, const struct bc_fact *fact)
{
    struct store *store = context;
    struct bc_message message;
    uint32_t user = 0;
    enum bc_error error;

    assert_true(store->owed_count < OWED_MAX);
    store->owed[store->owed_count++] = fact->id;
    if (fact->type == BC_FACT_SENT) {
        error = bc_view_message(view, fact->id, &message);
        assert_true(error != BC_OK || message.kind == BC_ERASED ||
                    bc_bytes_equal(message.payload, fact->sent.message.payload));
    } else {
        error = bc_view_user(view, user_of(fact), &user);
        assert_true(error != BC_OK || user != 0 || fact->type == BC_FACT_RETAINED);
    }
}

enum bc_error store_open(struct store *store)
{
    enum bc_error error;

    store->lines = (struct lines){ 0 };
    store->owed_count = 0;
    store->options.dir = store->dir;
    error = bc_store_open(&store->open, &store->options);
    if ((error == BC_OK) != (store->open != NULL)) {
        fail_msg("the store is %p and the error %d", (void *)store->open, (int)error);
    }
    return error;
}

void store_must_open(struct store *store)
{
    enum bc_error error = store_open(store);

    if (error != BC_OK) {
        fail_msg("opening gave the error %d: %s", (int)error, store->lines.text);
    }
    assert_int_equal(store->lines.narrow, NARROW);
}

void store_close(struct store *store)
{
    bc_store_close(store->open);
    store->open = NULL;
}

void store_append(struct store *store, const struct bc_fact *fact)
{
    enum bc_error error = bc_store_append(store->open, fact);

    if (error != BC_OK) {
        fail_msg("appending gave the error %d: %s", (int)error, store->lines.text);
    }
}

void store_sync(struct store *store)
{
    assert_int_equal(bc_store_sync(store->open), BC_OK);
    assert_int_equal(bc_store_unsynced(store->open), 0);
}

void store_checkpoint(struct store *store)
{
    store_sync(store);
    assert_int_equal(bc_store_checkpoint(store->open, true), BC_OK);
}

void store_settle(const struct store *store)
{
    if (store->open != NULL) {
        (void)!bc_store_end_merge(store->open, true);
    }
}

void store_path(const struct store *store, const char *file, char path[128])
{
    snprintf(path, 128, "%s/%s", store->dir, file);
}

struct file store_load(const struct store *store, const char *file)
{
    char path[128];
    struct stat status;
    struct file loaded = { NULL, 0 };
    int fd;

    store_path(store, file, path);
    fd = open(path, O_RDONLY);
    if (fd >= 0) {
        assert_int_equal(fstat(fd, &status), 0);
        loaded.len = (size_t)status.st_size;
        loaded.data = malloc(loaded.len + 1);
        assert_non_null(loaded.data);
        assert_int_equal(read(fd, loaded.data, loaded.len), loaded.len);
        close(fd);
    }
    return loaded;
}

void store_save(const struct store *store, const char *file, const uint8_t *data, size_t len)
{
    char path[128];
    int fd;

    store_path(store, file, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    assert_int_equal(close(fd), 0);
}

void store_delete(const struct store *store, const char *file)
{
    char path[128];

    store_path(store, file, path);
    (void)unlink(path);
}

/*
 * Neither lock is copied: the tables' is LMDB's to make anew, and closing a descriptor of a file
 * would take this process's locks from it.
 */
void store_as_killed(const struct store *store, struct store *copy)
{
    assert_null(copy->open);
    store_settle(store);
    for (size_t i = 0; i < STORE_FILES; i++) {
        struct file file = store_load(store, store_files[i]);

        if (file.data != NULL) {
            store_save(copy, store_files[i], file.data, file.len);
        } else {
            store_delete(copy, store_files[i]);
        }
        free(file.data);
    }
    copy->options = store->options;
    copy->options.log_context = &copy->lines;
    copy->options.owed_context = copy;
}

struct snapshot snapshot_take(const struct store *store)
{
    struct snapshot snapshot;

    for (size_t i = 0; i < STORE_FILES; i++) {
        snapshot.files[i] = store_load(store, store_files[i]);
    }
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < STORE_FILES; i++) {
        free(snapshot->files[i].data);
    }
}

bool snapshot_equal(const struct snapshot *a, const struct snapshot *b)
{
    bool equal = true;

    for (size_t i = 0; i < STORE_FILES; i++) {
        const struct file *x = &a->files[i];
        const struct file *y = &b->files[i];

        if ((x->data == NULL) != (y->data == NULL) ||
            !bc_bytes_equal(bc_bytes(x->data, x->len), bc_bytes(y->data, y->len))) {
            print_error("%s is not what it was\n", store_files[i]);
            equal = false;
        }
    }
    return equal;
}

/* ---- dumping the tables ---- */

static void dump_bytes(struct file *dump, const void *data, size_t len)
{
    uint32_t length = (uint32_t)len;

    dump->data = realloc(dump->data, dump->len + sizeof(length) + len);
    assert_non_null(dump->data);
    memcpy(dump->data + dump->len, &length, sizeof(length));
    if (len > 0) {
        memcpy(dump->data + dump->len + sizeof(length), data, len);
    }
    dump->len += sizeof(length) + len;
}

static void dump_table(MDB_txn *txn, const char *name, struct file *dump)
{
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;

    dump_bytes(dump, name, strlen(name));
    assert_int_equal(mdb_dbi_open(txn, name, 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        dump_bytes(dump, key.mv_data, key.mv_size);
        dump_bytes(dump, value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
}

struct file dump_tables(const struct store *store)
{
    static const char *const tables[] = { "names", "users", "messages", "relations",
        "conversations", "requests", "lists", "pending", "msgids", "group_names", "groups",
        "memberships", "members", "ranks", "user_groups", "stints", "group_messages", "blocks" };
    struct file dump = { NULL, 0 };
    MDB_env *env;
    MDB_txn *txn;

    assert_null(store->open);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 64), 0);
    /* The store's own map may be more than a sanitizer or 32 bits leave room for. */
    assert_int_equal(mdb_env_set_mapsize(env, (size_t)1 << 28), 0);
    assert_int_equal(mdb_env_open(env, store->dir, MDB_RDONLY, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        dump_table(txn, tables[i], &dump);
    }
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return dump;
}

void expect_same_tables(const struct store *a, const struct store *b)
{
    struct file x = dump_tables(a);
    struct file y = dump_tables(b);

    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    free(x.data);
    free(y.data);
}

int in_child(void (*fn)(void *argument), void *argument)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        fn(argument);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the fixture ---- */

static int make_store(struct store *store)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(store->dir, sizeof(store->dir), "%s/store_test.XXXXXX", tmp != NULL ? tmp : "/tmp");
    store->options = (struct bc_store_options){ .checkpoint_facts = 1000000,
        .checkpoint_bytes = 65536,
        .message_max_bytes = 4096,
        .log = take_line,
        .log_context = &store->lines,
        .owed = take_owed,
        .owed_context = store };
    return mkdtemp(store->dir) != NULL ? 0 : -1;
}

static void remove_store(struct store *store)
{
    store_close(store);
    for (size_t i = 0; i < sizeof(all_files) / sizeof(all_files[0]); i++) {
        store_delete(store, all_files[i]);
    }
    (void)rmdir(store->dir);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    *state = fixture;
    fixture->model = model_new(1);
    return fixture->model != NULL && make_store(&fixture->a) == 0 ? make_store(&fixture->b) : -1;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    remove_store(&fixture->a);
    remove_store(&fixture->b);
    model_free(fixture->model);
    free(fixture);
    return 0;
}

void fixture_append(struct fixture *fixture, struct store *store, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct bc_fact fact = model_think(fixture->model);

        store_append(store, &fact);
        model_apply(fixture->model, &fact);
    }
    store_sync(store);
}

void fixture_check(const struct fixture *fixture, const struct store *store)
{
    const struct model *model = fixture->model;

    assert_int_equal(bc_store_last(store->open), model->count);
    assert_int_equal(bc_store_newest_id(store->open),
        model->count == 0 ? 0 : bc_fact_last_id(&model->facts[model->count - 1]));
    model_check(model, bc_store_view(store->open));
}

int fixture_run(
    const char *group, const struct CMUnitTest *tests, size_t count, int argc, char **argv)
{
    size_t part = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    size_t parts = argc == 3 ? strtoul(argv[2], NULL, 10) : 1;
    struct CMUnitTest chosen[64];
    size_t of_part = 0;

    if (part >= parts || parts > count || count > sizeof(chosen) / sizeof(*chosen)) {
        (void)fprintf(stderr, "usage: the part, from 0, of how many, up to one for each test\n");
        return 2;
    }
    for (size_t i = part; i < count; i += parts) {
        chosen[of_part++] = tests[i];
    }
    return _cmocka_run_group_tests(group, chosen, of_part, NULL, NULL);
}

/* ---- facts ---- */

const char *const names[USERS] = { "alice", "bob", "bob ", "carol",
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "z", "zo", "zo\xc3\xab" };

struct bc_bytes name_of(unsigned user)
{
    return bc_bytes_text(names[user]);
}

uint64_t id_at(uint64_t ms)
{
    return bc_id_at(ms);
}

struct bc_bytes payload_of(unsigned seed, size_t len)
{
    static uint8_t pattern[(1 << 20) + 4096];

    static bool made;

    for (size_t i = 0; !made && i < sizeof(pattern); i++) {
        pattern[i] = (uint8_t)(i * 2654435761U >> 13 | 1);
    }
    made = true;
    return bc_bytes(pattern + seed % 4096, len);
}

struct bc_fact fact_sent(
    uint64_t id, unsigned from, unsigned to, enum bc_placement placement, bool approves)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_SENT,
        .sent = { .message = { .id = id,
                      .from = name_of(from),
                      .to = name_of(to),
                      .kind = BC_TEXT,
                      .payload = payload_of((unsigned)(id >> 22 ^ id), 20) },
            .placement = placement,
            .approves = approves } };
}

struct bc_fact fact_relation(uint64_t id, unsigned user, unsigned other, enum bc_change change)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_RELATION,
        .relation = { .user = name_of(user), .other = name_of(other), .change = change } };
}

struct bc_fact fact_settings(uint64_t id, unsigned user, struct bc_settings settings)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_SETTINGS,
        .settings = { .user = name_of(user), .settings = settings } };
}

/* ---- the model: thinking of facts ---- */

struct model *model_new(uint64_t seed)
{
    struct model *model = calloc(1, sizeof(*model));

    if (model != NULL) {
        model->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        model->ms = UINT64_C(1700000000000);
    }
    return model;
}

void model_free(struct model *model)
{
    for (unsigned owner = 0; model != NULL && owner < USERS; owner++) {
        for (unsigned other = 0; other < USERS; other++) {
            free(model->pairs[owner][other].ids);
        }
    }
    if (model != NULL) {
        model_free_groups(model);
        model_free_mail(model);
    }
    free(model);
}

unsigned model_draw(struct model *model, unsigned below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return (unsigned)(model->random >> 20) % below;
}

static struct bc_fact think_send(struct model *model, uint64_t id, unsigned from, unsigned to)
{
    static const size_t lengths[] = { 1, 7, 20, 60, 200, 2500 };
    const struct bc_relation *own = &model->pairs[from][to].relation;
    const struct bc_relation *theirs = &model->pairs[to][from].relation;
    bool stranger = theirs->stance == BC_STRANGER ||
                    (theirs->stance == BC_DECLINED && theirs->declined_until <= bc_id_time(id));
    enum bc_placement placement = BC_KEPT;
    struct bc_fact fact;
    size_t length;

    if (from != to && !theirs->blocked) {
        placement = theirs->stance == BC_CONTACT           ? BC_INBOX
                    : stranger && model_draw(model, 5) > 0 ? BC_HELD
                                                           : BC_KEPT;
    }
    fact = fact_sent(id, from, to, placement, from != to && own->stance != BC_CONTACT);
    length = lengths[model_draw(model, 6)];
    fact.sent.message.payload = payload_of(model_draw(model, 4096), length);
    fact.sent.moved_after = fact.sent.approves ? model_draw(model, 1000) : 0;
    fact.sent.message.kind = (enum bc_kind)(BC_TEXT + model_draw(model, 5));
    if (model_draw(model, 3) == 0) { /* some are used again: the last message counts */
        snprintf(
            model->msgids[model->count], sizeof(model->msgids[0]), "m%u", model_draw(model, 50));
        fact.sent.message.msgid = bc_bytes_text(model->msgids[model->count]);
        fact.sent.message.content_type = bc_bytes_text("text/plain");
        fact.sent.message.reply_to = id - 1;
        fact.sent.message.origin = id - 2;
    }
    return fact;
}

/* Could the rules decide on ${change}? */
static bool allowed(const struct bc_relation *relation, enum bc_change change)
{
    switch (change) {
    case BC_CONTACT_ADDED:
        return !relation->blocked && relation->stance != BC_CONTACT;
    case BC_CONTACT_REMOVED:
        return !relation->blocked && relation->stance == BC_CONTACT;
    case BC_DECLINED_REQUEST:
        return !relation->blocked && relation->held > 0;
    case BC_BLOCKED_USER:
        return !relation->blocked;
    case BC_UNBLOCKED_USER:
        return relation->blocked;
    case BC_MESSAGE_HELD:
    case BC_STANDING_OPENED:
    case BC_INVITATION_WAITS:
    case BC_INVITATION_APPROVED:
    case BC_INVITATION_JOINS:
    case BC_INVITED_BACK:
        break;
    }
    return false;
}

struct bc_fact model_think(struct model *model)
{
    uint64_t id;

    model->ms += 1 + model_draw(model, 20);
    id = bc_id_at(model->ms) + model_draw(model, 1000);
    for (;;) {
        unsigned a = model_draw(model, USERS);
        unsigned b = model_draw(model, USERS);
        unsigned what = model_draw(model, 30);
        enum bc_change change = (enum bc_change)model_draw(model, 5);
        struct bc_fact other;

        if (what == 29 && model_think_push(model, id, &other)) {
            return other;
        }
        if (what == 28 && model_think_token(model, id, &other)) {
            return other;
        }
        if (what >= 26 && model_think_react(model, id, &other)) {
            return other;
        }
        if (what == 25 && model_think_profile(model, id, &other)) {
            return other;
        }
        if (what == 24 && model_think_own(model, id, &other)) {
            return other;
        }
        if (what >= 22 && what < 24 && model_think_report(model, id, &other)) {
            return other;
        }
        if (what >= 16 && model_think_group(model, id, &other)) {
            return other;
        }

        if (what == 1 && model_think_mark(model, id, a, b, &other)) {
            return other;
        }
        if (what == 0) {
            struct bc_settings settings = { .contacts_only = model_draw(model, 2) == 1 };

            settings.receipts_off = model_draw(model, 2) == 1;
            settings.group_invites = (enum bc_group_invites)model_draw(model, 3);
            settings.findable = model_draw(model, 2) == 1;
            return fact_settings(id, a, settings);
        }
        if (what < 8 && a != b && allowed(&model->pairs[a][b].relation, change)) {
            struct bc_fact fact = fact_relation(id, a, b, change);

            fact.relation.until_ms = change == BC_DECLINED_REQUEST ? model->ms + 200 : 0;
            fact.relation.tell_other = change == BC_CONTACT_ADDED && model_draw(model, 2) == 1;
            fact.relation.moved_after = model_draw(model, 1000);
            return fact;
        }
        if (what >= 8 && what < 16 && !model->pairs[a][b].relation.blocked) {
            return think_send(model, id, a, b);
        }
    }
}

/* ---- the model: what facts make ---- */

unsigned model_index(struct bc_bytes name)
{
    unsigned user = 0;

    while (user < USERS && !bc_bytes_equal(name_of(user), name)) {
        user++;
    }
    assert_true(user < USERS);
    return user;
}

unsigned model_meet(struct model *model, struct bc_bytes name)
{
    unsigned user = model_index(name);

    if (model->order[user] == 0) {
        model->order[user] = ++model->known;
    }
    return user;
}

void model_add_id(struct pair *pair, uint64_t id)
{
    if (pair->count == pair->size) {
        pair->size = pair->size == 0 ? 16 : 2 * pair->size;
        pair->ids = realloc(pair->ids, pair->size * sizeof(pair->ids[0]));
        assert_non_null(pair->ids);
    }
    pair->ids[pair->count++] = id;
}

static void change(struct model *model, unsigned user, unsigned other, enum bc_change how,
    uint64_t id, uint64_t until_ms)
{
    struct bc_relation *relation = &model->pairs[user][other].relation;

    if (how == BC_CONTACT_ADDED) {
        relation->stance = BC_CONTACT;
        relation->declined_until = 0;
        relation->invitations = 0;
        relation->put_in = 0;
        model->pairs[other][user].relation.open = true;
    } else if (how == BC_CONTACT_REMOVED) {
        relation->stance = BC_STRANGER;
        relation->inbox_upto = id;
    } else if (how == BC_DECLINED_REQUEST) {
        relation->stance = BC_DECLINED;
        relation->declined_until = until_ms;
        relation->declined_upto = id;
    } else {
        relation->blocked = how == BC_BLOCKED_USER;
        relation->profile = relation->blocked ? model->present[user] : 0;
        relation->unblocked = how == BC_UNBLOCKED_USER ? id : relation->unblocked;
    }
    if (how == BC_CONTACT_ADDED || how == BC_DECLINED_REQUEST) {
        relation->held = 0;
        relation->held_first = 0;
    }
}

static void apply_send(struct model *model, const struct bc_fact_sent *sent)
{
    uint64_t id = sent->message.id;
    unsigned from = model_meet(model, sent->message.from);
    unsigned to = model_meet(model, sent->message.to);
    struct pair *theirs = &model->pairs[to][from];

    model_add_id(&model->pairs[from][to], id);
    if (from == to) {
        return;
    }
    if (sent->approves) {
        change(model, from, to, BC_CONTACT_ADDED, id, 0);
    }
    if (sent->placement != BC_KEPT) {
        model_add_id(theirs, id);
    }
    if (sent->placement == BC_HELD) {
        theirs->relation.held_first = theirs->relation.held == 0 ? id : theirs->relation.held_first;
        theirs->relation.held++;
        theirs->held_last = id;
    }
}

void model_apply(struct model *model, const struct bc_fact *fact)
{
    unsigned user;

    assert_true(model->count < FACTS_MAX);
    model->facts[model->count++] = *fact;
    switch (fact->type) {
    case BC_FACT_SENT:
        if (fact->sent.message.group.len > 0) {
            model_apply_group_message(model, &fact->sent.message);
        } else {
            apply_send(model, &fact->sent);
        }
        break;
    case BC_FACT_RELATION:
        user = model_meet(model, fact->relation.user);
        change(model, user, model_meet(model, fact->relation.other), fact->relation.change,
            fact->id, fact->relation.until_ms);
        break;
    case BC_FACT_SETTINGS:
        model->settings[model_meet(model, fact->settings.user)] = fact->settings.settings;
        break;
    case BC_FACT_GROUP:
        model_apply_group(model, fact->id, &fact->group);
        break;
    case BC_FACT_MARKED:
        model_apply_mark(model, &fact->marked);
        break;
    case BC_FACT_REPORTED:
        model_apply_reported(model, &fact->reported);
        if (fact->reported.blocks) {
            change(model, model_meet(model, fact->reported.report.by),
                model_meet(model, fact->reported.report.user), BC_BLOCKED_USER, fact->id, 0);
        }
        break;
    case BC_FACT_MODERATED:
        model_apply_moderated(model, &fact->moderated);
        break;
    case BC_FACT_STORED:
        model_apply_own(model, &fact->stored);
        break;
    case BC_FACT_PROFILE:
        model_apply_profile(model, fact->id, &fact->profile);
        break;
    case BC_FACT_REACTED:
        model_apply_reacted(model, fact->id, &fact->reacted);
        break;
    case BC_FACT_TOKEN:
        model_apply_token(model, fact->id, &fact->token);
        break;
    case BC_FACT_PUSH:
        model_apply_push(model, fact->id, &fact->push);
        break;
    case BC_FACT_RETAINED:
        model_apply_retained(model, &fact->retained);
        break;
    case BC_FACT_ERASED: /* none of either is thought of */
    case BC_FACT_INVITE:
        break;
    }
    model_apply_mail(model, fact);
}

void model_rewind(struct model *model, unsigned count)
{
    for (unsigned owner = 0; owner < USERS; owner++) {
        for (unsigned other = 0; other < USERS; other++) {
            struct pair *pair = &model->pairs[owner][other];

            *pair = (struct pair){ .ids = pair->ids, .size = pair->size };
        }
        model->retained = (struct bc_retained){ .pass = 0 };
        model->order[owner] = 0;
        model->settings[owner] = (struct bc_settings){ 0 };
    }
    model_forget_groups(model);
    model_forget_mail(model);
    model_forget_reports(model);
    model_forget_own(model);
    model_forget_profiles(model);
    model_forget_reacts(model);
    model_forget_tokens(model);
    model_forget_pushes(model);
    model->known = 0;
    model->count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct bc_fact fact = model->facts[i];

        model_apply(model, &fact);
    }
}

/* ---- the model: comparing ---- */

static void check_user(const struct model *model, const struct bc_view *view, unsigned user)
{
    struct bc_settings settings;
    uint32_t number;

    assert_int_equal(bc_view_user(view, name_of(user), &number), BC_OK);
    assert_int_equal(number, model->order[user]);
    assert_int_equal(bc_view_settings(view, number, &settings), BC_OK);
    assert_int_equal(settings.contacts_only, model->settings[user].contacts_only);
    assert_int_equal(settings.receipts_off, model->settings[user].receipts_off);
    assert_int_equal(settings.group_invites, model->settings[user].group_invites);
    assert_int_equal(settings.findable, model->settings[user].findable);
    model_check_own(model, view, user);
    model_check_tokens(model, view, user);
    model_check_pushes(model, view, user);
}

static void check_relation(const struct bc_relation *is, const struct bc_relation *wanted)
{
    assert_int_equal(is->stance, wanted->stance);
    assert_int_equal(is->blocked, wanted->blocked);
    assert_int_equal(is->open, wanted->open);
    assert_int_equal(is->declined_until, wanted->declined_until);
    assert_int_equal(is->inbox_upto, wanted->inbox_upto);
    assert_int_equal(is->declined_upto, wanted->declined_upto);
    assert_int_equal(is->held_first, wanted->held_first);
    assert_int_equal(is->held, wanted->held);
    assert_int_equal(is->invitations, wanted->invitations);
    assert_int_equal(is->put_in, wanted->put_in);
    assert_int_equal(is->profile, wanted->profile);
}

static void check_range(const struct bc_view *view, uint32_t owner, uint32_t other,
    const struct pair *pair, struct bc_range range)
{
    uint64_t ids[64];
    uint32_t in = 0;
    uint32_t before = 0;
    uint32_t wanted;
    uint32_t count;
    bool more;

    for (uint32_t i = 0; i < pair->count; i++) {
        before += pair->ids[i] <= range.after ? 1 : 0;
        in += pair->ids[i] > range.after && pair->ids[i] < range.before ? 1 : 0;
    }
    wanted = in < range.limit ? in : range.limit;
    assert_int_equal(bc_view_conversation(view, owner, other, range, ids, &count, &more), BC_OK);
    assert_int_equal(count, wanted);
    assert_int_equal(more, in > range.limit);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ids[i], pair->ids[before + (range.newest ? in - wanted : 0) + i]);
    }
}

/* The counts from, and the stretches around, the first, the last and a middle message. */
static void check_conversation(
    const struct bc_view *view, uint32_t owner, uint32_t other, const struct pair *pair)
{
    uint64_t middle = pair->count == 0 ? 5 : pair->ids[pair->count / 2];
    uint64_t last = pair->count == 0 ? 6 : pair->ids[pair->count - 1];
    uint64_t points[] = { 0, middle, middle + 1, last, last + 1 };
    uint32_t count;
    bool shown;

    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        uint32_t wanted = 0;

        for (uint32_t j = 0; j < pair->count; j++) {
            wanted += pair->ids[j] >= points[i] ? 1 : 0;
        }
        assert_int_equal(bc_view_count(view, owner, other, points[i], &count), BC_OK);
        assert_int_equal(count, wanted);
        for (unsigned newest = 0; newest < 2; newest++) {
            check_range(view, owner, other, pair,
                (struct bc_range){ points[i], UINT64_MAX, 1 + (uint32_t)i, newest == 1 });
            check_range(view, owner, other, pair,
                (struct bc_range){ 0, points[i], 3 + 60 * newest, newest == 1 });
        }
    }
    assert_int_equal(bc_view_shows(view, owner, other, last, &shown), BC_OK);
    assert_int_equal(shown, pair->count > 0);
    assert_int_equal(bc_view_shows(view, owner, other, last + 1, &shown), BC_OK);
    assert_false(shown);
}

static bool is_listed(const struct pair *pair, enum bc_list list)
{
    return list == BC_LIST_BLOCKED ? pair->relation.blocked
                                   : pair->relation.stance == BC_CONTACT && !pair->relation.blocked;
}

/* The whole list in pages of ${limit}. */
static void check_list(const struct model *model, const struct bc_view *view, unsigned owner,
    enum bc_list list, uint32_t limit)
{
    struct bc_bytes page[USERS];
    struct bc_name_part part = { .limit = limit };
    unsigned next = 0;

    do {
        assert_int_equal(bc_view_list(view, model->order[owner], list, &part, page), BC_OK);
        assert_true(part.count <= limit);
        assert_true(!part.more || part.count == limit);
        for (uint32_t i = 0; i < part.count; i++) {
            while (next < USERS && !is_listed(&model->pairs[owner][next], list)) {
                next++;
            }
            assert_true(next < USERS);
            assert_true(bc_bytes_equal(page[i], name_of(next)));
            next++;
        }
        part.after = part.count > 0 ? page[part.count - 1] : part.after;
    } while (part.more);
    while (next < USERS) {
        assert_false(is_listed(&model->pairs[owner][next++], list));
    }
}

/* Of those whose requests ${owner} has after ${after}, who was held first; USERS for nobody. */
static unsigned next_request(const struct model *model, unsigned owner, uint64_t after)
{
    unsigned best = USERS;

    for (unsigned other = 0; other < USERS; other++) {
        const struct bc_relation *relation = &model->pairs[owner][other].relation;

        if (relation->held > 0 && !relation->blocked && relation->held_first > after &&
            (best == USERS ||
                relation->held_first < model->pairs[owner][best].relation.held_first)) {
            best = other;
        }
    }
    return best;
}

/* ${row} is the next after ${after}: of a user or a group. Returns where it stands. */
static uint64_t check_request(
    const struct model *model, unsigned owner, uint64_t after, const struct bc_request_row *row)
{
    unsigned group = 0;
    uint64_t invited = model_next_invitation(model, owner, after, &group);
    unsigned other = next_request(model, owner, after);
    uint64_t first = other < USERS ? model->pairs[owner][other].relation.held_first : 0;

    if (invited != 0 && (first == 0 || invited < first)) {
        assert_int_equal(row->user.len, 0);
        assert_true(bc_bytes_equal(row->group, bc_bytes_text(group_names[group])));
        assert_int_equal(row->first, invited);
        return invited;
    }
    assert_true(other < USERS);
    assert_int_equal(row->group.len, 0);
    assert_true(bc_bytes_equal(row->user, name_of(other)));
    assert_int_equal(row->first, first);
    assert_int_equal(row->last, model->pairs[owner][other].held_last);
    assert_int_equal(row->held, model->pairs[owner][other].relation.held);
    return first;
}

static void check_requests(
    const struct model *model, const struct bc_view *view, unsigned owner, uint32_t limit)
{
    struct bc_request_row rows[USERS];
    uint64_t after = 0;
    unsigned group;
    struct bc_part part;

    do {
        part = (struct bc_part){ .after = after, .limit = limit };
        assert_int_equal(bc_view_requests(view, model->order[owner], &part, rows), BC_OK);
        for (uint32_t i = 0; i < part.count; i++) {
            after = check_request(model, owner, after, &rows[i]);
        }
        assert_true(!part.more || part.count == limit);
    } while (part.more);
    assert_int_equal(next_request(model, owner, after), USERS);
    assert_int_equal(model_next_invitation(model, owner, after, &group), 0);
}

static void check_pending(
    const struct model *model, const struct bc_view *view, unsigned from, uint64_t first)
{
    uint32_t wanted = 0;
    uint32_t count;

    for (unsigned to = 0; to < USERS; to++) {
        const struct pair *pair = &model->pairs[from][to];
        uint64_t last = pair->count > 0 ? pair->ids[pair->count - 1] : pair->cut;

        wanted += from != to && !pair->relation.open && last != 0 && last >= first ? 1 : 0;
    }
    for (uint32_t enough = 0; enough <= wanted + 1; enough++) {
        assert_int_equal(bc_view_pending(view, model->order[from], first, enough, &count), BC_OK);
        assert_int_equal(count, enough < wanted ? enough : wanted);
    }
}

static void check_message(
    const struct model *model, const struct bc_view *view, const struct bc_message *wanted)
{
    bool erased = model_is_erased(model, wanted);
    bool removed = model_is_removed(model, wanted);
    uint32_t reports = 0;
    struct bc_message is;
    uint64_t last = 0;
    uint64_t id;

    assert_int_equal(bc_view_evidence(view, wanted->id, &reports), BC_OK);
    assert_int_equal(reports, model_reports_with(model, wanted->id));
    assert_int_equal(
        bc_view_message(view, wanted->id, &is), removed && reports == 0 ? BC_NOTFOUND : BC_OK);
    if (removed && reports == 0) {
        return;
    }
    assert_int_equal(is.id, wanted->id);
    assert_int_equal(is.kind, erased ? BC_ERASED : wanted->kind);
    assert_int_equal(is.reply_to, wanted->reply_to);
    assert_int_equal(is.origin, wanted->origin);
    assert_true(bc_bytes_equal(is.from, wanted->from));
    assert_true(bc_bytes_equal(is.to, wanted->to));
    assert_true(bc_bytes_equal(is.group, wanted->group));
    if (wanted->group.len > 0) {
        model_check_group_message(model, view, wanted);
    }
    assert_true(bc_bytes_equal(is.payload, erased ? bc_bytes(NULL, 0) : wanted->payload));
    assert_true(bc_bytes_equal(is.content_type, erased ? bc_bytes(NULL, 0) : wanted->content_type));
    assert_true(bc_bytes_equal(is.msgid, wanted->msgid));
    for (unsigned i = 0; wanted->msgid.len > 0 && i < model->count; i++) {
        const struct bc_message *other = &model->facts[i].sent.message;

        if (model->facts[i].type == BC_FACT_SENT && bc_bytes_equal(other->from, wanted->from) &&
            bc_bytes_equal(other->msgid, wanted->msgid)) {
            last = model_is_removed(model, other) ? 0 : other->id;
        }
    }
    assert_int_equal(
        bc_view_msgid(view, model->order[model_index(wanted->from)], wanted->msgid, &id), BC_OK);
    assert_int_equal(id, last);
}

static void check_pairs(const struct model *model, const struct bc_view *view, unsigned owner)
{
    for (unsigned other = 0; other < USERS; other++) {
        const struct pair *pair = &model->pairs[owner][other];
        struct bc_relation relation;

        if (model->order[other] != 0) {
            assert_int_equal(
                bc_view_relation(view, model->order[owner], model->order[other], &relation), BC_OK);
            check_relation(&relation, &pair->relation);
            check_conversation(view, model->order[owner], model->order[other], pair);
        }
    }
}

void model_check(const struct model *model, const struct bc_view *view)
{
    model_check_profiles(model, view);
    model_check_reacts(model, view);
    struct bc_message message;

    for (unsigned user = 0; user < USERS; user++) {
        check_user(model, view, user);
        if (model->order[user] == 0) {
            continue;
        }
        check_pairs(model, view, user);
        for (uint32_t limit = 1; limit <= USERS; limit += 3) {
            check_list(model, view, user, BC_LIST_CONTACTS, limit);
            check_list(model, view, user, BC_LIST_BLOCKED, limit);
            check_requests(model, view, user, limit);
        }
        check_pending(model, view, user, 0);
        check_pending(model, view, user, bc_id_at(model->ms - 300));
    }
    model_check_groups(model, view);
    model_check_mail(model, view);
    model_check_reports(model, view);
    for (unsigned i = 0; i < model->count; i++) {
        if (model->facts[i].type == BC_FACT_SENT) {
            check_message(model, view, &model->facts[i].sent.message);
        } else {
            assert_int_equal(bc_view_message(view, model->facts[i].id, &message), BC_NOTFOUND);
        }
    }
}
