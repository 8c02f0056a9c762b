/* `backchannel dump` and `stats`: what was stored, and nothing else. */
#include "life.h"

#include <cjson/cJSON.h>
#include <string.h>

static struct tool_run run;

/* How many of the lines that were printed have this type, and this text as ${field}. */
static int lines_with(const char *type, const char *field, const char *text)
{
    static struct tool_run copy;
    char *rest = NULL;
    int count = 0;

    copy = run;
    for (char *line = strtok_r(copy.text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        cJSON *json = cJSON_Parse(line);

        if (json == NULL) {
            fail_msg("not JSON: %s", line);
        }
        count += strcmp(answer_string(json, "type"), type) == 0 &&
                 (field == NULL ||
                     (talk_has(json, field) && strcmp(answer_string(json, field), text) == 0));
        cJSON_Delete(json);
    }
    return count;
}

static void everything_is_dumped_once(void **state)
{
    (void)state;
    tool_run(life, &run, "dump", life_path(life, "data"), NULL);
    assert_int_equal(run.code, 0);
    assert_int_equal(lines_with("checkpoint", NULL, NULL), 1);
    assert_int_equal(lines_with("user", NULL, NULL), 5); /* mo is told of reports */
    assert_int_equal(lines_with("message", "from", "alice"), LIFE_MESSAGES + 3);
    assert_int_equal(lines_with("message", "payload", "held one"), 1);
    assert_int_equal(lines_with("message", "msgid", "m-1"), 1);
    assert_int_equal(lines_with("group", "title", "The old club"), 1);
    assert_int_equal(lines_with("membership", "role", "owner"), 1);
    assert_int_equal(lines_with("marker", "with", "alice"), 1);
    assert_int_equal(lines_with("report", "state", "open"), 1);
    assert_int_equal(lines_with("moderation", "action", "warn"), 1);
    assert_int_equal(lines_with("suspension", "user", "dave"), 1);
    assert_int_equal(lines_with("own", "user", "bob"), 2);
    assert_int_equal(lines_with("reaction", "emoji", "+1"), 2);
    assert_int_equal(
        lines_with("profile", "user", "carol"), 2); /* and the one from before a block */
    assert_int_equal(lines_with("profile", "picture-base64", "iVBORw0KGgo="), 2);
    assert_int_equal(lines_with("own", "value", "dear"), 1);
    assert_int_equal(lines_with("token", "device", "phone"), 1);
    assert_int_equal(lines_with("token", "hash", ""), 0);
    assert_int_equal(lines_with("invite", "by", "bob"), 1);
    assert_int_equal(lines_with("push", "service", "https://push.example"), 1);
    assert_null(strstr(run.text, "c2VjcmV0"));
}

static void a_user_is_dumped_with_what_they_can_see(void **state)
{
    (void)state;
    tool_run(life, &run, "dump", life_path(life, "data"), "--user", "bob", NULL);
    assert_int_equal(run.code, 0);
    assert_int_equal(lines_with("user", NULL, NULL), 1);
    assert_int_equal(lines_with("message", "from", "carol"), 2);
    assert_int_equal(lines_with("message", "state", "held"), 2);
    assert_int_equal(lines_with("message", "state", "declined"), 1);
    assert_int_equal(lines_with("message", "payload", "a note"), 0);
    assert_int_equal(lines_with("own", "key", "mute/user/dave"), 1);
    assert_int_equal(
        lines_with("message", "group", "club"), 1); /* the other is of who is blocked */
}

static void a_conversation_is_dumped_in_order(void **state)
{
    (void)state;
    tool_run(life, &run, "dump", life_path(life, "data"), "--user", "alice", "--with", "bob", NULL);
    assert_int_equal(run.code, 0);
    assert_int_equal(lines_with("message", NULL, NULL), LIFE_MESSAGES + 2);
    assert_true(strstr(run.text, "\"payload\":\"1\"") < strstr(run.text, "\"payload\":\"150\""));
    assert_true(strstr(run.text, "\"payload\":\"150\"") < strstr(run.text, "hello alice"));
}

static void a_group_is_dumped_with_its_members_and_messages(void **state)
{
    (void)state;
    tool_run(life, &run, "dump", life_path(life, "data"), "--group", "club", NULL);
    assert_int_equal(run.code, 0);
    assert_int_equal(lines_with("message", NULL, NULL), 2);
    assert_int_equal(lines_with("membership", "user", "bob"), 1);
    assert_int_equal(lines_with("user", NULL, NULL), 0);
}

static void who_is_not_known_is_said(void **state)
{
    (void)state;
    tool_expect(life, 2, "no user zoe", "dump", life_path(life, "data"), "--user", "zoe", NULL);
    tool_expect(life, 2, "no group zoo", "dump", life_path(life, "data"), "--group", "zoo", NULL);
    tool_expect(life, 2, "it takes --user", "dump", life_path(life, "data"), "--with", "bob", NULL);
}

static void the_statistics_count_what_is_there(void **state)
{
    cJSON *stats;
    cJSON *tables;

    (void)state;
    tool_run(life, &run, "stats", "--json", life_path(life, "data"), NULL);
    assert_int_equal(run.code, 0);
    stats = cJSON_Parse(run.text);
    assert_non_null(stats);
    assert_int_equal(answer_number(stats, "users"), 5);
    assert_int_equal(answer_number(stats, "groups"), 1);
    assert_int_equal(answer_number(stats, "messages"), LIFE_MESSAGES + 8);
    assert_true(answer_number(stats, "bytes-in-use") > 0);
    assert_int_equal(answer_number(stats, "journal-last"), answer_number(stats, "fact"));
    tables = cJSON_GetObjectItemCaseSensitive(stats, "tables");
    assert_int_equal(answer_number(cJSON_GetObjectItemCaseSensitive(tables, "messages"), "rows"),
        answer_number(stats, "messages"));
    cJSON_Delete(stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_dumped_once),
        cmocka_unit_test(a_user_is_dumped_with_what_they_can_see),
        cmocka_unit_test(a_conversation_is_dumped_in_order),
        cmocka_unit_test(a_group_is_dumped_with_its_members_and_messages),
        cmocka_unit_test(who_is_not_known_is_said),
        cmocka_unit_test(the_statistics_count_what_is_there),
    };

    return cmocka_run_group_tests(tests, life_begin, life_end);
}
