#include "messaging/kind.h"
#include "settings/limits_file.h"
#include "settings/option_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM 2000000

static char path[] = "/tmp/backchannel-limits-XXXXXX";

static void write_file(const char *text, size_t len)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

/* What was told, a line each, without where the file is. */
struct told {
    char text[4096];
    bool first_only;
};

static bool take(void *context, const char *line)
{
    struct told *told = context;
    const char *rest = strstr(line, path);

    assert_memory_equal(line, "limits_file ", 12);
    assert_non_null(rest);
    assert_true(strlen(told->text) + strlen(line) < sizeof(told->text));
    strcat(told->text, rest + strlen(path));
    strcat(told->text, "\n");
    return !told->first_only;
}

static struct bc_options read_defaults(void)
{
    const struct bc_option_pair pair = { "data_dir", "/d" };
    struct bc_options options;
    char line[256];

    assert_true(bc_options_read(&options, &pair, 1, line, sizeof(line)));
    return options;
}

static unsigned read_over(
    const struct bc_options *base, struct bc_options *options, struct told *told)
{
    const struct bc_limits_file file = {
        .path = path, .base = base, .message_room = ROOM, .wrong = take, .context = told
    };

    return bc_limits_file_read(&file, options);
}

static void what_the_file_says_goes_before_what_is_configured(void **state)
{
    static const char text[] = "# limits\n"
                               "\n"
                               "kinds link\n"
                               "  request_days\t 3   # days\n"
                               "\trate_burst 5\r\n"
                               "#rate_per_minute 1\n"
                               "history_for_new_members all\n"
                               "message_max_bytes 2000000\n"
                               "reply_max_bytes 4096";
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "" };

    (void)state;
    write_file(text, sizeof(text) - 1);
    assert_int_equal(read_over(&base, &options, &told), 0);
    assert_string_equal(told.text, "");
    assert_int_equal(options.limits.kinds, BC_KIND_BIT(BC_LINK));
    assert_int_equal(options.limits.request_days, 3);
    assert_int_equal(options.rate_burst, 5);
    assert_int_equal(options.rate_per_minute, 600);
    assert_int_equal(options.limits.history_for_new_members, BC_HISTORY_ALL);
    assert_int_equal(options.limits.message_max_bytes, 2000000);
    assert_int_equal(options.reply_max_bytes, 4096);
    bc_options_free(&base);
}

static void every_limit_may_stand_in_the_file(void **state)
{
    static const char *const limits[] = { "kinds", "request_kinds", "request_max_messages",
        "request_max_pending", "request_max_bytes", "request_days", "message_max_bytes",
        "reply_max_bytes", "group_max_members", "groups_per_user", "history_for_new_members",
        "rate_per_minute", "rate_burst", "filters_per_client", "msgid_days", "durability",
        "other_topics", "moderators", "retain_direct_days", "retain_group_days",
        "retain_event_days", "retain_erased_days" };
    static const char *const others[] = { "data_dir", "topic_prefix", "accounts", "push_user",
        "node_id", "limits_file", "checkpoint_facts", "checkpoint_bytes", "", "kind", "Kinds" };

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (bc_options_limit(limits[i]) < 0) {
            fail_msg("%s is no limit", limits[i]);
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (bc_options_limit(others[i]) >= 0) {
            fail_msg("%s is a limit", others[i]);
        }
    }
}

static void what_is_taken_out_goes_back_to_what_is_configured(void **state)
{
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "" };

    (void)state;
    base.limits.request_days = 9;
    write_file("request_days 3\nrate_burst 4\n", 28);
    assert_int_equal(read_over(&base, &options, &told), 0);
    assert_int_equal(options.limits.request_days, 3);
    write_file("rate_burst 4\n", 13);
    assert_int_equal(read_over(&base, &options, &told), 0);
    assert_int_equal(options.limits.request_days, 9);
    assert_int_equal(options.rate_burst, 4);
    bc_options_free(&base);
}

static void every_wrong_entry_is_told_with_its_line(void **state)
{
    static const char text[] = "request_days none\n"
                               "msgid_days 8\n"
                               "colour red\n"
                               "data_dir /tmp\n"
                               "msgid_days 9\n"
                               "rate_burst\n"
                               "rate_burst 0\n"
                               "message_max_bytes 2000001\n"
                               "kinds text, link\n"
                               "request_max_bytes 1 2\n"
                               "history_for_new_members some";
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "" };

    (void)state;
    options.limits.request_days = 5; /* by an earlier file, as the next ones */
    options.rate_burst = 6;
    options.limits.groups_per_user = 7;
    write_file(text, sizeof(text) - 1);
    assert_int_equal(read_over(&base, &options, &told), 10);
    assert_string_equal(told.text,
        ":1: request_days: \"none\" is not what it takes: 1 to 1000000000\n"
        ":3: there is no limit of the name \"colour\"\n"
        ":4: there is no limit of the name \"data_dir\"\n"
        ":5: msgid_days: given twice\n"
        ":6: rate_burst: \"\" is not what it takes: 1 to 1000000000\n"
        ":7: rate_burst: given twice\n"
        ":8: message_max_bytes: the journal was made for messages of up to 2000000 bytes; restart "
        "the broker for 2000001\n"
        ":9: kinds: \"text, link\" is not what it takes: one or more of "
        "text,link,image,video,binary\n"
        ":10: request_max_bytes: \"1 2\" is not what it takes: 1 to 267386880\n"
        ":11: history_for_new_members: \"some\" is not what it takes: none or all\n");
    assert_int_equal(options.limits.request_days, 5);
    assert_int_equal(options.rate_burst, 6);
    assert_int_equal(options.limits.groups_per_user, 7);
    assert_int_equal(options.limits.msgid_days, base.limits.msgid_days);
    assert_int_equal(options.limits.message_max_bytes, 1048576);
    bc_options_free(&base);
}

static void a_file_with_a_wrong_entry_loosens_nothing(void **state)
{
    static const char *const files[] = {
        "\xEF\xBB\xBFkind link\nrate_burst 5\n",
        "kinds=link\nrate_burst 5\n",
        "kinds = link\nrate_burst 5\n",
        "kinds =link\nrate_burst 5\n",
        "rate_burst 5\nkinds lnik\n",
    };
    struct bc_options base = read_defaults();

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct bc_options options = base;
        struct told told = { .text = "" };

        options.limits.kinds = BC_KIND_BIT(BC_LINK); /* by an earlier file */
        options.rate_burst = 5;
        write_file(files[i], strlen(files[i]));
        assert_int_equal(read_over(&base, &options, &told), 1);
        assert_int_equal(options.limits.kinds, BC_KIND_BIT(BC_LINK));
        assert_int_equal(options.rate_burst, 5);
        if (strchr(files[i], '=') != NULL) {
            assert_non_null(strstr(told.text, ":1: a limit and its value have a space between"));
        }
    }
    bc_options_free(&base);
}

static void a_byte_order_mark_is_passed_over_and_a_nul_hides_nothing(void **state)
{
    static const char marked[] = "\xEF\xBB\xBFrequest_days 3\n";
    static const char veiled[] = "rate_burst 5\n\0\nrequest_days 3\n";
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "" };

    (void)state;
    write_file(marked, sizeof(marked) - 1);
    assert_int_equal(read_over(&base, &options, &told), 0);
    assert_int_equal(options.limits.request_days, 3);
    write_file(veiled, sizeof(veiled) - 1);
    assert_int_equal(read_over(&base, &options, &told), 1);
    assert_string_equal(told.text, ":2: there is no limit of the name \"\\u{1}\"\n");
    bc_options_free(&base);
}

static void of_many_wrong_entries_the_first_are_told(void **state)
{
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "" };
    char text[2000];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i += 2) {
        text[i] = 'x';
        text[i + 1] = '\n';
    }
    write_file(text, sizeof(text));
    assert_int_equal(read_over(&base, &options, &told), 1000);
    assert_non_null(strstr(told.text, ":10: "));
    assert_null(strstr(told.text, ":11: "));
    bc_options_free(&base);
}

static void looking_ends_where_nobody_wants_to_hear_more(void **state)
{
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "", .first_only = true };

    (void)state;
    write_file("a 1\nb 2\nc 3\n", 12);
    assert_int_equal(read_over(&base, &options, &told), 1);
    assert_string_equal(told.text, ":1: there is no limit of the name \"a\"\n");
    bc_options_free(&base);
}

static void a_file_that_can_t_be_read_changes_nothing(void **state)
{
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    char *large = calloc(65537, 1);

    (void)state;
    assert_non_null(large);
    options.limits.request_days = 5;
    for (int i = 0; i < 4; i++) {
        struct told told = { .text = "" };

        assert_int_equal(remove(path), 0);
        if (i == 1) {
            assert_int_equal(mkdir(path, S_IRWXU), 0);
        } else if (i == 2) {
            assert_int_equal(mkfifo(path, S_IRUSR | S_IWUSR), 0);
        } else if (i == 3) {
            write_file(large, 65537);
        }
        assert_int_equal(read_over(&base, &options, &told), 1);
        assert_memory_equal(told.text, ": can't be read: ", 17);
        assert_int_equal(options.limits.request_days, 5);
        if (i == 0) {
            write_file("", 0);
        }
    }
    free(large);
    bc_options_free(&base);
}

static void odd_bytes_make_wrong_entries_and_nothing_worse(void **state)
{
    static const char text[] = "\xFF\xFE 1\nkinds %s%n\nrequest_days \0 7\n";
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "" };

    (void)state;
    write_file(text, sizeof(text) - 1);
    assert_int_equal(read_over(&base, &options, &told), 3);
    for (int limit = 0; limit < bc_options_count(); limit++) {
        assert_false(bc_options_say_changed(&base, &options, limit, told.text, sizeof(told.text)));
    }
    bc_options_free(&base);
}

/* Copy the file for deployments to ${path}, with its limits, "#name value", no more commented. */
static size_t uncomment(void)
{
    FILE *in = fopen(CONFIG, "r");
    FILE *out = fopen(path, "w");
    char line[256];
    size_t count = 0;

    assert_non_null(in);
    assert_non_null(out);
    while (fgets(line, sizeof(line), in) != NULL) {
        bool limit = line[0] == '#' && line[1] != ' ' && line[1] != '\n';

        count += limit;
        assert_true(fputs(limit ? line + 1 : line, out) >= 0);
    }
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
    return count;
}

static void the_file_for_deployments_has_all_limits_with_their_defaults(void **state)
{
    struct bc_options base = read_defaults();
    struct bc_options options = base;
    struct told told = { .text = "" };
    size_t limits = 0;

    (void)state;
    assert_int_equal(uncomment(), 22);
    assert_int_equal(read_over(&base, &options, &told), 0);
    for (int limit = 0; limit < bc_options_count(); limit++) {
        assert_false(bc_options_say_changed(&base, &options, limit, told.text, sizeof(told.text)));
        limits += bc_option_table[limit].limit;
    }
    assert_int_equal(limits, 22);
    bc_options_free(&base);
}

static void what_changed_is_said_as_it_is_written(void **state)
{
    static const struct {
        const char *name, *value, *line;
    } rows[] = {
        { "kinds", "link,binary", "kinds is now link,binary instead of text,link,image,video" },
        { "request_days", "7", "request_days is now 7 instead of 30" },
        { "history_for_new_members", "all", "history_for_new_members is now all instead of none" },
        { "rate_burst", "100", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_options before = read_defaults();
        struct bc_options after = before;
        int limit = bc_options_limit(rows[i].name);
        char line[256];

        assert_true(bc_options_set_limit(&after, limit, rows[i].value, line, sizeof(line)));
        assert_int_equal(bc_options_say_changed(&before, &after, limit, line, sizeof(line)),
            rows[i].line != NULL);
        if (rows[i].line != NULL) {
            assert_string_equal(line, rows[i].line);
        }
        bc_options_free(&before);
    }
}

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_file_says_goes_before_what_is_configured),
        cmocka_unit_test(every_limit_may_stand_in_the_file),
        cmocka_unit_test(what_is_taken_out_goes_back_to_what_is_configured),
        cmocka_unit_test(every_wrong_entry_is_told_with_its_line),
        cmocka_unit_test(a_file_with_a_wrong_entry_loosens_nothing),
        cmocka_unit_test(a_byte_order_mark_is_passed_over_and_a_nul_hides_nothing),
        cmocka_unit_test(of_many_wrong_entries_the_first_are_told),
        cmocka_unit_test(looking_ends_where_nobody_wants_to_hear_more),
        cmocka_unit_test(a_file_that_can_t_be_read_changes_nothing),
        cmocka_unit_test(odd_bytes_make_wrong_entries_and_nothing_worse),
        cmocka_unit_test(the_file_for_deployments_has_all_limits_with_their_defaults),
        cmocka_unit_test(what_changed_is_said_as_it_is_written),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
