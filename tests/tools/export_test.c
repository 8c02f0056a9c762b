/* `backchannel export`: what is kept of a user is in it, and nothing that they may not learn. */
#include "life.h"

#include <archive.h>
#include <archive_entry.h>
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tool_run run;

/* ---- looking into a zip ---- */

/* The file ${name} of the zip ${path}, with a NUL behind it; NULL if it isn't there, or, with
 * "*", all files one behind the other. */
static char *zip_text(const char *path, const char *name, size_t *len)
{
    struct archive *zip = archive_read_new();
    struct archive_entry *entry;
    char *text = calloc(1, 1);

    *len = 0;
    assert_non_null(text);
    assert_int_equal(archive_read_support_format_zip(zip), ARCHIVE_OK);
    if (archive_read_open_filename(zip, path, 10240) != ARCHIVE_OK) {
        fail_msg("%s is no zip: %s", path, archive_error_string(zip));
    }
    bool found = false;
    while (archive_read_next_header(zip, &entry) == ARCHIVE_OK) {
        la_ssize_t got = 1;

        if (name[0] != '*' && strcmp(archive_entry_pathname(entry), name) != 0) {
            continue;
        }
        found = true;
        while (got > 0) {
            text = realloc(text, *len + 65537);
            assert_non_null(text);
            got = archive_read_data(zip, text + *len, 65536);
            assert_true(got >= 0);
            *len += (size_t)got;
        }
        text[*len] = '\0';
    }
    (void)archive_read_free(zip);
    if (!found) {
        free(text);
        return NULL;
    }
    return text;
}

/* How many lines of the file have this text as ${field}; all lines, if that is NULL. */
static int lines_with(const char *path, const char *file, const char *field, const char *value)
{
    char *rest = NULL;
    size_t len;
    char *text = zip_text(path, file, &len);
    int count = 0;

    assert_non_null(text);
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        cJSON *json = cJSON_Parse(line);

        if (json == NULL) {
            fail_msg("%s: not JSON: %s", file, line);
        }
        count += field == NULL ||
                 (talk_has(json, field) && strcmp(answer_string(json, field), value) == 0);
        cJSON_Delete(json);
    }
    free(text);
    return count;
}

static bool has_bytes(const char *path, const char *what)
{
    size_t len;
    char *text = zip_text(path, "*", &len);
    bool found = memmem(text, len, what, strlen(what)) != NULL;

    free(text);
    return found;
}

/* Export ${user}'s into a file that isn't there before. */
static const char *export_of(const char *user)
{
    const char *path = life_path(life, "export.zip");

    (void)unlink(path);
    tool_run(life, &run, "export", life_path(life, "data"), user, path, NULL);
    if (run.code != 0) {
        fail_msg("export ended with %d: %s", run.code, run.text);
    }
    return path;
}

static bool is_there(const char *path)
{
    struct stat file;

    return lstat(path, &file) == 0;
}

/* ---- a life with media in it, too ---- */

#define PNG_BASE64 "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk"

static int begin(void **state)
{
    struct client *alice;

    (void)state;
    life = life_broker();
    alice = client_login(life, "alice");
    talk_ok(alice, "send", "{\"user\":\"bob\",\"payload-base64\":\"" PNG_BASE64 "\"}");
    talk_ok(alice, "send", "{\"user\":\"bob\",\"payload\":\"\\u202eend\"}");
    return broker_stop(life);
}

static void all_that_is_kept_of_a_user_is_in_it(void **state)
{
    const char *zip = export_of("bob");

    (void)state;
    assert_non_null(strstr(run.text, " messages, "));
    assert_int_equal(lines_with(zip, "account.jsonl", "user", "bob"), 1);
    assert_int_equal(lines_with(zip, "account.jsonl", "group-invites", "contacts"), 1);
    assert_int_equal(lines_with(zip, "profile.jsonl", "name", "Bob"), 1);
    assert_int_equal(lines_with(zip, "own.jsonl", "key", "mute/user/dave"), 1);
    assert_int_equal(lines_with(zip, "own.jsonl", "value", "dear"), 1);
    assert_int_equal(lines_with(zip, "devices.jsonl", "device", "phone"), 2);
    assert_int_equal(lines_with(zip, "devices.jsonl", "service", "https://push.example"), 1);
    assert_int_equal(lines_with(zip, "invitations.jsonl", NULL, NULL), 1);
    assert_int_equal(lines_with(zip, "people.jsonl", "type", "contact"), 1);
    assert_int_equal(lines_with(zip, "people.jsonl", "type", "blocked"), 1);
    assert_int_equal(lines_with(zip, "requests.jsonl", "user", "carol"), 1);
    assert_int_equal(lines_with(zip, "conversations.jsonl", "user", "alice"), 1);
    assert_int_equal(lines_with(zip, "groups.jsonl", "title", "The old club"), 1);
    assert_int_equal(lines_with(zip, "groups.jsonl", "role", "admin"), 1);
    assert_int_equal(lines_with(zip, "reports.jsonl", "user", "carol"), 1);
    assert_int_equal(lines_with(zip, "messages.jsonl", "to", "bob"), LIFE_MESSAGES + 6);
    assert_int_equal(lines_with(zip, "messages.jsonl", "state", "held"), 2);
    assert_int_equal(lines_with(zip, "messages.jsonl", "state", "declined"), 1);
    assert_int_equal(lines_with(zip, "messages.jsonl", "payload", "hello alice"), 1);
    assert_int_equal(lines_with(zip, "messages.jsonl", "group", "club"), 1);
    assert_int_equal(lines_with(zip, "messages.jsonl", "payload", "a note"), 0);
    assert_true(has_bytes(
        zip, "\"reactions\":[{\"emoji\":\"+1\",\"by\":[\"alice\",\"bob\"],\"count\":2}]"));
    assert_true(lines_with(zip, "events.jsonl", "event", "stored") == 2);
    assert_int_equal(lines_with(zip, "events.jsonl", "event", "report-resolved"), 1);
}

static void pictures_and_media_are_files(void **state)
{
    const char *zip = export_of("bob");
    size_t len;
    char *text = zip_text(zip, "messages.jsonl", &len);
    char *name = strstr(text, "\"media/");
    char *media;

    (void)state;
    assert_non_null(name);
    *strchr(name + 1, '"') = '\0';
    assert_non_null(strstr(name, ".png"));
    media = zip_text(zip, name + 1, &len);
    assert_non_null(media);
    assert_int_equal(len, 45);
    assert_memory_equal(media, "\x89PNG\r\n\x1a\n", 8);
    free(media);
    free(text);
    text = zip_text(zip, "profile.jsonl", &len);
    name = strstr(text, "\"pictures/");
    assert_non_null(name);
    *strchr(name + 1, '"') = '\0';
    assert_non_null(strstr(name, ".jpg"));
    media = zip_text(zip, name + 1, &len);
    assert_non_null(media);
    assert_memory_equal(media, "\xff\xd8\xff\xe0", 4);
    free(media);
    free(text);
    assert_false(has_bytes(zip, PNG_BASE64));
}

static void it_says_to_the_person_what_it_is(void **state)
{
    static const char *const files[] = { "account", "profile", "own", "devices", "invitations",
        "people", "requests", "conversations", "groups", "messages", "events", "reports",
        "erasures" };
    const char *zip = export_of("bob");
    size_t len;
    char *text = zip_text(zip, "README.txt", &len);

    (void)state;
    assert_non_null(text);
    assert_non_null(strstr(text, "about \"bob\", as of 2"));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "%s.jsonl", files[i]);
        assert_non_null(strstr(text, name));
        free(zip_text(zip, name, &len)); /* an empty one is there, too */
    }
    free(text);
}

static void secrets_and_what_drives_a_terminal_are_not_in_it(void **state)
{
    const char *zip = export_of("bob");

    (void)state;
    assert_false(has_bytes(zip, "c2VjcmV0")); /* keys, and the rest of the endpoint */
    assert_false(has_bytes(zip, "hash"));
    assert_false(has_bytes(zip, "\xe2\x80\xae"));
    assert_true(has_bytes(zip, "\\u202eend"));
}

/* ---- what the person may not learn ---- */

static void who_moderates_and_what_others_report_is_not_in_it(void **state)
{
    static const char *const users[] = { "alice", "bob", "carol", "dave" };

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        const char *zip = export_of(users[i]);

        assert_false(has_bytes(zip, "\"mo\""));
        assert_int_equal(lines_with(zip, "reports.jsonl", NULL, NULL),
            strcmp(users[i], "alice") == 0 || strcmp(users[i], "bob") == 0 ? 1 : 0);
    }
    assert_int_equal(lines_with(export_of("carol"), "events.jsonl", "event", "warned"), 1);
    assert_int_equal(lines_with(export_of("mo"), "events.jsonl", "event", "reported"), 0);
    assert_false(has_bytes(export_of("mo"), "noise"));
}

/* Of a text, what is an id or a time becomes x, and each ${name} "somebody". */
static char *like_others(const char *text, const char *name)
{
    char *like = calloc(2, strlen(text) + 64);
    size_t out = 0;

    assert_non_null(like);
    while (*text != '\0') {
        size_t hex = strspn(text, "0123456789abcdef");

        if (hex >= 13) {
            like[out++] = 'x';
            text += hex;
        } else if (strncmp(text, name, strlen(name)) == 0) {
            out += (size_t)sprintf(like + out, "somebody");
            text += strlen(name);
        } else {
            like[out++] = *text++;
        }
    }
    like[out] = '\0';
    return like;
}

/* The lines of the file with ${name} in them, as they are of others. */
static char *lines_of(const char *zip, const char *file, const char *name)
{
    size_t len;
    char *text = zip_text(zip, file, &len);
    char *about = calloc(1, len + 1);
    char *rest = NULL;
    char *like;

    assert_non_null(about);
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, name) != NULL) {
            (void)strcat(strcat(about, line), "\n");
        }
    }
    like = like_others(about, name);
    free(about);
    free(text);
    return like;
}

/* Somebody wrote the same to four: one blocked them, one declined, one did nothing, one isn't. */
static void what_others_decided_makes_no_difference(void **state)
{
    static const char *const users[] = { "writer", "blocker", "decliner", "stranger", NULL };
    static const char *const others[] = { "blocker", "decliner", "stranger", "nobody" };
    static const char *const files[] = { "people.jsonl", "conversations.jsonl", "messages.jsonl",
        "events.jsonl", "requests.jsonl" };
    struct broker *b = broker_start(&(struct broker_options){
        .users = users, .lines_after = talk_lines, .plugin_options = talk_unhurried });
    struct client *writer = client_login(b, "writer");
    char *expected = NULL;

    (void)state;
    talk_ok(client_login(b, "blocker"), "block", "{\"user\":\"writer\"}");
    for (int i = 0; i < 4; i++) {
        talk_ok(writer, "send", "{\"user\":\"%s\",\"payload\":\"hello\"}", others[i]);
    }
    talk_ok(client_login(b, "decliner"), "decline", "{\"user\":\"writer\"}");
    for (int i = 0; i < 4; i++) {
        talk_ok(writer, "send", "{\"user\":\"%s\",\"payload\":\"again\"}", others[i]);
    }
    assert_int_equal(broker_stop(b), 0);
    tool_run(b, &run, "export", life_path(b, "data"), "writer", life_path(b, "w.zip"), NULL);
    assert_int_equal(run.code, 0);
    for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
        for (int i = 0; i < 4; i++) {
            char *lines = lines_of(life_path(b, "w.zip"), files[f], others[i]);

            if (i > 0) {
                assert_string_equal(lines, expected);
            }
            free(expected);
            expected = lines;
        }
        assert_true(strcmp(files[f], "messages.jsonl") != 0 || strstr(expected, "again") != NULL);
        free(expected);
        expected = NULL;
    }
    assert_int_equal(lines_with(life_path(b, "w.zip"), "messages.jsonl", "state", "sent"), 8);
    broker_free(b);
}

/* ---- who was erased ---- */

/* What is kept of it for an open report is told to who exports, and not to them. */
static void what_was_erased_is_told_and_what_reports_keep_is_not(void **state)
{
    static const char *const users[] = { "alice", "bob", "mo", NULL };
    static const char *const options[] = { "moderators mo", NULL };
    struct broker *b = broker_start(&(struct broker_options){
        .users = users, .lines_after = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    const char *zip = life_path(b, "alice.zip");
    char id[32];

    (void)state;
    talk_ok(alice, "set-profile", "{\"name\":\"Quetzalcoatl\"}");
    (void)snprintf(id, sizeof(id), "%s",
        answer_string(
            talk_ok(alice, "send", "{\"user\":\"bob\",\"payload\":\"Quetzalcoatl\"}"), "id"));
    talk_ok(client_login(b, "bob"), "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id);
    talk_ok(alice, "report", "{\"user\":\"bob\",\"reason\":\"spam\",\"note\":\"Quetzalcoatl\"}");
    tool_expect(b, 1, "evidence", "erase", life_path(b, "data"), "--user", "alice", "--reason",
        "a court's order", "--wait", NULL);
    tool_expect(b, 0, "2 erased messages or notes of theirs said is kept", "export",
        life_path(b, "data"), "alice", zip, NULL);
    assert_int_equal(lines_with(zip, "messages.jsonl", "kind", "erased"), 1);
    assert_int_equal(lines_with(zip, "profile.jsonl", NULL, NULL), 0);
    assert_int_equal(lines_with(zip, "erasures.jsonl", "type", "erasure"), 1);
    assert_false(has_bytes(zip, "Quetzalcoatl"));
    assert_false(has_bytes(zip, "a court's order"));
    assert_int_equal(lines_with(zip, "erasures.jsonl", "state", "waits"), 0);
    assert_int_equal(lines_with(zip, "reports.jsonl", "type", "report"), 1);
    assert_int_equal(lines_with(zip, "reports.jsonl", "note", "Quetzalcoatl"), 0);
    zip = life_path(b, "bob.zip");
    tool_run(b, &run, "export", life_path(b, "data"), "bob", zip, NULL);
    assert_int_equal(run.code, 0);
    assert_null(strstr(run.text, "kept"));
    assert_int_equal(lines_with(zip, "erasures.jsonl", NULL, NULL), 0);
    broker_free(b);
}

/* ---- a file that is whole, or none ---- */

static void what_can_not_be_is_said_and_leaves_nothing(void **state)
{
    const char *data = life_path(life, "data");
    const char *zip = life_path(life, "none.zip");

    (void)state;
    tool_expect(life, 2, "no user zoe", "export", data, "zoe", zip, NULL);
    tool_expect(life, 2, "too few arguments", "export", data, "bob", NULL);
    tool_expect(life, 2, "can't be made", "export", data, "bob", "/nowhere/at/all.zip", NULL);
    tool_expect(
        life, 2, "within the store", "export", data, "bob", life_path(life, "data/in.zip"), NULL);
    tool_expect(life, 2, "no store", "export", life_path(life, "nothing"), "bob", zip, NULL);
    assert_false(is_there(zip));
    assert_false(is_there(life_path(life, "none.zip.partial")));
    zip = export_of("bob");
    tool_expect(life, 2, "is there already", "export", data, "bob", zip, NULL);
    assert_int_equal(lines_with(zip, "account.jsonl", "user", "bob"), 1);
}

static void a_full_disk_leaves_nothing(void **state)
{
    char line[1200];
    const char *argv[] = { "sh", "-c", line, NULL };
    const char *log = life_path(life, "full.log");
    char *said;
    int status = 0;

    (void)state;
    (void)snprintf(line, sizeof(line), "ulimit -f 4; exec %s export %s bob %s", BACKCHANNEL_TOOL,
        life_path(life, "data"), life_path(life, "full.zip"));
    assert_true(process_wait(process_start(argv, NULL, log), 30000, &status));
    said = file_read(log, 0);
    assert_int_equal(WEXITSTATUS(status), 2);
    assert_non_null(strstr(said, "full.zip can't be written"));
    free(said);
    assert_false(is_there(life_path(life, "full.zip")));
    assert_false(is_there(life_path(life, "full.zip.partial")));
}

static void only_one_is_busy_with_a_file_and_what_a_kill_left_is_no_obstacle(void **state)
{
    const char *partial = life_path(life, "kept.zip.partial");
    int fd = open(partial, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    (void)state;
    assert_int_equal(write(fd, "half", 4), 4);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    tool_expect(life, 2, "another export", "export", life_path(life, "data"), "bob",
        life_path(life, "kept.zip"), NULL);
    assert_int_equal(close(fd), 0);
    tool_expect(life, 0, "messages", "export", life_path(life, "data"), "bob",
        life_path(life, "kept.zip"), NULL);
    assert_false(is_there(partial));
    assert_int_equal(lines_with(life_path(life, "kept.zip"), "account.jsonl", "user", "bob"), 1);
    assert_int_equal(unlink(life_path(life, "kept.zip")), 0);
}

/* Start one, and end it as soon as it has begun. False if it was too quick for that. */
static bool interrupted(int number)
{
    const char *zip = life_path(life, "stopped.zip");
    const char *partial = life_path(life, "stopped.zip.partial");
    const char *argv[] = { BACKCHANNEL_TOOL, "export", life_path(life, "data"), "bob", zip, NULL };
    int64_t until = now_ms() + 20000;
    pid_t pid = process_start(argv, NULL, life_path(life, "stopped.log"));
    int status = 0;
    bool ended;

    while (!is_there(partial) && !is_there(zip) && now_ms() < until) {
        (void)usleep(500);
    }
    assert_int_equal(kill(pid, number), 0);
    assert_true(process_wait(pid, 30000, &status));
    ended = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    assert_false(is_there(partial));
    assert_true(is_there(zip) != ended);
    (void)unlink(zip);
    return ended;
}

static void who_interrupts_it_finds_nothing(void **state)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        bool done = false;

        for (int tries = 0; tries < 50 && !done; tries++) {
            done = interrupted(numbers[i]);
        }
        assert_true(done);
    }
}

/* ---- beside a broker ---- */

static void it_works_while_the_broker_runs(void **state)
{
    const char *zip = life_path(life, "live.zip");
    struct client *bob;
    cJSON *said;

    (void)state;
    broker_restart(life);
    bob = client_login(life, "bob");
    talk_send(bob, "alice", "while it runs");
    tool_run(life, &run, "export", "--json", "--quiet", life_path(life, "data"), "bob", zip, NULL);
    assert_int_equal(run.code, 0);
    said = cJSON_Parse(run.text);
    assert_non_null(said);
    assert_string_equal(answer_string(said, "user"), "bob");
    assert_int_equal(
        answer_number(said, "messages"), lines_with(zip, "messages.jsonl", NULL, NULL));
    assert_int_equal(answer_number(said, "events"), lines_with(zip, "events.jsonl", NULL, NULL));
    assert_int_equal(answer_number(said, "files"), 2);
    assert_int_equal(answer_number(said, "bytes"), file_size(zip));
    cJSON_Delete(said);
    talk_send(bob, "alice", "and goes on");
    assert_int_equal(broker_stop(life), 0);
    assert_int_equal(lines_with(export_of("bob"), "messages.jsonl", "payload", "and goes on"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_kept_of_a_user_is_in_it),
        cmocka_unit_test(pictures_and_media_are_files),
        cmocka_unit_test(it_says_to_the_person_what_it_is),
        cmocka_unit_test(secrets_and_what_drives_a_terminal_are_not_in_it),
        cmocka_unit_test(who_moderates_and_what_others_report_is_not_in_it),
        cmocka_unit_test(what_others_decided_makes_no_difference),
        cmocka_unit_test(what_was_erased_is_told_and_what_reports_keep_is_not),
        cmocka_unit_test(what_can_not_be_is_said_and_leaves_nothing),
        cmocka_unit_test(a_full_disk_leaves_nothing),
        cmocka_unit_test(only_one_is_busy_with_a_file_and_what_a_kill_left_is_no_obstacle),
        cmocka_unit_test(who_interrupts_it_finds_nothing),
        cmocka_unit_test(it_works_while_the_broker_runs),
    };

    return cmocka_run_group_tests(tests, begin, life_end);
}
