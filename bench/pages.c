/*
 * What pages cost in a large mailbox, without a broker: fills the store in an empty directory with
 * one user's conversations, and prints what pages of 50 take of the processor, in us: looked up,
 * and every message and name in them read.
 *
 * usage: pages DIR CONVERSATIONS MESSAGES GROUPS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "messaging/event.h"
#include "messaging/id.h"
#include "storage/store.h"

#define PAGE   50
#define ROUNDS 2000
#define NAME   16

struct bench {
    struct bc_store *store;
    struct bc_id_source ids;
    uint64_t ms; /* of the next fact */
    uint32_t conversations;
    uint32_t messages;
    uint32_t groups;
    uint32_t user; /* whose mailbox it is */
};

static void die(const char *what)
{
    (void)fprintf(stderr, "pages: %s\n", what);
    exit(1);
}

static void must(enum bc_error error)
{
    if (error != BC_OK) {
        die(bc_error_text(error));
    }
}

static void say(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)fprintf(stderr, "pages: %s\n", line);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* ---- filling ---- */

static struct bc_bytes name_of(const char *kind, uint32_t number, char name[NAME])
{
    (void)snprintf(name, NAME, "%s%u", kind, number);
    return bc_bytes_text(name);
}

static void append(struct bench *bench, struct bc_fact fact)
{
    fact.id = bc_id_draw(&bench->ids, bench->ms++, 8);
    if (fact.type == BC_FACT_SENT) {
        fact.sent.message.id = fact.id;
    }
    must(bc_store_append(bench->store, &fact));
    if (bc_store_unsynced(bench->store) >= 512) {
        must(bc_store_sync(bench->store));
        must(bc_store_checkpoint(bench->store, false));
    }
}

static struct bc_fact sent(struct bc_bytes from, struct bc_bytes to, struct bc_bytes group)
{
    static const uint8_t payload[200] = "hello";

    return (struct bc_fact){ .type = BC_FACT_SENT,
        .sent = { .message = { .from = from,
                      .to = to,
                      .group = group,
                      .kind = BC_TEXT,
                      .payload = bc_bytes(payload, sizeof(payload)) },
            .placement = BC_INBOX } };
}

static void make_known(struct bench *bench)
{
    char name[NAME];
    struct bc_bytes me = bc_bytes_text("me");

    for (uint32_t i = 0; i < bench->conversations; i++) {
        struct bc_fact fact = { .type = BC_FACT_RELATION,
            .relation = { .user = me, .change = BC_CONTACT_ADDED } };

        fact.relation.other = name_of("u", i, name);
        append(bench, fact);
        fact.relation.user = fact.relation.other;
        fact.relation.other = me;
        append(bench, fact);
    }
    for (uint32_t i = 0; i < bench->groups; i++) {
        struct bc_fact fact = { .type = BC_FACT_GROUP,
            .group = { .change = BC_GROUP_CREATED, .by = me, .title = bc_bytes_text("A group") } };

        fact.group.group = name_of("g", i, name);
        append(bench, fact);
    }
}

/* One in four is the user's own; one in ten, if there are groups, is to one. */
static void fill(struct bench *bench)
{
    uint32_t random = 1;
    char name[NAME];
    struct bc_bytes me = bc_bytes_text("me");
    struct bc_bytes none = bc_bytes(NULL, 0);

    make_known(bench);
    for (uint32_t i = 0; i < bench->messages; i++) {
        random = random * 1664525U + 1013904223U;
        if (bench->groups > 0 && i % 10 == 0) {
            append(bench, sent(me, none, name_of("g", (random >> 8) % bench->groups, name)));
        } else {
            struct bc_bytes other = name_of("u", (random >> 8) % bench->conversations, name);

            append(bench, i % 4 == 0 ? sent(me, other, none) : sent(other, me, none));
        }
    }
    must(bc_store_sync(bench->store));
    must(bc_view_user(bc_store_view(bench->store), me, &bench->user));
}

/* ---- reading ---- */

static void read_message(const struct bc_view *view, uint64_t id)
{
    struct bc_message message;

    must(bc_view_message(view, id, &message));
}

static void read_history(const struct bench *bench, uint64_t position)
{
    const struct bc_view *view = bc_store_view(bench->store);
    struct bc_range range = { .before = position, .limit = PAGE, .newest = true };
    uint64_t ids[PAGE];
    uint32_t count = 0;
    bool more;

    must(bc_view_conversation(view, bench->user, 2 + (uint32_t)(position % bench->conversations),
        range, ids, &count, &more));
    for (uint32_t i = 0; i < count; i++) {
        read_message(view, ids[i]);
    }
}

static void read_sync(const struct bench *bench, uint64_t position)
{
    const struct bc_view *view = bc_store_view(bench->store);
    struct bc_mail mail[PAGE];
    struct bc_event event;
    struct bc_part part = { .after = position, .limit = PAGE };

    must(bc_view_mailbox(view, bench->user, &part, mail));
    for (uint32_t i = 0; i < part.count; i++) {
        if (mail[i].event) {
            must(bc_view_event(view, mail[i].id, &event));
        } else {
            read_message(view, mail[i].id);
        }
    }
}

static void read_conversations(const struct bench *bench, uint64_t position)
{
    const struct bc_view *view = bc_store_view(bench->store);
    struct bc_conversation rows[PAGE];
    struct bc_bytes name;
    struct bc_part part = { .after = position, .limit = PAGE };
    uint32_t looked_at;

    must(bc_view_conversations(view, bench->user, false, &part, rows, &looked_at));
    for (uint32_t i = 0; i < part.count; i++) {
        read_message(view, rows[i].last);
        if (rows[i].peer == BC_PEER_USER) {
            must(bc_view_name(view, rows[i].number, &name));
        }
    }
}

/* Pages anywhere in the mailbox, in turns; the first ones make it warm. */
static void measure(const struct bench *bench, const char *what, uint64_t spread,
    void (*read)(const struct bench *, uint64_t))
{
    uint64_t newest = bc_store_newest_id(bench->store);
    uint64_t worst = 0;
    uint64_t all = 0;

    for (uint32_t i = 0; i < 2 * ROUNDS; i++) {
        uint64_t began = now_ns();
        uint64_t taken;

        read(bench, newest - (uint64_t)(i % ROUNDS) * (spread / ROUNDS));
        taken = now_ns() - began;
        if (i >= ROUNDS) {
            all += taken;
            worst = taken > worst ? taken : worst;
        }
    }
    printf("%-28s %8.1f mean %8.1f worst\n", what, (double)all / ROUNDS / 1e3, (double)worst / 1e3);
}

int main(int argc, char **argv)
{
    struct bc_store_options options = { .checkpoint_facts = 20000,
        .checkpoint_bytes = 32U << 20,
        .message_max_bytes = 1 << 20,
        .log = say };
    struct bench bench = { .ms = UINT64_C(1700000000000) };
    uint64_t spread;

    if (argc != 5) {
        (void)fputs("usage: pages DIR CONVERSATIONS MESSAGES GROUPS\n", stderr);
        return 2;
    }
    options.dir = argv[1];
    bench.conversations = (uint32_t)strtoul(argv[2], NULL, 10);
    bench.messages = (uint32_t)strtoul(argv[3], NULL, 10);
    bench.groups = (uint32_t)strtoul(argv[4], NULL, 10);
    if (bench.conversations == 0) {
        die("there is nothing to look at without a conversation");
    }
    must(bc_store_open(&bench.store, &options));
    fill(&bench);
    spread = bc_id_at(bench.messages);
    measure(&bench, "history", spread, read_history);
    measure(&bench, "sync", spread, read_sync);
    measure(&bench, "conversations, newest", 0, read_conversations);
    measure(&bench, "conversations, anywhere", spread / 100, read_conversations);
    bc_store_close(bench.store);
    return 0;
}
