/* The gateway's settings: what the command line and a file may say. */
#include "gateway/setting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    ARGUMENTS_MAX = 8
};

static enum bc_settings_outcome read_arguments(
    struct bc_settings *settings, const char *const *arguments, char *line, size_t size)
{
    char *argv[ARGUMENTS_MAX + 2] = { NULL };
    int argc = 1;
    enum bc_settings_outcome outcome;

    argv[0] = strdup("backchannel-gateway");
    for (int i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        argv[argc++] = strdup(arguments[i]);
    outcome = bc_settings_read(settings, argc, argv, line, size);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return outcome;
}

static void what_is_not_given_has_its_default(void **state)
{
    const char *none[ARGUMENTS_MAX] = { NULL };
    struct bc_settings settings;
    char line[512];

    (void)state;
    assert_int_equal(read_arguments(&settings, none, line, sizeof(line)), BC_SETTINGS_READ);
    assert_string_equal(settings.listen_address, "127.0.0.1");
    assert_int_equal(settings.listen_port, 8080);
    assert_string_equal(settings.broker, "127.0.0.1:1883");
    assert_true(settings.spread_addresses);
    assert_string_equal(settings.web_root, "");
    assert_string_equal(settings.tls_key, "");
    bc_settings_free(&settings);
}

static void the_command_line_goes_before_the_file(void **state)
{
    char path[] = "/tmp/settings-XXXXXX";
    int fd = mkstemp(path);
    const char text[] =
        "# a comment\n\n listen_port  1000 \nlogin-seconds 7\r\nbroker /run/m.sock\n";
    const char *arguments[ARGUMENTS_MAX] = { "--listen-port", "2000", "--config", path,
        "--spread_addresses=no" };
    struct bc_settings settings;
    char line[512];

    (void)state;
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_int_equal(read_arguments(&settings, arguments, line, sizeof(line)), BC_SETTINGS_READ);
    assert_int_equal(settings.listen_port, 2000);
    assert_int_equal(settings.login_seconds, 7);
    assert_string_equal(settings.broker, "/run/m.sock");
    assert_false(settings.spread_addresses);
    bc_settings_free(&settings);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

static void what_is_wrong_is_told_in_a_sentence(void **state)
{
    static const struct {
        const char *arguments[ARGUMENTS_MAX];
        const char *part;
    } rows[] = {
        { { "--listen-port", "0" }, "listen_port: \"0\" is not what it takes: 1 to 65535" },
        { { "--listen-port", "65536" }, "1 to 65535" },
        { { "--listen-port", "08x" }, "1 to 65535" },
        { { "--listen-port", "" }, "1 to 65535" },
        { { "--listen-port", "-1" }, "1 to 65535" },
        { { "--listen-port" }, "--listen-port needs a value" },
        { { "--listen-port", "1", "--listen_port", "1" }, "given twice" },
        { { "--listen-address", "localhost" }, "an address of IPv4 or IPv6" },
        { { "--broker", "127.0.0.1" }, "ADDRESS:PORT" },
        { { "--broker", "::1:1883" }, "ADDRESS:PORT" },
        { { "--broker", "[127.0.0.1]:0" }, "ADDRESS:PORT" },
        { { "--broker", "127.0.0.1:99999" }, "ADDRESS:PORT" },
        { { "--spread-addresses", "true" }, "yes or no" },
        { { "--trusted-proxies", "127.0.0.1 proxy" }, "addresses, separated by spaces" },
        { { "--tls-key", "k" }, "given together" },
        { { "--colour", "red" }, "there is no setting colour" },
        { { "serve" }, "serve is not an option" },
        { { "--config", "/nowhere/at/all" }, "can't read /nowhere/at/all" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_settings settings;
        char line[512];

        print_message("  %s\n", rows[i].part);
        assert_int_equal(
            read_arguments(&settings, rows[i].arguments, line, sizeof(line)), BC_SETTINGS_WRONG);
        assert_non_null(strstr(line, rows[i].part));
        bc_settings_free(&settings);
    }
}

static void good_values_are_taken(void **state)
{
    static const char *const rows[][ARGUMENTS_MAX] = {
        { "--broker", "[::1]:1883" },
        { "--broker", "127.0.0.1:1" },
        { "--listen-address", "::" },
        { "--trusted-proxies", "127.0.0.1  ::1 " },
        { "--tls-key", "k", "--tls-certificate", "c" },
        { "--config", CONFIG },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_settings settings;
        char line[512];

        assert_int_equal(read_arguments(&settings, rows[i], line, sizeof(line)), BC_SETTINGS_READ);
        bc_settings_free(&settings);
    }
}

/* The table between the marks in docs/gateway.md is the one that --settings prints. */
static void the_documented_table_is_the_real_one(void **state)
{
    char *printed = NULL;
    size_t printed_len = 0;
    FILE *out = open_memstream(&printed, &printed_len);
    FILE *file = fopen(DOCUMENT, "re");
    static char text[1 << 17];
    char *from;
    char *to;

    (void)state;
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    bc_settings_table(out);
    assert_int_equal(fclose(out), 0);
    from = strstr(text, "<!-- settings -->\n");
    to = strstr(text, "<!-- /settings -->");
    assert_true(from != NULL && to != NULL);
    *to = '\0';
    assert_string_equal(from + strlen("<!-- settings -->\n"), printed);
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_given_has_its_default),
        cmocka_unit_test(the_command_line_goes_before_the_file),
        cmocka_unit_test(what_is_wrong_is_told_in_a_sentence),
        cmocka_unit_test(good_values_are_taken),
        cmocka_unit_test(the_documented_table_is_the_real_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
