/* What the tests of the rules have in common: rows of a state, a request and what is decided. */
#ifndef BC_TESTS_UNIT_DECIDE_ROWS_H
#define BC_TESTS_UNIT_DECIDE_ROWS_H

#include "messaging/decide.h"

#include "fake_view.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define NOW UINT64_C(1700000000000)
#define DAY UINT64_C(86400000)

#define TEN        "0123456789"
#define FORTY      TEN TEN TEN TEN
#define SIXTY      FORTY TEN TEN
#define BINARY     "\x01\x02"
#define SIXTY_FOUR SIXTY "0123"

/* Small numbers, all different, so that each is seen to be the one that counts. */
extern const struct bc_limits limits;

/* What was sent before: ${times} times, ${age_ms} ago. */
struct sent {
    const char *from, *to;
    uint64_t age_ms;
    uint32_t times;
    enum bc_placement placement;
    const char *msgid, *payload;
};

/* Alice asks something about bob, whom she knows by name, unless a row says otherwise. */
struct row {
    const char *what;

    enum bc_action action;
    const char *from, *to;
    const char *payload;
    const char *msgid, *content_type;
    uint64_t origin;
    bool out_of_rate;
    uint32_t kinds; /* other than the limits' */

    bool new_from, new_to; /* not known to the server yet */
    struct bc_relation own, theirs;
    bool contacts_only;
    struct sent sent[6];

    enum bc_verdict verdict;
    enum bc_refusal refusal;
    bool took_token;
    enum bc_placement placement;
    bool approves;
    uint32_t moved;
    bool tell_other;
};

/* The state and the request of ${row}; the view is to be freed with fake_view_free(). */
struct bc_view *view_of(const struct row *row);
struct bc_request request_of(const struct row *row);

/* Decide all of ${rows} and fail the test, printing those that come out otherwise. */
void check(const struct row *rows, size_t count);

#define CHECK(rows) check(rows, COUNT(rows))

/* What every accepted send, and every send to a contact of the sender's, has in common. */
#define SENT               .took_token = true
#define APPROVES           SENT, .approves = true
#define REFUSED(why)       .verdict = BC_REFUSED, .refusal = (why)
#define OPEN_CONTACT       .own = { .stance = BC_CONTACT, .open = true }
#define PENDING            .own = { .stance = BC_CONTACT }
#define BLOCKED            .own = { .stance = BC_CONTACT, .blocked = true }
#define DECLINED_UNTIL(ms) .theirs = { .stance = BC_DECLINED, .declined_until = (ms) }

/* What bob has written to alice. */
#define WRITTEN(count, where)                                                                      \
    .sent = {                                                                                      \
        { .from = "bob", .to = "alice", .age_ms = DAY, .times = (count), .placement = (where) }    \
    }

#endif
