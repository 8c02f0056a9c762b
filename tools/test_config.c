/*
 * `backchannel test-config`: what a broker that is started on a configuration would refuse or warn
 * of, said before. The plugin's own code reads and judges it; the store isn't looked at.
 */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messaging/shown.h"
#include "settings/advice.h"
#include "settings/broker_lines.h"
#include "settings/limits_file.h"
#include "tools/json_line.h"
#include "tools/tool.h"

#define LINE_MAX_BYTES 1024
#define OPTION         "plugin_opt_"

/* Where an option of the plugin's stands. */
struct place {
    char *file;
    unsigned number;
};

struct test {
    const struct bc_tool *tool;
    bool own; /* options that follow are the plugin's */
    unsigned listed;
    struct bc_option_pair *pairs;
    struct place *places;
    size_t count;
    size_t size;
    char user[64]; /* as whom the broker runs */
    unsigned refused;
    unsigned warned;
    bool failed; /* no memory, or the output is broken */
};

/* ---- what is found ---- */

static void tell(struct test *test, bool warning, const char *what)
{
    char shown[2 * LINE_MAX_BYTES];
    cJSON *line;

    test->warned += warning ? 1 : 0;
    test->refused += warning ? 0 : 1;
    if (!test->tool->json) {
        test->failed |= printf("%s: %s\n", warning ? "warning" : "refused",
                            bc_shown_line(what, shown, sizeof(shown))) < 0;
        return;
    }
    line = bc_json_line(warning ? "warning" : "refused");
    bc_json_line_text(line, "text", bc_bytes_text(what));
    test->failed |= !bc_json_line_print(line);
}

static void advise(void *context, bool warning, const char *line)
{
    if (warning) { /* else it is said of what is well */
        tell(context, true, line);
    }
}

__attribute__((format(printf, 4, 5))) static void tell_at(
    struct test *test, const char *file, unsigned number, const char *format, ...)
{
    char what[LINE_MAX_BYTES];
    char line[2 * LINE_MAX_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    (void)snprintf(line, sizeof(line), "%s:%u: %s", file, number, what);
    tell(test, false, line);
}

/* ---- the lines of the broker's files ---- */

/* Lines that name a file, without which the broker doesn't start. */
static const char *const naming[] = { "password_file", "acl_file", "psk_file", "certfile",
    "keyfile", "cafile", "crlfile", "dhparamfile", "capath", "bridge_certfile", "bridge_keyfile",
    "bridge_cafile", "bridge_capath", "plugin", "auth_plugin", "global_plugin" };

/* Can it be opened, by who runs this? */
static void look_at_file(
    struct test *test, const struct bc_broker_line *line, const char *name, const char *path)
{
    for (size_t i = 0; i < sizeof(naming) / sizeof(naming[0]); i++) {
        if (strcmp(name, naming[i]) == 0 && path[0] == '/' && access(path, R_OK) != 0) {
            tell_at(test, line->file, line->number, "%s %s: %s", name, path, strerror(errno));
        }
    }
}

static void keep_option(struct test *test, const struct bc_broker_line *line, const char *option)
{
    size_t len = strcspn(option, " \t");
    const char *value = option + len + strspn(option + len, " \t");

    if (test->count == test->size) {
        size_t size = test->size > 0 ? 2 * test->size : 32;
        struct bc_option_pair *pairs = reallocarray(test->pairs, size, sizeof(*pairs));
        struct place *places;

        test->pairs = pairs != NULL ? pairs : test->pairs;
        places = pairs != NULL ? reallocarray(test->places, size, sizeof(*places)) : NULL;
        test->places = places != NULL ? places : test->places;
        if (places == NULL) {
            test->failed = true;
            return;
        }
        test->size = size;
    }
    test->pairs[test->count] =
        (struct bc_option_pair){ .key = strndup(option, len), .value = strdup(value) };
    test->places[test->count] =
        (struct place){ .file = strdup(line->file), .number = line->number };
    test->failed |= test->pairs[test->count].key == NULL || test->places[test->count].file == NULL;
    test->count++;
}

static bool is_plugin(const char *name)
{
    return strcmp(name, "plugin") == 0 || strcmp(name, "auth_plugin") == 0 ||
           strcmp(name, "global_plugin") == 0;
}

static void take_line(void *context, const struct bc_broker_line *line)
{
    struct test *test = context;
    char text[PATH_MAX];
    char *name;
    char *value;

    (void)snprintf(text, sizeof(text), "%s", line->text);
    text[strcspn(text, "\r\n")] = '\0';
    name = text + strspn(text, " \t");
    value = name + strcspn(name, " \t");
    if (test->own && strncmp(name, OPTION, strlen(OPTION)) == 0) {
        keep_option(test, line, name + strlen(OPTION));
        return;
    }
    if (value[0] != '\0') {
        *value++ = '\0';
    }
    value += strspn(value, " \t");
    bc_broker_line_trim(value);
    if (is_plugin(name)) {
        test->own = bc_broker_config_is_own(value);
        test->listed += test->own ? 1 : 0;
    } else if (strcmp(name, "plugin_load") == 0) {
        test->own = false;
    } else if (strcmp(name, "user") == 0) {
        (void)snprintf(test->user, sizeof(test->user), "%s", value);
    }
    look_at_file(test, line, name, value);
}

/* ---- the plugin's options ---- */

static void tell_of_option(void *context, size_t pair, const char *line)
{
    struct test *test = context;

    if (pair < test->count) {
        tell_at(test, test->places[pair].file, test->places[pair].number, "%s", line);
    } else {
        tell(test, false, line);
    }
}

static bool tell_of_limit(void *context, const char *line)
{
    tell(context, false, line);
    return true;
}

/* Its folder: as the store would say, and whose it has to be where root starts the broker. */
static void look_at_folder(struct test *test, const char *dir)
{
    const char *user = test->user[0] != '\0' ? test->user : "mosquitto";
    const struct passwd *known = geteuid() == 0 ? getpwnam(user) : NULL;
    char line[LINE_MAX_BYTES];
    struct stat folder;

    line[0] = '\0';
    if (stat(dir, &folder) != 0) {
        (void)snprintf(line, sizeof(line), "data_dir %s is not there: %s", dir, strerror(errno));
    } else if (!S_ISDIR(folder.st_mode)) {
        (void)snprintf(line, sizeof(line), "data_dir %s is not a directory", dir);
    } else if (access(dir, W_OK | X_OK) != 0) {
        (void)snprintf(line, sizeof(line), "data_dir %s is not writable", dir);
    } else if (known != NULL && known->pw_uid != folder.st_uid) {
        (void)snprintf(
            line, sizeof(line), "data_dir %s doesn't belong to the broker's user, %s", dir, user);
    }
    if (line[0] != '\0') {
        tell(test, false, line);
    }
}

static void look_at_rest(struct test *test, struct bc_options *options)
{
    const struct bc_advice advice = { .say = advise, .context = test };
    struct bc_options configured = *options; /* borrows its pointers */
    const struct bc_limits_file file = { .path = options->limits_file,
        .base = &configured,
        .message_room = UINT32_MAX,
        .wrong = tell_of_limit,
        .context = test };
    struct bc_broker_config config =
        bc_broker_config_read_file(test->tool->dir, options->topic_prefix, 0);
    char line[LINE_MAX_BYTES];

    if (file.path[0] != '\0') {
        (void)bc_limits_file_read(&file, options);
    }
    look_at_folder(test, options->data_dir);
    if (!bc_broker_config_fits(&config, options->topic_prefix, line, sizeof(line))) {
        tell(test, false, line);
    }
    bc_advice_config(&advice, options, &config);
}

static void look_at_options(struct test *test)
{
    struct bc_options options;
    char line[LINE_MAX_BYTES];

    if (test->listed == 0) {
        tell(test, false, "no plugin line loads mosquitto_backchannel.so");
        return;
    }
    if (bc_options_check(test->pairs, test->count, tell_of_option, test) > 0) {
        return;
    }
    if (!bc_options_read(&options, test->pairs, test->count, line, sizeof(line))) {
        test->failed = true; /* all of them are right: it was memory */
        return;
    }
    look_at_rest(test, &options);
    bc_options_free(&options);
}

/* ---- the command ---- */

static void test_free(struct test *test)
{
    for (size_t i = 0; i < test->count; i++) {
        free((void *)(uintptr_t)test->pairs[i].key);
        free((void *)(uintptr_t)test->pairs[i].value);
        free(test->places[i].file);
    }
    free(test->pairs);
    free(test->places);
}

/* That nothing was found is said, too. */
static void sum_up(struct test *test)
{
    cJSON *line;

    if (!test->tool->json) {
        test->failed |= test->refused + test->warned == 0 &&
                        printf("%s: nothing would be refused\n", test->tool->dir) < 0;
        return;
    }
    line = bc_json_line("result");
    bc_json_line_flag(line, "ok", test->refused == 0);
    bc_json_line_number(line, "refused", test->refused);
    bc_json_line_number(line, "warnings", test->warned);
    test->failed |= !bc_json_line_print(line);
}

enum bc_exit bc_tool_test_config(const struct bc_tool *tool)
{
    struct test test = { .tool = tool };
    char unreadable[PATH_MAX];

    if (!bc_broker_lines(tool->dir, take_line, &test, unreadable, sizeof(unreadable))) {
        int code = errno;

        test_free(&test);
        return bc_tool_failed("%s can't be read: %s", unreadable, strerror(code));
    }
    if (!test.failed) {
        look_at_options(&test);
    }
    sum_up(&test);
    test_free(&test);
    if (test.failed) {
        return bc_tool_failed("%s can't be tested: out of memory, or no output", tool->dir);
    }
    return test.refused > 0 ? BC_EXIT_PROBLEM : BC_EXIT_WELL;
}
