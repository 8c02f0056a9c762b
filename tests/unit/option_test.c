/* README is defined as the path of the project's README.md. */
#include "messaging/kind.h"
#include "settings/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#define FIFTY      "01234567890123456789012345678901234567890123456789"
#define COUNT(row) (sizeof(row) / sizeof((row)[0]))

#define DEFAULT_KINDS                                                                              \
    (BC_KIND_BIT(BC_TEXT) | BC_KIND_BIT(BC_LINK) | BC_KIND_BIT(BC_IMAGE) | BC_KIND_BIT(BC_VIDEO))

static void without_options_the_defaults_are_those_of_the_protocol(void **state)
{
    (void)state;
    struct bc_option_pair pairs[] = { { "data_dir", "/var/lib/backchannel" } };
    struct bc_options options;
    char line[256];
    assert_true(bc_options_read(&options, pairs, COUNT(pairs), line, sizeof(line)));
    assert_string_equal(options.data_dir, "/var/lib/backchannel");
    assert_ptr_not_equal(options.data_dir, pairs[0].value);
    assert_string_equal(options.topic_prefix, "bc");
    assert_int_equal(options.durability, BC_DURABILITY_PUBLISH);
    assert_int_equal(options.other_topics, BC_OTHER_TOPICS_DEFER);
    assert_int_equal(options.node_id, 0);
    assert_int_equal(options.limits.kinds, DEFAULT_KINDS);
    assert_int_equal(options.limits.request_kinds, BC_KIND_BIT(BC_TEXT) | BC_KIND_BIT(BC_LINK));
    assert_int_equal(options.limits.request_max_messages, 5);
    assert_int_equal(options.limits.request_max_pending, 50);
    assert_int_equal(options.limits.request_max_bytes, 4096);
    assert_int_equal(options.limits.request_days, 30);
    assert_int_equal(options.limits.message_max_bytes, 1048576);
    assert_int_equal(options.limits.msgid_days, 7);
    assert_int_equal(options.limits.retain_direct_days, 0);
    assert_int_equal(options.limits.retain_group_days, 0);
    assert_int_equal(options.limits.retain_event_days, 0);
    assert_int_equal(options.limits.retain_erased_days, 30);
    assert_int_equal(options.limits.group_max_members, 1000);
    assert_int_equal(options.limits.groups_per_user, 200);
    assert_int_equal(options.limits.history_for_new_members, BC_HISTORY_NONE);
    assert_int_equal(options.reply_max_bytes, 262144);
    assert_int_equal(options.rate_per_minute, 600);
    assert_int_equal(options.rate_burst, 100);
    assert_int_equal(options.checkpoint_facts, 10000);
    assert_int_equal(options.checkpoint_bytes, 8388608);
    assert_int_equal(options.forget_dropped, BC_ON);
    assert_int_equal(options.separate_files, BC_ON);
    assert_int_equal(options.gather_writes, BC_ON);
    assert_int_equal(options.cork, BC_ON);
    assert_int_equal(options.batch_facts, 1024);
    assert_int_equal(options.batch_ms, 10);
    assert_int_equal(options.operator_guests, 4);
    assert_int_equal(options.operator_idle_seconds, 10);
    bc_options_free(&options);
    assert_null(options.data_dir);
    bc_options_free(&options);
}

static void every_option_reaches_its_field(void **state)
{
    (void)state;
    static const struct bc_option_pair pairs[] = {
        { "separate_files", "off" },
        { "gather_writes", "off" },
        { "cork", "off" },
        { "batch_facts", "65536" },
        { "batch_ms", "1000" },
        { "operator_guests", "64" },
        { "operator_idle_seconds", "3600" },
        { "forget_dropped", "off" },
        { "checkpoint_bytes", "1073741824" },
        { "checkpoint_facts", "1000000000" },
        { "rate_burst", "1" },
        { "rate_per_minute", "1000000000" },
        { "reply_max_bytes", "4096" },
        { "msgid_days", "2" },
        { "retain_direct_days", "36500" },
        { "retain_group_days", "365" },
        { "retain_event_days", "30" },
        { "retain_erased_days", "0" },
        { "history_for_new_members", "all" },
        { "groups_per_user", "6" },
        { "group_max_members", "7" },
        { "request_days", "3" },
        { "request_max_bytes", "267386880" },
        { "request_max_pending", "4" },
        { "request_max_messages", "005" },
        { "request_kinds", "binary" },
        { "message_max_bytes", "1" },
        { "kinds", "binary,video,image,link,text" },
        { "node_id", "255" },
        { "other_topics", "deny" },
        { "durability", "batch" },
        { "topic_prefix", "chat" },
        { "data_dir", "/d" },
    };
    struct bc_options options;
    char line[256];
    assert_true(bc_options_read(&options, pairs, COUNT(pairs), line, sizeof(line)));
    assert_string_equal(options.data_dir, "/d");
    assert_string_equal(options.topic_prefix, "chat");
    assert_int_equal(options.durability, BC_DURABILITY_BATCH);
    assert_int_equal(options.other_topics, BC_OTHER_TOPICS_DENY);
    assert_int_equal(options.node_id, 255);
    assert_int_equal(options.limits.kinds, DEFAULT_KINDS | BC_KIND_BIT(BC_BINARY));
    assert_int_equal(options.limits.request_kinds, BC_KIND_BIT(BC_BINARY));
    assert_int_equal(options.limits.request_max_messages, 5);
    assert_int_equal(options.limits.request_max_pending, 4);
    assert_int_equal(options.limits.request_max_bytes, 267386880);
    assert_int_equal(options.limits.request_days, 3);
    assert_int_equal(options.limits.message_max_bytes, 1);
    assert_int_equal(options.limits.msgid_days, 2);
    assert_int_equal(options.limits.retain_direct_days, 36500);
    assert_int_equal(options.limits.retain_group_days, 365);
    assert_int_equal(options.limits.retain_event_days, 30);
    assert_int_equal(options.limits.retain_erased_days, 0);
    assert_int_equal(options.limits.group_max_members, 7);
    assert_int_equal(options.limits.groups_per_user, 6);
    assert_int_equal(options.limits.history_for_new_members, BC_HISTORY_ALL);
    assert_int_equal(options.reply_max_bytes, 4096);
    assert_int_equal(options.rate_per_minute, 1000000000);
    assert_int_equal(options.rate_burst, 1);
    assert_int_equal(options.checkpoint_facts, 1000000000);
    assert_int_equal(options.checkpoint_bytes, 1073741824);
    assert_int_equal(options.forget_dropped, BC_OFF);
    assert_int_equal(options.separate_files, BC_OFF);
    assert_int_equal(options.gather_writes, BC_OFF);
    assert_int_equal(options.cork, BC_OFF);
    assert_int_equal(options.batch_facts, 65536);
    assert_int_equal(options.batch_ms, 1000);
    assert_int_equal(options.operator_guests, 64);
    assert_int_equal(options.operator_idle_seconds, 3600);
    bc_options_free(&options);
}

static void a_bad_option_is_named_with_its_value_and_what_it_takes(void **state)
{
    (void)state;
    static const struct {
        struct bc_option_pair pair;
        const char *line;
    } rows[] = {
        { { "rate_burst", "0" }, "option rate_burst: \"0\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "1000000001" },
            "option rate_burst: \"1000000001\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "18446744073709551617" },
            "option rate_burst: \"18446744073709551617\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "-1" },
            "option rate_burst: \"-1\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "+1" },
            "option rate_burst: \"+1\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", " 1" },
            "option rate_burst: \" 1\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "1 " },
            "option rate_burst: \"1 \" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "0x10" },
            "option rate_burst: \"0x10\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "1e3" },
            "option rate_burst: \"1e3\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "1.5" },
            "option rate_burst: \"1.5\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", "" }, "option rate_burst: \"\" is not what it takes: 1 to 1000000000" },
        { { "rate_burst", NULL }, "option rate_burst: \"\" is not what it takes: 1 to 1000000000" },
        { { "node_id", "256" }, "option node_id: \"256\" is not what it takes: 0 to 255" },
        { { "message_max_bytes", "267386881" },
            "option message_max_bytes: \"267386881\" is not what it takes: 1 to 267386880" },
        { { "reply_max_bytes", "4095" },
            "option reply_max_bytes: \"4095\" is not what it takes: 4096 to 267386880" },
        { { "checkpoint_bytes", "65535" },
            "option checkpoint_bytes: \"65535\" is not what it takes: 65536 to 1073741824" },
        { { "durability", "Batch" },
            "option durability: \"Batch\" is not what it takes: publish or batch" },
        { { "other_topics", "" },
            "option other_topics: \"\" is not what it takes: defer, allow or deny" },
        { { "history_for_new_members", "some" },
            "option history_for_new_members: \"some\" is not what it takes: none or all" },
        { { "group_max_members", "0" },
            "option group_max_members: \"0\" is not what it takes: 1 to 1000000000" },
        { { "groups_per_user", "0" },
            "option groups_per_user: \"0\" is not what it takes: 1 to 1000000000" },
        { { "kinds", "" }, "option kinds: \"\" is not what it takes: one or more of "
                           "text,link,image,video,binary" },
        { { "kinds", "text, link" }, "option kinds: \"text, link\" is not what it takes: "
                                     "one or more of text,link,image,video,binary" },
        { { "kinds", "text,,link" }, "option kinds: \"text,,link\" is not what it takes: "
                                     "one or more of text,link,image,video,binary" },
        { { "kinds", "text," }, "option kinds: \"text,\" is not what it takes: "
                                "one or more of text,link,image,video,binary" },
        { { "request_kinds", "audio" }, "option request_kinds: \"audio\" is not what it takes: "
                                        "one or more of text,link,image,video,binary" },
        { { "topic_prefix", "a/b" }, "option topic_prefix: \"a/b\" is not what it takes: "
                                     "1 to 64 bytes without / + #, not starting with $ or @" },
        { { "limits_file", "limits" }, "option limits_file: \"limits\" is not what it takes: an "
                                       "absolute path, not ending in a "
                                       "space" },
        { { "limits_file", "/limits " },
            "option limits_file: \"/limits \" is not what it takes: an "
            "absolute path, not ending in a space" },
        { { "limits_file", "/limits\t" },
            "option limits_file: \"/limits\\u{9}\" is not what it takes: "
            "an absolute path, not ending in "
            "a space" },
        { { "data_dir", "/again" }, "option data_dir: given twice, the second time as \"/again\"" },
        { { "moderators", "alice $bob" },
            "option moderators: \"alice $bob\" is not what it takes: names of users, separated by "
            "spaces, 8191 bytes at most" },
        { { "moderator", "alice" },
            "option moderator: there is none of that name (its value is \"alice\")" },
        { { "Kinds", "text" }, "option Kinds: there is none of that name (its value is \"text\")" },
        { { "", "x" }, "option : there is none of that name (its value is \"x\")" },
        { { "node_id", FIFTY FIFTY "?????" },
            "option node_id: \"" FIFTY FIFTY "...\" is not what it takes: 0 to 255" },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_option_pair pairs[] = { { "data_dir", "/d" }, rows[i].pair };
        struct bc_options options;
        char line[256] = "";
        if (bc_options_read(&options, pairs, COUNT(pairs), line, sizeof(line)) ||
            strcmp(line, rows[i].line) != 0) {
            print_error("row %s %s: says\n%s\nshould say\n%s\n", rows[i].pair.key,
                rows[i].pair.value != NULL ? rows[i].pair.value : "NULL", line, rows[i].line);
            failures++;
        }
        assert_null(options.data_dir);
    }
    assert_int_equal(failures, 0);
}

static void moderators_are_named_with_spaces_between_them(void **state)
{
    (void)state;
    static const struct {
        const char *value, *user;
        bool is;
    } rows[] = {
        { "", "alice", false },
        { "alice", "alice", true },
        { "alice", "alic", false },
        { "alice", "alicea", false },
        { "alice", "", false },
        { "  bob   zo\xC3\xAB ", "zo\xC3\xAB", true },
        { "  bob   zo\xC3\xAB ", "bob", true },
        { "bob alice", "bob alice", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct bc_option_pair pairs[] = { { "data_dir", "/d" },
            { "moderators", rows[i].value } };
        struct bc_options options;
        char line[256];
        assert_true(bc_options_read(&options, pairs, 2, line, sizeof(line)));
        if (bc_options_is_moderator(&options, bc_bytes_text(rows[i].user)) != rows[i].is) {
            fail_msg("row %zu", i);
        }
        bc_options_free(&options);
    }
}

static void the_data_directory_must_be_given(void **state)
{
    (void)state;
    struct bc_option_pair empty = { "data_dir", "" };
    struct bc_options options;
    char line[256];
    assert_false(bc_options_read(&options, NULL, 0, line, sizeof(line)));
    assert_string_equal(
        line, "option data_dir: missing; it takes an absolute path, not ending in a space");
    assert_false(bc_options_read(&options, &empty, 1, line, sizeof(line)));
    assert_string_equal(line,
        "option data_dir: \"\" is not what it takes: an absolute path, not ending in a space");
}

static void a_line_without_room_is_cut_off(void **state)
{
    (void)state;
    struct bc_options options;
    char line[12] = "unchanged!!";
    assert_false(bc_options_read(&options, NULL, 0, line, sizeof(line)));
    assert_string_equal(line, "option data");
    assert_false(bc_options_read(&options, NULL, 0, line, 1));
    assert_false(bc_options_read(&options, NULL, 0, NULL, 0));
}

/* The whole of ${path}, to be freed; NULL if it can't be read. */
static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        return NULL;
    }
    /* A text has no NUL, so that this reads to its end. */
    if (getdelim(&text, &size, '\0', in) < 0) {
        free(text);
        text = NULL;
    }
    fclose(in);
    return text;
}

/* Cut ${text} to what is between the lines <!-- options --> and <!-- /options -->, if anything. */
static const char *between_marks(char *text)
{
    static const char begin[] = "<!-- options -->\n";
    char *from = strstr(text, begin);
    char *to = from != NULL ? strstr(from, "<!-- /options -->") : NULL;
    if (to == NULL) {
        return NULL;
    }
    *to = '\0';
    return from + sizeof(begin) - 1;
}

static void the_readme_has_the_table_of_the_options(void **state)
{
    (void)state;
    char *table = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&table, &len);
    assert_non_null(out);
    bc_options_print(out);
    assert_int_equal(fclose(out), 0);

    char *readme = read_file(README);
    const char *found = readme != NULL ? between_marks(readme) : NULL;
    bool same = found != NULL && strcmp(found, table) == 0;
    if (!same) {
        /* Not with print_error(), which cuts off after a kilobyte. */
        fprintf(stderr,
            "between <!-- options --> and <!-- /options --> in README.md should be exactly:\n%s",
            table);
    }
    free(readme);
    free(table);
    assert_true(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_the_defaults_are_those_of_the_protocol),
        cmocka_unit_test(every_option_reaches_its_field),
        cmocka_unit_test(a_bad_option_is_named_with_its_value_and_what_it_takes),
        cmocka_unit_test(moderators_are_named_with_spaces_between_them),
        cmocka_unit_test(the_data_directory_must_be_given),
        cmocka_unit_test(a_line_without_room_is_cut_off),
        cmocka_unit_test(the_readme_has_the_table_of_the_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
