#include "tests/storage/facts.h"

#include <string.h>

#include "messaging/id.h"

const char *const names[USERS] = { "alice", "bob", "bob ", "carol",
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "z", "zo", "zo\xc3\xab" };

const char *const group_names[GROUPS] = { "0", "A", "a", "a.b", "b",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" };

struct bc_bytes name_of(unsigned user)
{
    return bc_bytes_text(names[user]);
}

struct bc_bytes group_name(unsigned group)
{
    return bc_bytes_text(group_names[group]);
}

unsigned index_of(struct bc_bytes name)
{
    unsigned user = 0;

    while (user < USERS && !bc_bytes_equal(name_of(user), name)) {
        user++;
    }
    assert_true(user < USERS);
    return user;
}

unsigned group_index(struct bc_bytes name)
{
    unsigned group = 0;

    while (group < GROUPS && !bc_bytes_equal(group_name(group), name)) {
        group++;
    }
    assert_true(group < GROUPS);
    return group;
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

struct bc_fact fact_group(uint64_t id, const char *group, enum bc_group_change change)
{
    return (struct bc_fact){ .id = id,
        .type = BC_FACT_GROUP,
        .group = { .group = bc_bytes_text(group), .change = change } };
}

struct bc_fact fact_group_sent(uint64_t id, unsigned from, const char *group)
{
    struct bc_fact fact = fact_sent(id, from, 0, BC_KEPT, false);

    fact.sent.message.to = bc_bytes(NULL, 0);
    fact.sent.message.group = bc_bytes_text(group);
    return fact;
}
