/*
 * A clock that leaps while the broker runs, and what is made of it once ten minutes have passed:
 * these pass by a library in the broker's process (clock_shim.c), which steps the time that passes
 * apart from the wall clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "days.h"
#include "talk.h"

enum {
    LOG_MS = 10000,
    NEARLY_S = 560, /* a loaded machine takes a while from one step to the next */
    ENOUGH_S = 601
};

/* Demand that what ${object} says of the time is now and ${ahead_s}, as loaded machines are. */
static void time_is(const cJSON *object, long long ahead_s)
{
    double off = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, "time")) / 1000 -
                 (double)time(NULL) - (double)ahead_s;

    if (!(off > -30 && off < 30))
        fail_msg("the time is %.0f s off", off);
}

/* Alice writes a note: it and the broker's clock are of now and ${ahead_s}. Its id is in ${id}. */
static void write_note(struct broker *b, long long ahead_s, char id[17])
{
    struct client *alice = client_login(b, "alice");
    const cJSON *answer;

    time_is(talk_ok(alice, "whoami", "{}"), ahead_s);
    talk_send(alice, "alice", "a note");
    answer = talk_ok(alice, "history", "{\"user\":\"alice\",\"limit\":1}");
    time_is(talk_item(answer, "messages", 0), ahead_s);
    snprintf(id, 17, "%s", answer_string(talk_item(answer, "messages", 0), "id"));
    client_free(alice);
}

static const struct row {
    long long leap_s;
    const char *way;
    const char *next_start; /* what is said then; NULL: nothing of the clock */
} rows[] = {
    { 86400, "forward by 8", NULL },
    { -86400, "back by 8", "ahead of the clock" },
    { 315360000, "forward by 3", NULL },
    { -315360000, "back by 3", "ahead of the clock" },
};

static void a_leap_that_stays_for_ten_minutes_is_believed(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct broker *b = days_start(state, talk_unhurried, NULL);
        char ids[4][17];
        char says[96];

        write_note(b, 0, ids[0]);
        days_set(row->leap_s, 0);
        snprintf(says, sizeof says, "the clock has leapt %s", row->way);
        broker_expect_log(b, says, LOG_MS);
        write_note(b, 0, ids[1]);
        days_set(row->leap_s, NEARLY_S);
        write_note(b, NEARLY_S, ids[2]);
        assert_false(broker_log_contains(b, "is believed from now on"));
        days_set(row->leap_s, ENOUGH_S);
        broker_expect_log(b, "and stayed there: it is believed from now on", LOG_MS);
        write_note(b, ENOUGH_S + row->leap_s, ids[3]);
        for (size_t j = 1; j < sizeof ids / sizeof *ids; j++)
            assert_true(strcmp(ids[j], ids[j - 1]) > 0);
        broker_restart(b);
        if (row->next_start != NULL)
            broker_expect_log(b, row->next_start, LOG_MS);
        else
            assert_false(broker_log_contains(b, "the clock"));
        write_note(b, ENOUGH_S + row->leap_s, ids[0]);
        assert_true(strcmp(ids[0], ids[3]) > 0);
        broker_teardown(state);
    }
}

static void one_that_ends_before_was_never_believed(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        struct broker *b = days_start(state, talk_unhurried, NULL);
        char id[17];

        days_set(rows[i].leap_s, 0);
        broker_expect_log(b, rows[i].way, LOG_MS);
        days_set(rows[i].leap_s, NEARLY_S);
        write_note(b, NEARLY_S, id);
        days_set(0, NEARLY_S);
        broker_expect_log(b, "the clock is back: its leap was never believed", LOG_MS);
        days_set(0, 2 * ENOUGH_S);
        write_note(b, 2 * ENOUGH_S, id);
        assert_false(broker_log_contains(b, "is believed from now on"));
        broker_teardown(state);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_leap_that_stays_for_ten_minutes_is_believed),
        TEST(one_that_ends_before_was_never_believed),
    };

    return cmocka_run_group_tests(tests, days_begin, days_end);
}
