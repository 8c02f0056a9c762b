#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "decide_rows.h"

static void the_recipient_s_stance_places_a_message(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "contact", OPEN_CONTACT, .theirs = { .stance = BC_CONTACT }, SENT,
            .placement = BC_INBOX },
        { "stranger", SENT, PENDING, .placement = BC_HELD },
        { "stranger, with some held already", PENDING, .theirs = { .held = 4, .held_first = 1 },
            SENT, .placement = BC_HELD },
        { "declined", PENDING, DECLINED_UNTIL(NOW + 30 * DAY), SENT, .placement = BC_KEPT },
        { "declined, in its last ms", PENDING, DECLINED_UNTIL(NOW + 1), SENT,
            .placement = BC_KEPT },
        { "declined until now", PENDING, DECLINED_UNTIL(NOW), SENT, .placement = BC_HELD },
        { "declined until lately", PENDING, DECLINED_UNTIL(NOW - 1), SENT, .placement = BC_HELD },
        { "blocked stranger", PENDING, .theirs = { .blocked = true }, SENT, .placement = BC_KEPT },
        { "blocked contact", OPEN_CONTACT, .theirs = { .stance = BC_CONTACT, .blocked = true },
            SENT, .placement = BC_KEPT },
        { "blocked, and declined long ago", PENDING,
            .theirs = { .stance = BC_DECLINED, .declined_until = 1, .blocked = true }, SENT,
            .placement = BC_KEPT },
        { "no such user yet", .new_to = true, APPROVES, .placement = BC_HELD },
        { "nor such a sender", .new_to = true, .new_from = true, APPROVES, .placement = BC_HELD },
        { "no such sender yet", .new_from = true, APPROVES, .placement = BC_HELD },
        { "the sender", .to = "alice", SENT },
        { "the sender, who is new", .to = "alice", .new_from = true, .new_to = true, SENT },
        { "contacts only, a stranger", PENDING, .contacts_only = true, SENT, .placement = BC_KEPT },
        { "contacts only, one declined long ago", PENDING, .contacts_only = true, DECLINED_UNTIL(1),
            SENT, .placement = BC_KEPT },
        { "contacts only, a contact", OPEN_CONTACT, .contacts_only = true,
            .theirs = { .stance = BC_CONTACT }, SENT, .placement = BC_INBOX },
        { "contacts only, a contact once", OPEN_CONTACT, .contacts_only = true,
            .theirs = { .inbox_upto = 9 }, SENT, .placement = BC_KEPT },
        { "contacts only, and blocked", PENDING, .contacts_only = true,
            .theirs = { .blocked = true }, SENT, .placement = BC_KEPT },
        { "a contact with what a stranger may not send", OPEN_CONTACT,
            .theirs = { .stance = BC_CONTACT }, .payload = BINARY SIXTY, .kinds = 0,
            REFUSED(BC_TOO_LARGE) },
        { "a contact, with another kind", OPEN_CONTACT, .theirs = { .stance = BC_CONTACT },
            .payload = BINARY, SENT, .placement = BC_INBOX },
        { "a contact, at length", OPEN_CONTACT, .theirs = { .stance = BC_CONTACT },
            .payload = SIXTY, SENT, .placement = BC_INBOX },
    };
    CHECK(rows);
}

static void writing_to_someone_approves_them(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "a stranger", APPROVES, .placement = BC_HELD },
        { "a stranger who wrote", .own = { .open = false, .held = 2, .held_first = 1 },
            .sent = { { .from = "bob",
                .to = "alice",
                .age_ms = DAY,
                .times = 2,
                .placement = BC_HELD } },
            APPROVES, .placement = BC_HELD },
        { "one declined", .own = { .stance = BC_DECLINED, .declined_until = NOW + 1 }, APPROVES,
            .placement = BC_HELD },
        { "one declined long ago", .own = { .stance = BC_DECLINED, .declined_until = 1 }, APPROVES,
            .placement = BC_HELD },
        { "one removed", .own = { .open = true, .inbox_upto = 9 },
            .theirs = { .stance = BC_CONTACT }, APPROVES, .placement = BC_INBOX },
        { "a contact, who is known already", PENDING, SENT, .placement = BC_HELD },
        { "one who blocked the writer", .theirs = { .blocked = true }, APPROVES,
            .placement = BC_KEPT },
        { "oneself", .to = "alice", SENT },
        { "one blocked", .own = { .blocked = true }, REFUSED(BC_NOT_POSSIBLE), .took_token = true },
        { "a blocked contact", BLOCKED, .theirs = { .stance = BC_CONTACT },
            REFUSED(BC_NOT_POSSIBLE), .took_token = true },
        { "one declined and blocked",
            .own = { .stance = BC_DECLINED, .declined_until = 1, .blocked = true },
            REFUSED(BC_NOT_POSSIBLE), .took_token = true },
    };
    CHECK(rows);
}

/* Each row would be refused, or repeated, for two reasons that are judged one after the other. */
static void judgements_come_in_their_order(void **state)
{
    (void)state;
#define BEFORE .msgid = "m", .sent = { { .age_ms = DAY, .times = 1, .msgid = "m" } }
#define FULL   .sent = { { .age_ms = DAY, .times = 5 } }
    static const struct row rows[] = {
        { "name before size: empty", .to = "a/b", .payload = "", REFUSED(BC_BAD_NAME) },
        { "name before size: too large", .to = "a/b", .payload = SIXTY "0", REFUSED(BC_BAD_NAME) },
        { "name before rate", .to = "a/b", .out_of_rate = true, REFUSED(BC_BAD_NAME) },
        { "size before repeat: empty", BEFORE, .payload = "", REFUSED(BC_EMPTY_MESSAGE) },
        { "size before repeat: too large", BEFORE, .payload = SIXTY "0", REFUSED(BC_TOO_LARGE) },
        { "size before rate: empty", .payload = "", .out_of_rate = true,
            REFUSED(BC_EMPTY_MESSAGE) },
        { "size before rate: too large", .payload = SIXTY "0", .out_of_rate = true,
            REFUSED(BC_TOO_LARGE) },
        { "size before kind", .payload = BINARY SIXTY, REFUSED(BC_TOO_LARGE) },
        { "repeat before rate", BEFORE, .out_of_rate = true, .verdict = BC_REPEATS },
        { "repeat before rate: another message", BEFORE, .payload = "other", .out_of_rate = true,
            REFUSED(BC_BAD_REQUEST) },
        { "repeat before own block", BEFORE, BLOCKED, .verdict = BC_REPEATS },
        { "repeat before own block: another message", BEFORE, BLOCKED, .payload = "other",
            REFUSED(BC_BAD_REQUEST) },
        { "repeat before kind", BEFORE, .kinds = BC_KIND_BIT(BC_LINK), .verdict = BC_REPEATS },
        { "repeat before limit", .msgid = "m",
            .sent = { { .age_ms = DAY, .times = 4 }, { .age_ms = DAY, .times = 1, .msgid = "m" } },
            .verdict = BC_REPEATS },
        { "rate before own block", BLOCKED, .out_of_rate = true, REFUSED(BC_RATE_LIMIT) },
        { "rate before kind", .payload = BINARY, .out_of_rate = true, REFUSED(BC_RATE_LIMIT) },
        { "rate before limit", FULL, .out_of_rate = true, REFUSED(BC_RATE_LIMIT) },
        { "own block before kind", BLOCKED, .payload = BINARY, REFUSED(BC_NOT_POSSIBLE),
            .took_token = true },
        { "own block before a kind that nobody may send", BLOCKED, .kinds = BC_KIND_BIT(BC_LINK),
            REFUSED(BC_NOT_POSSIBLE), .took_token = true },
        { "own block before limit", BLOCKED, FULL, REFUSED(BC_NOT_POSSIBLE), .took_token = true },
        { "kind before limit: messages", FULL, .payload = BINARY, REFUSED(BC_KIND_NOT_ALLOWED),
            .took_token = true },
        { "kind before limit: bytes", .payload = BINARY FORTY, REFUSED(BC_KIND_NOT_ALLOWED),
            .took_token = true },
        { "a kind that nobody may send before limit", .payload = FORTY "0",
            .kinds = BC_KIND_BIT(BC_LINK), REFUSED(BC_KIND_NOT_ALLOWED), .took_token = true },
        { "limit", FULL, REFUSED(BC_REQUEST_LIMIT), .took_token = true },
        { "a kind that nobody may send, to a contact", OPEN_CONTACT,
            .theirs = { .stance = BC_CONTACT }, .kinds = BC_KIND_BIT(BC_LINK),
            REFUSED(BC_KIND_NOT_ALLOWED), .took_token = true },
        { "a kind that nobody may send, to oneself", .to = "alice", .kinds = BC_KIND_BIT(BC_LINK),
            REFUSED(BC_KIND_NOT_ALLOWED), .took_token = true },
    };
#undef BEFORE
#undef FULL
    CHECK(rows);
}

static void a_pending_sender_is_limited_by_own_sends_alone(void **state)
{
    (void)state;
#define LIMIT  REFUSED(BC_REQUEST_LIMIT), .took_token = true
#define WINDOW (30 * DAY)
    static const struct row rows[] = {
        { "the fifth", .sent = { { .age_ms = DAY, .times = 4 } }, APPROVES, .placement = BC_HELD },
        { "the sixth", .sent = { { .age_ms = DAY, .times = 5 } }, LIMIT },
        { "the sixth, of held ones",
            .sent = { { .age_ms = DAY, .times = 5, .placement = BC_HELD } }, LIMIT },
        { "the sixth, of some held and some kept",
            .sent = { { .age_ms = 2 * DAY, .times = 3, .placement = BC_HELD },
                { .age_ms = DAY, .times = 2 } },
            LIMIT },
        { "the sixth, after being declined", DECLINED_UNTIL(NOW + 1),
            .sent = { { .age_ms = DAY, .times = 5 } }, LIMIT },
        { "the sixth, of this very ms", .sent = { { .times = 5 } }, LIMIT },
        { "five, one in its last ms",
            .sent = { { .age_ms = WINDOW - 1, .times = 1 }, { .age_ms = DAY, .times = 4 } },
            LIMIT },
        { "five, one of which has just left",
            .sent = { { .age_ms = WINDOW, .times = 1 }, { .age_ms = DAY, .times = 4 } }, APPROVES,
            .placement = BC_HELD },
        { "many that have left, and four",
            .sent = { { .age_ms = WINDOW, .times = 50 }, { .age_ms = DAY, .times = 4 } }, APPROVES,
            .placement = BC_HELD },
        { "many that have left, still held, and four", .theirs = { .held = 54, .held_first = 1 },
            .sent = { { .age_ms = WINDOW, .times = 50, .placement = BC_HELD },
                { .age_ms = DAY, .times = 4, .placement = BC_HELD } },
            APPROVES, .placement = BC_HELD },
        { "what went to others doesn't count",
            .sent = { { .to = "carol", .age_ms = DAY, .times = 5 } }, APPROVES,
            .placement = BC_HELD },
        { "a note to self counts for nobody",
            .sent = { { .to = "alice", .age_ms = DAY, .times = 50 } }, APPROVES,
            .placement = BC_HELD },
        { "as long as may be", .payload = FORTY, APPROVES, .placement = BC_HELD },
        { "longer than may be", .payload = FORTY "0", LIMIT },
        { "longer than may be, to nobody", .payload = FORTY "0", .new_to = true, LIMIT },
        { "longer than may be, from nobody", .payload = FORTY "0", .new_from = true, LIMIT },
        { "a link", .payload = "https://example.org/", APPROVES, .placement = BC_HELD },
        { "another kind", .payload = BINARY, REFUSED(BC_KIND_NOT_ALLOWED), .took_token = true },
        { "another kind, to nobody", .payload = BINARY, .new_to = true,
            REFUSED(BC_KIND_NOT_ALLOWED), .took_token = true },
        { "the third user",
            .sent = { { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 } },
            APPROVES, .placement = BC_HELD },
        { "the fourth user",
            .sent = { { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 1 } },
            LIMIT },
        { "the fourth user, who doesn't exist", .new_to = true,
            .sent = { { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 1 } },
            LIMIT },
        { "one of three users",
            .sent = { { .age_ms = DAY, .times = 4 }, { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 } },
            APPROVES, .placement = BC_HELD },
        { "the second to one of three users",
            .sent = { { .age_ms = DAY, .times = 1 }, { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 } },
            APPROVES, .placement = BC_HELD },
        { "one of four users, from when more were allowed",
            .sent = { { .age_ms = DAY, .times = 4 }, { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 5 } },
            APPROVES, .placement = BC_HELD },
        { "the fourth user, one in its last ms",
            .sent = { { .to = "carol", .age_ms = WINDOW - 1, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 1 } },
            LIMIT },
        { "the fourth user, one of which has just left",
            .sent = { { .to = "carol", .age_ms = WINDOW, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 1 } },
            APPROVES, .placement = BC_HELD },
        { "who has left is a fourth again",
            .sent = { { .age_ms = WINDOW, .times = 4 },
                { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 1 } },
            LIMIT },
        { "what others sent them doesn't count",
            .sent = { { .from = "carol", .age_ms = DAY, .times = 5 }, { .from = "dave",
                                                                          .to = "alice",
                                                                          .age_ms = DAY,
                                                                          .times = 5,
                                                                          .placement = BC_HELD } },
            APPROVES, .placement = BC_HELD },
    };
#undef LIMIT
#undef WINDOW
    CHECK(rows);
}

static void an_open_sender_is_never_refused(void **state)
{
    (void)state;
#define REMOVED(count)                                                                             \
    OPEN_CONTACT, .theirs = {.inbox_upto = 9, .held = (count), .held_first = (count) }
    static const struct row rows[] = {
        { "by one who removed them", REMOVED(0), SENT, .placement = BC_HELD },
        { "the fifth held", REMOVED(4), SENT, .placement = BC_HELD },
        { "the sixth held", REMOVED(5), SENT, .placement = BC_KEPT },
        { "many more held", REMOVED(500), SENT, .placement = BC_KEPT },
        { "however many there were", REMOVED(0), .sent = { { .age_ms = DAY, .times = 500 } }, SENT,
            .placement = BC_HELD },
        { "as long as a request may be", REMOVED(0), .payload = FORTY, SENT, .placement = BC_HELD },
        { "longer than a request may be", REMOVED(0), .payload = FORTY "0", SENT,
            .placement = BC_KEPT },
        { "of a request's kinds", REMOVED(0), .payload = "https://example.org/", SENT,
            .placement = BC_HELD },
        { "of another kind", REMOVED(0), .payload = BINARY, SENT, .placement = BC_KEPT },
        { "of another kind and longer, with many held", REMOVED(500), .payload = BINARY FORTY, SENT,
            .placement = BC_KEPT },
        { "by one who removed and declined them", OPEN_CONTACT, DECLINED_UNTIL(NOW + 1), SENT,
            .placement = BC_KEPT },
        { "by one who removed and declined them long ago", OPEN_CONTACT, DECLINED_UNTIL(NOW), SENT,
            .placement = BC_HELD },
        { "by one who takes contacts only", REMOVED(0), .contacts_only = true, SENT,
            .placement = BC_KEPT },
        { "by one who blocked them", OPEN_CONTACT, .theirs = { .blocked = true }, .payload = BINARY,
            SENT, .placement = BC_KEPT },
        { "though there are many pending ones", REMOVED(0),
            .sent = { { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 1 } },
            SENT, .placement = BC_HELD },
    };
#undef REMOVED
    CHECK(rows);
}

static void notes_to_self_know_no_requests(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "any kind", .to = "alice", .payload = BINARY, SENT },
        { "any length", .to = "alice", .payload = SIXTY, SENT },
        { "any number", .to = "alice", .sent = { { .to = "alice", .age_ms = DAY, .times = 50 } },
            SENT },
        { "however many are pending", .to = "alice",
            .sent = { { .to = "carol", .age_ms = DAY, .times = 1 },
                { .to = "dave", .age_ms = DAY, .times = 5 },
                { .to = "erin", .age_ms = DAY, .times = 1 } },
            SENT },
        { "contacts only", .to = "alice", .contacts_only = true, SENT },
        { "but not nothing", .to = "alice", .payload = "", REFUSED(BC_EMPTY_MESSAGE) },
        { "but not too large", .to = "alice", .payload = SIXTY "0", REFUSED(BC_TOO_LARGE) },
        { "but not too fast", .to = "alice", .out_of_rate = true, REFUSED(BC_RATE_LIMIT) },
        { "nor twice", .to = "alice", .msgid = "m",
            .sent = { { .to = "alice", .age_ms = DAY, .times = 1, .msgid = "m" } },
            .verdict = BC_REPEATS },
    };
    CHECK(rows);
}

static void sending_twice_is_sending_once(void **state)
{
    (void)state;
#define WEEK (7 * DAY)
    static const struct row rows[] = {
        { "the same", .msgid = "m", .sent = { { .age_ms = 1, .times = 1, .msgid = "m" } },
            .verdict = BC_REPEATS },
        { "the same, in its last ms", .msgid = "m",
            .sent = { { .age_ms = WEEK - 1, .times = 1, .msgid = "m" } }, .verdict = BC_REPEATS },
        { "the same, just forgotten", .msgid = "m",
            .sent = { { .age_ms = WEEK, .times = 1, .msgid = "m" } }, APPROVES,
            .placement = BC_HELD },
        { "another payload", .msgid = "m", .payload = "other",
            .sent = { { .age_ms = 1, .times = 1, .msgid = "m" } }, REFUSED(BC_BAD_REQUEST) },
        { "a longer payload", .msgid = "m", .payload = "hello!",
            .sent = { { .age_ms = 1, .times = 1, .msgid = "m" } }, REFUSED(BC_BAD_REQUEST) },
        { "another payload, in its last ms", .msgid = "m", .payload = "other",
            .sent = { { .age_ms = WEEK - 1, .times = 1, .msgid = "m" } }, REFUSED(BC_BAD_REQUEST) },
        { "another payload, just forgotten", .msgid = "m", .payload = "other",
            .sent = { { .age_ms = WEEK, .times = 1, .msgid = "m" } }, APPROVES,
            .placement = BC_HELD },
        { "another recipient", .msgid = "m",
            .sent = { { .to = "carol", .age_ms = 1, .times = 1, .msgid = "m" } },
            REFUSED(BC_BAD_REQUEST) },
        { "another recipient, who doesn't exist", .msgid = "m", .new_to = true,
            .sent = { { .to = "carol", .age_ms = 1, .times = 1, .msgid = "m" } },
            REFUSED(BC_BAD_REQUEST) },
        { "another recipient: oneself", .to = "alice", .msgid = "m",
            .sent = { { .age_ms = 1, .times = 1, .msgid = "m" } }, REFUSED(BC_BAD_REQUEST) },
        { "another sender's", .msgid = "m",
            .sent = { { .from = "carol", .age_ms = 1, .times = 1, .msgid = "m" } }, APPROVES,
            .placement = BC_HELD },
        { "the recipient's own", .msgid = "m", OPEN_CONTACT, .theirs = { .stance = BC_CONTACT },
            .sent = { { .from = "bob",
                .to = "alice",
                .age_ms = 1,
                .times = 1,
                .msgid = "m",
                .placement = BC_INBOX } },
            SENT, .placement = BC_INBOX },
        { "another msgid", .msgid = "M", .sent = { { .age_ms = 1, .times = 1, .msgid = "m" } },
            APPROVES, .placement = BC_HELD },
        { "a longer msgid", .msgid = "mm", .sent = { { .age_ms = 1, .times = 1, .msgid = "m" } },
            APPROVES, .placement = BC_HELD },
        { "none", .sent = { { .age_ms = 1, .times = 1 } }, APPROVES, .placement = BC_HELD },
        { "the same, used before it was forgotten once", .msgid = "m",
            .sent = { { .to = "carol", .age_ms = WEEK, .times = 1, .msgid = "m" },
                { .age_ms = 1, .times = 1, .msgid = "m" } },
            .verdict = BC_REPEATS },
        { "the same, from a new sender", .msgid = "m", .new_from = true, APPROVES,
            .placement = BC_HELD },
    };
#undef WEEK
    CHECK(rows);
}

static void malformed_metadata_is_refused_before_anything_else_and_counts(void **state)
{
    (void)state;
#define WRONG REFUSED(BC_BAD_REQUEST), .took_token = true
#define FINE  APPROVES, .placement = BC_HELD
    static const struct row rows[] = {
        { "a msgid of one character", .msgid = "!", FINE },
        { "of 64", .msgid = SIXTY_FOUR, FINE },
        { "of 65", .msgid = SIXTY_FOUR "5", WRONG },
        { "empty", .msgid = "", WRONG },
        { "with a space", .msgid = "a b", WRONG },
        { "not ASCII", .msgid = "\xC3\xA9", WRONG },
        { "no content type", .content_type = "", FINE },
        { "a content type of 127 characters", .content_type = SIXTY_FOUR SIXTY "012", FINE },
        { "of 128", .content_type = SIXTY_FOUR SIXTY_FOUR, WRONG },
        { "with a tab", .content_type = "a\tb", WRONG },
        { "name before metadata", .to = "a/b", .msgid = "", REFUSED(BC_BAD_NAME) },
        { "metadata before size", .msgid = "", .payload = "", WRONG },
        { "metadata before rate", .msgid = "", .out_of_rate = true, WRONG },
        { "metadata before own block", BLOCKED, .content_type = "\n", WRONG },
    };
#undef WRONG
#undef FINE
    CHECK(rows);
}

static void what_is_forwarded_is_judged_as_any_message(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "to a contact", OPEN_CONTACT, .theirs = { .stance = BC_CONTACT }, .origin = 7, SENT,
            .placement = BC_INBOX },
        { "to a stranger", .origin = 7, APPROVES, .placement = BC_HELD },
        { "one's own", .to = "alice", .origin = 7, SENT },
        { "of another kind than a request", .payload = BINARY, .origin = 7,
            REFUSED(BC_KIND_NOT_ALLOWED), .took_token = true },
        { "too fast", .origin = 7, .out_of_rate = true, REFUSED(BC_RATE_LIMIT) },
        { "larger than messages may be by now", .payload = SIXTY "0", .origin = 7,
            REFUSED(BC_TOO_LARGE) },
    };
    CHECK(rows);
}

static void a_repeat_names_the_message_that_it_repeats(void **state)
{
    (void)state;
    static const struct row row = { "repeat", .msgid = "m",
        .sent = { { .age_ms = 3, .times = 1, .msgid = "m" }, { .age_ms = 1, .times = 1 } } };
    struct bc_view *view = view_of(&row);
    struct bc_request request = request_of(&row);
    struct bc_decision decision;
    assert_int_equal(bc_decide(view, &limits, &request, &decision), BC_OK);
    assert_int_equal(decision.repeated, bc_id_at(NOW - 3));
    fake_view_free(view);
}

static void media_have_the_content_type_that_was_found_whatever_the_sender_gives(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        const char *given;
        const char *stored;
    } rows[] = {
        { "GIF89a\x01", "", "image/gif" },
        { "GIF89a\x01", "image/x-gif", "image/gif" },
        { "\x89PNG\r\n\x1A\n<script>", "text/html", "image/png" },
        { "\xFF\xD8\xFF\xE0", "", "image/jpeg" },
        { "hello", "", "" },
        { "hello", "text/html", "text/html" }, /* the sender's word */
        { BINARY, "application/pdf", "application/pdf" },
        { "GIF89a", "", "" }, /* is text */
        { BINARY, "", "" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row row = { rows[i].payload, .payload = rows[i].payload, OPEN_CONTACT };
        struct bc_view *view = view_of(&row);
        struct bc_request request = request_of(&row);
        struct bc_limits any = limits;
        struct bc_decision decision;

        any.kinds = UINT32_MAX;
        request.message.content_type = bc_bytes_text(rows[i].given);
        assert_int_equal(bc_decide(view, &any, &request, &decision), BC_OK);
        if (decision.verdict != BC_CHANGES ||
            !bc_bytes_equal(
                decision.fact.sent.message.content_type, bc_bytes_text(rows[i].stored))) {
            fail_msg("row %zu: not %s", i, rows[i].stored);
        }
        fake_view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recipient_s_stance_places_a_message),
        cmocka_unit_test(writing_to_someone_approves_them),
        cmocka_unit_test(judgements_come_in_their_order),
        cmocka_unit_test(a_pending_sender_is_limited_by_own_sends_alone),
        cmocka_unit_test(an_open_sender_is_never_refused),
        cmocka_unit_test(notes_to_self_know_no_requests),
        cmocka_unit_test(sending_twice_is_sending_once),
        cmocka_unit_test(malformed_metadata_is_refused_before_anything_else_and_counts),
        cmocka_unit_test(what_is_forwarded_is_judged_as_any_message),
        cmocka_unit_test(a_repeat_names_the_message_that_it_repeats),
        cmocka_unit_test(media_have_the_content_type_that_was_found_whatever_the_sender_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
