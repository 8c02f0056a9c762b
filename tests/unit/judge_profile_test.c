/* Profiles: what may be in one, what changes, and who sees which version. */
#include "messaging/id.h"
#include "messaging/visible.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decide_rows.h"

#define PNG  "\x89PNG\r\n\x1A\n"
#define JPEG "\xFF\xD8\xFF\xE0"
#define WEBP "RIFF1234WEBP"
#define GIF  "GIF89a"

static char large[BC_PICTURE_MAX + 1];

static struct bc_bytes optional(const char *text)
{
    return text != NULL ? bc_bytes_text(text) : bc_bytes(NULL, 0);
}

static void set(
    struct bc_view *view, const char *user, uint64_t id, const char *name, const char *picture)
{
    struct bc_fact fact = { .id = id,
        .type = BC_FACT_PROFILE,
        .profile = { .user = bc_bytes_text(user),
            .name = bc_bytes_text(name),
            .picture = bc_bytes_text(picture) } };
    fake_view_apply(view, &fact);
}

static void what_may_be_in_a_profile(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *user; /* alice is "Alice" with a picture already */
        const char *name, *about, *picture;
        size_t large; /* the length of a large picture */
        enum bc_verdict verdict;
        enum bc_refusal refusal;
        bool stays;
    } rows[] = {
        { "all of it", "zoe", "Zoe", "about", PNG, 0, BC_CHANGES, BC_ACCEPTED, false },
        { "a name alone", "alice", "Al", NULL, NULL, 0, BC_CHANGES, BC_ACCEPTED, true },
        { "the same name", "alice", "Alice", NULL, NULL, 0, BC_NOTHING, BC_ACCEPTED, false },
        { "nothing", "alice", NULL, NULL, NULL, 0, BC_NOTHING, BC_ACCEPTED, false },
        { "nothing of nobody", "zoe", "", NULL, NULL, 0, BC_NOTHING, BC_ACCEPTED, false },
        { "the same picture", "alice", NULL, NULL, PNG, 0, BC_NOTHING, BC_ACCEPTED, false },
        { "a JPEG", "alice", NULL, NULL, JPEG, 0, BC_CHANGES, BC_ACCEPTED, false },
        { "a WebP", "alice", NULL, NULL, WEBP, 0, BC_CHANGES, BC_ACCEPTED, false },
        { "a GIF", "alice", NULL, NULL, GIF, 0, BC_REFUSED, BC_KIND_NOT_ALLOWED, false },
        { "a text", "alice", NULL, NULL, "hi", 0, BC_REFUSED, BC_KIND_NOT_ALLOWED, false },
        { "no picture any more", "alice", NULL, NULL, "", 0, BC_CHANGES, BC_ACCEPTED, false },
        { "no name any more", "alice", "", NULL, NULL, 0, BC_CHANGES, BC_ACCEPTED, true },
        { "the largest picture", "alice", NULL, NULL, NULL, BC_PICTURE_MAX, BC_CHANGES, BC_ACCEPTED,
            false },
        { "one that is larger", "alice", NULL, NULL, NULL, BC_PICTURE_MAX + 1, BC_REFUSED,
            BC_TOO_LARGE, false },
        { "the longest name", "zoe", SIXTY_FOUR SIXTY_FOUR, NULL, NULL, 0, BC_CHANGES, BC_ACCEPTED,
            false },
        { "a longer name", "zoe", SIXTY_FOUR SIXTY_FOUR "8", NULL, NULL, 0, BC_REFUSED,
            BC_BAD_REQUEST, false },
        { "a control character", "zoe", "a\nb", NULL, NULL, 0, BC_REFUSED, BC_BAD_REQUEST, false },
        { "lines about oneself", "zoe", NULL, "a\nb", NULL, 0, BC_CHANGES, BC_ACCEPTED, false },
        { "ill-formed", "zoe", NULL, "\xC3", NULL, 0, BC_REFUSED, BC_BAD_REQUEST, false },
        { "the longest about", "zoe", NULL,
            SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR,
            NULL, 0, BC_CHANGES, BC_ACCEPTED, false },
        { "a longer one", "zoe", NULL,
            SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR
            "1",
            NULL, 0, BC_REFUSED, BC_BAD_REQUEST, false },
        { "a suspended user", "sue", "Sue", NULL, NULL, 0, BC_REFUSED, BC_SUSPENDED, false },
    };
    int failures = 0;
    memcpy(large, PNG, 8);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_request request = { .action = BC_SET_PROFILE,
            .from = bc_bytes_text(rows[i].user),
            .id = bc_id_at(NOW) + 77,
            .now_ms = NOW,
            .profile = {
                optional(rows[i].name), optional(rows[i].about), optional(rows[i].picture) } };
        struct bc_decision is;
        fake_view_suspend(view, "sue", NOW + 1);
        set(view, "alice", 5, "Alice", PNG);
        if (rows[i].large > 0) {
            request.profile.picture = bc_bytes(large, rows[i].large);
        }
        assert_int_equal(bc_decide(view, &limits, &request, &is), BC_OK);
        bool changes = is.verdict == BC_CHANGES;
        uint64_t there_was = strcmp(rows[i].user, "alice") == 0 ? 5 : 0;
        uint64_t version = changes ? request.id : there_was;
        if (is.verdict != rows[i].verdict || is.refusal != rows[i].refusal ||
            (is.verdict != BC_REFUSED && is.profile != version) ||
            (changes && is.fact.profile.picture_stays != rows[i].stays)) {
            print_error(
                "row \"%s\": %d, %s\n", rows[i].what, is.verdict, bc_refusal_code(is.refusal));
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

/* Which version of bob's profile alice sees: 5 is his now. */
static void who_sees_a_profile(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bc_relation own, theirs;
        bool findable, group, has_left, self, unknown;
        uint64_t version;
    } rows[] = {
        { .what = "a stranger", .version = 0 },
        { .what = "oneself", .self = true, .version = 5 },
        { .what = "who isn't there", .unknown = true, .version = 0 },
        { .what = "an open one", .own = { .open = true }, .version = 5 },
        { .what = "whom one added", .own = { .stance = BC_CONTACT }, .version = 0 },
        { .what = "who was let in, and removed",
            .own = { .open = true },
            .theirs = { .stance = BC_STRANGER },
            .version = 5 },
        { .what = "who was declined",
            .own = { .open = true },
            .theirs = { .stance = BC_DECLINED },
            .version = 5 },
        { .what = "one who can be found", .findable = true, .version = 5 },
        { .what = "in a group with them", .group = true, .version = 5 },
        { .what = "who has left it", .group = true, .has_left = true, .version = 0 },
        { .what = "blocked, unseen", .theirs = { .blocked = true, .profile = 3 }, .version = 0 },
        { .what = "blocked, open",
            .own = { .open = true },
            .theirs = { .blocked = true, .profile = 3 },
            .version = 3 },
        { .what = "blocked, findable",
            .findable = true,
            .theirs = { .blocked = true, .profile = 3 },
            .version = 3 },
        { .what = "blocked, in a group",
            .group = true,
            .theirs = { .blocked = true, .profile = 3 },
            .version = 3 },
        { .what = "blocked when there was none",
            .own = { .open = true },
            .theirs = { .blocked = true },
            .version = 0 },
        { .what = "whom one has blocked", .own = { .open = true, .blocked = true }, .version = 5 },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        uint32_t alice = fake_view_user(view, "alice");
        uint32_t bob = fake_view_user(view, "bob");
        uint32_t looked = 0;
        uint64_t version = 99;
        set(view, "bob", 5, "Bob", "");
        fake_view_settings(view, "bob")->findable = rows[i].findable;
        *fake_view_relation(view, "alice", "bob") = rows[i].own;
        *fake_view_relation(view, "bob", "alice") = rows[i].theirs;
        if (rows[i].group) {
            fake_view_membership(view, "team", "alice")->role = BC_ROLE_MEMBER;
            fake_view_membership(view, "team", "bob")->role =
                rows[i].has_left ? BC_ROLE_NONE : BC_ROLE_OWNER;
        }
        assert_int_equal(bc_visible_profile(view, rows[i].self ? bob : alice,
                             rows[i].unknown ? 0 : bob, &version, &looked),
            BC_OK);
        if (version != rows[i].version) {
            print_error("row \"%s\": %llu\n", rows[i].what, (unsigned long long)version);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void a_view_that_fails_is_an_error(void **state)
{
    (void)state;
    struct bc_request request = { .action = BC_SET_PROFILE,
        .from = bc_bytes_text("alice"),
        .id = 77,
        .profile = { .name = bc_bytes_text("new") } };
    bool failed = true;
    for (unsigned calls = 0; failed; calls++) {
        struct bc_view *view = fake_view_new();
        struct bc_decision decision;
        uint64_t version;
        uint32_t looked = 0;
        set(view, "alice", 5, "Alice", PNG);
        fake_view_fail(view, calls, BC_DAMAGED);
        enum bc_error error = bc_decide(view, &limits, &request, &decision);
        failed = fake_view_mend(view);
        assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
        fake_view_fail(view, calls, BC_DAMAGED);
        error = bc_visible_profile(view, 2, 1, &version, &looked);
        assert_int_equal(error, fake_view_mend(view) ? BC_DAMAGED : BC_OK);
        fake_view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_in_a_profile),
        cmocka_unit_test(who_sees_a_profile),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };
    return cmocka_run_group_tests_name("judge_profile", tests, NULL, NULL);
}
