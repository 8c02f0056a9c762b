/* Run with "-c FILE", as the broker is: the tests write that file. */
#include "settings/broker_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *path;

static void write_file(const char *name, const char *text)
{
    FILE *out = fopen(name, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

/* What is said of a configuration with ${text}; "" if it fits. */
static const char *judge(const char *text)
{
    static char line[512];
    struct bc_broker_config config;

    write_file(path, text);
    line[0] = '\0';
    config = bc_broker_config_read("bc", 0);
    return bc_broker_config_fits(&config, "bc", line, sizeof(line)) ? "" : line;
}

static void bridges_that_reach_below_the_prefix_are_refused(void **state)
{
    static const char *const reaching[] = { "topic # both", "topic # both 0", "topic bc/# out 1",
        "topic bc/user/bob in", "  topic\t+/user/bob out 0", "topic bc", "topic # out 0 bc/ far/",
        "topic user/# both 2 bc/", "topic \"\" in 1 bc/user/bob bc/user/bob", "topic /# in 0 bc" };
    static const char *const others[] = { "topic bcd/# both", "topic news/# both 0 \"\" far/",
        "topic # both 0 far/ bc/", "topic $SYS/# out", "topic user/bc/# in 0 a/ b/",
        "#topic # both", "topic \"\" out 0 bcd bc" };

    (void)state;
    for (size_t i = 0; i < sizeof(reaching) / sizeof(reaching[0]); i++) {
        char text[256];

        (void)snprintf(
            text, sizeof(text), "connection far\naddress far.example\n%s\n", reaching[i]);
        if (strstr(judge(text), "a bridge reaches below bc/") == NULL) {
            fail_msg("\"%s\" is let through", reaching[i]);
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char text[256];

        (void)snprintf(text, sizeof(text), "connection far\naddress far.example\n%s\n", others[i]);
        assert_string_equal(judge(text), "");
    }
}

static void a_configuration_that_can_t_be_read_is_refused(void **state)
{
    struct bc_broker_config config;
    char line[512];

    (void)state;
    write_file(path, "persistence true\n");
    assert_int_equal(remove(path), 0);
    config = bc_broker_config_read("bc", 0);
    assert_false(bc_broker_config_fits(&config, "bc", line, sizeof(line)));
    assert_non_null(strstr(line, "can't be read"));
    assert_non_null(strstr(line, path));
    assert_non_null(strstr(line, "chgrp mosquitto"));
}

static void so_is_one_with_a_part_that_can_t_be_read(void **state)
{
    char folder[256];
    char part[300];
    char text[300];

    (void)state;
    (void)snprintf(folder, sizeof(folder), "%s.d", path);
    (void)snprintf(part, sizeof(part), "%s/part.conf", folder);
    (void)snprintf(text, sizeof(text), "include_dir %s\n", folder);
    (void)unlink(part);
    (void)rmdir(folder);
    assert_non_null(strstr(judge(text), folder));
    assert_int_equal(mkdir(folder, S_IRWXU), 0);
    assert_string_equal(judge(text), "");
    write_file(part, "mount_point x/\n");
    assert_non_null(strstr(judge(text), "mount_point x/"));
    assert_int_equal(unlink(part), 0);
    assert_int_equal(symlink("/nowhere", part), 0);
    assert_non_null(strstr(judge(text), part));
    assert_int_equal(unlink(part), 0);
    assert_int_equal(mkdir(part, S_IRWXU), 0); /* it opens, and can't be read */
    assert_non_null(strstr(judge(text), part));
    assert_int_equal(rmdir(part), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* The test's program has the plugin's code in it, and is told by its file as the plugin would be.
 */
static void a_plugin_by_another_name_is_told_by_its_file(void **state)
{
    char text[512];
    char name[256];
    char program[512] = "";

    (void)state;
    (void)snprintf(name, sizeof(name), "%s.so", path);
    (void)unlink(name);
    /* Where an emulator runs it, a link to /proc/self/exe would lead to the emulator. */
    assert_in_range(
        readlink("/proc/self/exe", program, sizeof(program) - 1), 1, sizeof(program) - 2);
    assert_int_equal(symlink(program, name), 0);
    (void)snprintf(text, sizeof(text), "plugin %s\nplugin /other.so\n", name);
    assert_string_equal(judge(text), "");
    assert_int_equal(bc_broker_config_read("bc", 0).listed, 1);
    assert_int_equal(bc_broker_config_read("bc", 0).others_first, 0);
    (void)snprintf(text, sizeof(text), "plugin /other.so\nplugin %s\n", name);
    assert_string_equal(judge(text), "");
    assert_int_equal(bc_broker_config_read("bc", 0).others_first, 1);
    (void)snprintf(text, sizeof(text), "plugin %s\nplugin /x/mosquitto_backchannel.so\n", name);
    assert_non_null(strstr(judge(text), "2 plugin lines"));
    assert_int_equal(unlink(name), 0);
}

static void paths_may_have_blanks_in_them(void **state)
{
    struct bc_broker_config config;

    (void)state;
    write_file(path, "password_file  /etc/my broker/pass words \t\r\n"
                     "plugin /usr/lib/other plugin.so\n"
                     "plugin_opt_config_file /var/dynamic security.json\n"
                     "plugin_load own  /opt/my plugins/mosquitto_backchannel.so \n"
                     "max_packet_size 5000 \npersistence false\n");
    config = bc_broker_config_read("bc", 0);
    assert_string_equal(config.names.password_file, "/etc/my broker/pass words");
    assert_string_equal(config.names.clients_file, "/var/dynamic security.json");
    assert_string_equal(config.loaded_as, "own");
    assert_int_equal(config.others_first, 1);
    assert_int_equal(config.packet_max, 5000);
    assert_false(config.unasked_subscriptions);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bridges_that_reach_below_the_prefix_are_refused),
        cmocka_unit_test(a_configuration_that_can_t_be_read_is_refused),
        cmocka_unit_test(so_is_one_with_a_part_that_can_t_be_read),
        cmocka_unit_test(a_plugin_by_another_name_is_told_by_its_file),
        cmocka_unit_test(paths_may_have_blanks_in_them),
    };

    if (argc != 3) {
        print_error("usage: broker_config_test -c FILE\n");
        return 2;
    }
    path = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
