/* `backchannel test-config`: what a restart would refuse or warn of, said before. */
#include "life.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct tool_run run;

/* A broker's folder, with its configuration and a data_dir, but no broker in it. */
static int begin(void **state)
{
    (void)state;
    life = broker_start(&(struct broker_options){ .lines_after = talk_lines });
    return broker_stop(life);
}

static void write_config(const char *text)
{
    FILE *out = fopen(life_path(life, "tested.conf"), "w");

    assert_non_null(out);
    assert_true(fprintf(out, "plugin %s\nplugin_opt_data_dir %s\n%suser root\n",
                    broker_plugin_file(), life_path(life, "data"), text) > 0);
    assert_int_equal(fclose(out), 0);
}

/* Test a configuration that has ${text} in it. */
static const char *tested(const char *text)
{
    write_config(text);
    tool_run(life, &run, "test-config", life_path(life, "tested.conf"), NULL);
    return run.text;
}

static int lines_of(const char *text)
{
    int count = 0;

    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static void what_a_broker_runs_on_is_found_good(void **state)
{
    (void)state;
    tool_expect(life, 0, "nothing would be refused", "test-config",
        life_path(life, "mosquitto.conf"), NULL);
    tool_run(life, &run, "test-config", "--json", life_path(life, "mosquitto.conf"), NULL);
    assert_int_equal(run.code, 0);
    assert_string_equal(
        run.text, "{\"type\":\"result\",\"ok\":true,\"refused\":0,\"warnings\":0}\n");
}

/* What is refused, in a line of its own, with where it stands and in the words of the plugin. */
static void each_thing_that_would_be_refused_has_a_line(void **state)
{
    static const struct {
        const char *text, *line;
    } rows[] = {
        { "plugin_opt_rate_burst 0\n", ":3: option rate_burst: \"0\" is not what it takes: 1 to" },
        { "plugin_opt_colour red\n", ":3: option colour: there is none of that name" },
        { "\nplugin_opt_data_dir /else\n", ":4: option data_dir: given twice" },
        { "plugin_opt_limits_file /no/limits\n", "limits_file /no/limits: can't be read" },
        { "password_file /no/passwd\n", ":3: password_file /no/passwd: No such file" },
        { "listener 8883\ncertfile /no/cert\n", ":4: certfile /no/cert: No such file" },
        { "listener 1\nmount_point x/\n", "mount_point x/ is not supported" },
        { "per_listener_settings true\n", "per_listener_settings true is not supported" },
        { "connection c\ntopic # both\n", "a bridge reaches below bc/" },
        { "plugin /no/other.so\n", ":3: plugin /no/other.so: No such file" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *said = tested(rows[i].text);

        if (run.code != 1 || strstr(said, rows[i].line) == NULL || lines_of(said) != 1 ||
            strncmp(said, "refused: ", 9) != 0) {
            fail_msg("row %zu ended with %d: %s", i, run.code, said);
        }
    }
    assert_int_equal(lines_of(tested("plugin_opt_a 1\nplugin_opt_b 2\nplugin_opt_cork 3\n")), 3);
    assert_non_null(strstr(run.text, ":5: option cork"));
}

static void each_thing_that_would_be_warned_of_has_a_line(void **state)
{
    static const struct {
        const char *text, *line;
    } rows[] = {
        { "max_packet_size 1000\n", "max_packet_size 1000 has no room" },
        { "max_queued_messages 0\n", "max_queued_messages 0: the broker ends" },
        { "plugin_opt_moderators a,b\n", "\"a,b\" is one user's name" },
        { "plugin_opt_request_kinds binary\n", "request_kinds has binary without effect" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *said = tested(rows[i].text);

        if (run.code != 0 || strstr(said, rows[i].line) == NULL || lines_of(said) != 1 ||
            strncmp(said, "warning: ", 9) != 0) {
            fail_msg("row %zu ended with %d: %s", i, run.code, said);
        }
    }
}

static void the_file_of_limits_is_read_with_it(void **state)
{
    char text[300];
    FILE *out = fopen(life_path(life, "limits"), "w");

    (void)state;
    assert_non_null(out);
    assert_true(fputs("kinds text\nrequest_days never\nmoderators $x\n", out) >= 0);
    assert_int_equal(fclose(out), 0);
    (void)snprintf(text, sizeof(text), "plugin_opt_limits_file %s\n", life_path(life, "limits"));
    assert_non_null(strstr(tested(text), "limits:2: request_days: \"never\""));
    assert_non_null(strstr(run.text, "limits:3: moderators: \"$x\""));
    assert_int_equal(run.code, 1);
}

static void included_files_are_part_of_it(void **state)
{
    char text[300];
    FILE *out;

    (void)state;
    assert_int_equal(mkdir(life_path(life, "conf.d"), S_IRWXU), 0);
    out = fopen(life_path(life, "conf.d/a.conf"), "w");
    assert_non_null(out);
    assert_true(fputs("# ours go on\nplugin_opt_cork maybe\n", out) >= 0);
    assert_int_equal(fclose(out), 0);
    (void)snprintf(text, sizeof(text), "include_dir %s\n", life_path(life, "conf.d"));
    assert_non_null(strstr(tested(text), "conf.d/a.conf:2: option cork: \"maybe\""));
}

/* Options behind another plugin's line are its own. */
static void what_is_of_another_plugin_is_left_alone(void **state)
{
    (void)state;
    (void)tested("plugin /bin/true\nplugin_opt_colour red\n");
    assert_null(strstr(run.text, "colour"));
    assert_int_equal(run.code, 0);
}

static void what_can_not_be_tested_is_said(void **state)
{
    FILE *out = fopen(life_path(life, "empty.conf"), "w");

    (void)state;
    assert_int_equal(fclose(out), 0);
    tool_expect(
        life, 1, "no plugin line loads", "test-config", life_path(life, "empty.conf"), NULL);
    tool_expect(life, 2, "No such file", "test-config", life_path(life, "none.conf"), NULL);
    tool_expect(life, 2, "which file?", "test-config", NULL);
    tool_expect(
        life, 2, "can't be read: Is a directory", "test-config", life_path(life, "data"), NULL);
    assert_int_equal(rename(life_path(life, "data"), life_path(life, "moved")), 0);
    (void)tested("");
    assert_int_equal(rename(life_path(life, "moved"), life_path(life, "data")), 0);
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.text, "data is not there: No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_broker_runs_on_is_found_good),
        cmocka_unit_test(each_thing_that_would_be_refused_has_a_line),
        cmocka_unit_test(each_thing_that_would_be_warned_of_has_a_line),
        cmocka_unit_test(the_file_of_limits_is_read_with_it),
        cmocka_unit_test(included_files_are_part_of_it),
        cmocka_unit_test(what_is_of_another_plugin_is_left_alone),
        cmocka_unit_test(what_can_not_be_tested_is_said),
    };

    return cmocka_run_group_tests(tests, begin, life_end);
}
