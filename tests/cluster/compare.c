/* What each broker has, compared with what was sent, acknowledged and shown. */
#include "ledger_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

enum {
    SETTLED_MS = 60000,
    STEP_MS = 2000,
    AGAIN_MS = 100
};

/* Time in which this process runs, since all that it waits for may be stopped together with it. */
struct patience {
    int64_t seen_ms;
    int64_t left_ms;
};

static bool has_patience(struct patience *p)
{
    int64_t now = now_ms();

    p->left_ms -= now - p->seen_ms < STEP_MS ? now - p->seen_ms : STEP_MS;
    p->seen_ms = now;
    return p->left_ms > 0;
}

static struct patience patience(void)
{
    return (struct patience){ .seen_ms = now_ms(), .left_ms = SETTLED_MS };
}

/* What a broker has behind a cursor. */
struct reading {
    char after[ID_SIZE];
    char *text; /* each item as JSON, a line each */
    size_t len;
    FILE *stream;
    int *numbers; /* of the messages, in their order ... */
    char (*ids)[ID_SIZE];
    size_t count;
    size_t size;
};

static void note(struct reading *r, int number, const char *id)
{
    if (r->count == r->size) {
        r->size = r->size > 0 ? 2 * r->size : 1024;
        r->numbers = realloc(r->numbers, r->size * sizeof *r->numbers);
        r->ids = realloc(r->ids, r->size * sizeof *r->ids);
        if (r->numbers == NULL || r->ids == NULL)
            fail_msg("out of memory");
    }
    r->numbers[r->count] = number;
    snprintf(r->ids[r->count++], ID_SIZE, "%s", id);
}

static void read_item(struct ledger *l, struct reading *r, const cJSON *item)
{
    char *text = cJSON_PrintUnformatted(item);

    if (text == NULL)
        fail_msg("out of memory");
    fprintf(r->stream, "%s\n", text);
    free(text);
    if (strcmp(answer_string(item, "type"), "message") == 0)
        note(r, ledger_number(l, answer_string(item, "payload")), answer_string(item, "id"));
}

/* Read on; returns whether there is more. */
static bool read_page(struct ledger *l, struct reading *r, struct client *reader)
{
    const cJSON *page = talk_ok(reader, "sync", "{\"after\":\"%s\",\"limit\":200}", r->after);
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(page, "items")) read_item(l, r, item);
    snprintf(r->after, sizeof r->after, "%s", answer_string(page, "after"));
    return cJSON_IsTrue(cJSON_GetObjectItem(page, "more"));
}

static bool has(const struct reading *r, int number)
{
    for (size_t i = r->count; i > 0; i--) {
        if (r->numbers[i - 1] == number)
            return true;
    }
    return false;
}

/* Read what the broker ${broker} has, until the last message of each writer is there. */
static void read_broker(
    struct ledger *l, unsigned broker, const int *last, const char *after, struct reading *r)
{
    struct client *reader = client_login(l->world->brokers[broker], READER);
    struct patience left = patience();
    bool all = false;

    *r = (struct reading){ .stream = NULL };
    r->stream = open_memstream(&r->text, &r->len);
    if (r->stream == NULL)
        fail_msg("out of memory");
    snprintf(r->after, sizeof r->after, "%s", after);
    while (!all && l->complaint == NULL) {
        if (read_page(l, r, reader))
            continue;
        all = true;
        for (unsigned i = 0; i < l->world->count; i++)
            all = all && has(r, last[i]);
        if (!all && !has_patience(&left))
            ledger_complain(l, "broker %u lacks a message that was acknowledged", broker + 1);
        if (!all)
            client_idle(reader, AGAIN_MS);
    }
    fclose(r->stream);
    client_free(reader);
}

static void reading_free(struct reading *r)
{
    free(r->text);
    free(r->numbers);
    free(r->ids);
}

/* ---- what a broker has is judged ---- */

static bool is_promised(const struct ledger *l, const struct sent *sent)
{
    return l->promise == LEDGER_ACKNOWLEDGED ? sent->acked : sent->shown_back;
}

static void judge_stored(struct ledger *l, int number, const char *id, bool again)
{
    struct sent *sent = &l->sent[number];

    if (sent->fate == KEPT && !again)
        ledger_complain(l, "message %d is there twice, as %s and %s", number, sent->stored, id);
    if (sent->fate == GONE || (again && sent->fate != KEPT))
        ledger_complain(l, "message %d had gone, and is there as %s", number, id);
    if (again && strcmp(sent->stored, id) != 0)
        ledger_complain(l, "message %d was %s, and is %s", number, sent->stored, id);
    if (sent->shown[0] != '\0' && strcmp(sent->shown, id) != 0)
        ledger_complain(l, "message %d was shown as %s, and is %s", number, sent->shown, id);
    if (!again && !sent->loose) {
        if (number < l->last[sent->writer])
            ledger_complain(l, "message %d is behind %d", number, l->last[sent->writer]);
        l->last[sent->writer] = number;
    }
    sent->fate = KEPT;
    snprintf(sent->stored, sizeof sent->stored, "%s", id);
}

/* The first broker on which the reader stood all the time and wasn't shown ${number}; or none. */
static unsigned not_shown_on(const struct ledger *l, int number)
{
    unsigned i = 0;

    while (i < l->world->count && (number < l->met || !l->readers[i].stood ||
                                      l->sent[number].live[i] == l->readers[i].connection))
        i++;
    return i;
}

/* A broker that was far behind has much to show. */
static void wait_until_shown(struct ledger *l, const struct reading *r)
{
    struct patience left = patience();

    for (size_t i = 0; i < r->count && l->complaint == NULL; i++) {
        while (not_shown_on(l, r->numbers[i]) < l->world->count && has_patience(&left))
            ledger_serve(l);
    }
}

static void judge_live(struct ledger *l, int number)
{
    unsigned where = not_shown_on(l, number);

    if (where < l->world->count)
        ledger_complain(
            l, "message %d was not shown on broker %u, and is stored", number, where + 1);
}

static void judge(struct ledger *l, const struct reading *r)
{
    for (size_t i = 0; i < r->count; i++)
        judge_stored(l, r->numbers[i], r->ids[i], false);
    for (int i = l->settled; i < l->count; i++) {
        struct sent *sent = &l->sent[i];

        if (sent->fate == KEPT) {
            judge_live(l, i);
        } else if (is_promised(l, sent)) {
            ledger_complain(l, "message %d was acknowledged, and isn't there", i);
        } else if (sent->shown[0] != '\0') {
            ledger_complain(l, "message %d was shown as %s, and isn't there", i, sent->shown);
        } else {
            sent->fate = GONE;
        }
    }
}

/* What all have of what they had before. */
static void judge_again(struct ledger *l, const struct reading *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->count; i++)
        judge_stored(l, r->numbers[i], r->ids[i], true);
    for (int i = 0; i < l->count; i++)
        kept += l->sent[i].fate == KEPT;
    if (kept != r->count)
        ledger_complain(l, "%zu messages are there, and %zu were", r->count, kept);
}

/* ---- all is settled ---- */

static bool is_flying(const struct ledger *l)
{
    for (unsigned i = 0; i < l->world->count; i++) {
        if (l->writers[i].flying_count > 0 || l->twins[i].flying_count > 0)
            return true;
    }
    return false;
}

static bool is_settled(const struct ledger *l, int number)
{
    return number >= 0 && l->sent[number].acked &&
           (l->promise == LEDGER_ACKNOWLEDGED || l->sent[number].shown_back);
}

/*
 * Have a message of each writer stored, so that what was on its way before is, too, or never will
 * be. Puts their numbers into ${last}.
 */
static void settle(struct ledger *l, int last[WORLD_BROKERS])
{
    struct patience left = patience();

    while (is_flying(l) && has_patience(&left)) {
        ledger_tend(l);
        ledger_serve(l);
    }
    for (unsigned i = 0; i < l->world->count && l->complaint == NULL; i++) {
        last[i] = -1;
        while (!is_settled(l, last[i]) && has_patience(&left)) {
            const struct talker *writer = &l->writers[i];

            if (writer->client != NULL && client_connected(writer->client) &&
                writer->flying_count == 0 && (last[i] < 0 || !l->sent[last[i]].acked)) {
                client_idle(writer->client, last[i] < 0 ? 0 : AGAIN_MS);
                last[i] = ledger_send_new(l, i);
            }
            ledger_tend(l);
            ledger_serve(l);
        }
        if (!is_settled(l, last[i])) {
            world_print(l->world);
            ledger_complain(l, "broker %u takes nothing: %d messages are on their way", i + 1,
                l->writers[i].flying_count);
        }
    }
}

/* Read all brokers from ${after} on, and compare them; the first one's reading is the caller's. */
static void read_all(struct ledger *l, const int *last, const char *after, struct reading *first)
{
    for (unsigned i = 0; i < l->world->count && l->complaint == NULL; i++) {
        struct reading own = { .stream = NULL };

        read_broker(l, i, last, after, i == 0 ? first : &own);
        if (i > 0 && l->complaint == NULL && strcmp(first->text, own.text) != 0)
            ledger_complain(
                l, "broker 1 has:\n%s\nbroker %u has:\n%s", first->text, i + 1, own.text);
        reading_free(&own);
    }
}

static bool check(struct ledger *l, bool all)
{
    struct reading r = { .stream = NULL };
    int last[WORLD_BROKERS];

    settle(l, last);
    if (l->complaint == NULL)
        read_all(l, last, l->after, &r);
    ledger_serve(l);
    wait_until_shown(l, &r);
    if (l->complaint == NULL) {
        judge(l, &r);
        l->settled = l->count;
        snprintf(l->after, sizeof l->after, "%s", r.after);
    }
    reading_free(&r);
    if (all && l->complaint == NULL) {
        r = (struct reading){ .stream = NULL };
        read_all(l, last, "0000000000000000", &r);
        if (l->complaint == NULL)
            judge_again(l, &r);
        reading_free(&r);
    }
    ledger_part(l);
    return l->complaint == NULL;
}

bool ledger_check(struct ledger *l)
{
    return check(l, false);
}

bool ledger_check_all(struct ledger *l)
{
    return check(l, true);
}
