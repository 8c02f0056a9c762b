#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ARGUMENTS_MAX 14
#define TOOL_MS       60000

static void send_many(struct client *from, const char *to)
{
    char text[16];

    for (int i = 1; i <= LIFE_MESSAGES; i++) {
        (void)snprintf(text, sizeof(text), "%d", i);
        talk_send(from, to, text);
    }
}

/* To the last message of the two. */
static void react(struct client *c, const char *other)
{
    const cJSON *answer = talk_ok(c, "history", "{\"user\":\"%s\",\"limit\":1}", other);

    talk_ok(c, "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}",
        answer_string(talk_item(answer, "messages", 0), "id"));
}

static void direct(
    struct client *alice, struct client *bob, struct client *carol, struct client *dave)
{
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    send_many(alice, "bob");
    talk_send(bob, "alice", "hello alice");
    react(alice, "bob");
    react(bob, "alice");
    talk_ok(alice, "send", "{\"user\":\"bob\",\"payload\":\"once\",\"msgid\":\"m-1\"}");
    talk_send(alice, "alice", "a note");
    talk_ok(bob, "mark",
        "{\"user\":\"alice\",\"read\":\"ffffffffffffffff\",\"delivered\":\"ffffffffffffffff\"}");
    talk_send(carol, "bob", "held one");
    talk_send(carol, "bob", "held two");
    talk_send(dave, "bob", "held, then blocked");
    talk_ok(bob, "block", "{\"user\":\"dave\"}");
    talk_ok(bob, "settings", "{\"read-receipts\":false}");
    talk_ok(bob, "store", "{\"key\":\"mute/user/dave\",\"value\":\"1\"}");
    talk_ok(bob, "store", "{\"key\":\"draft\",\"value\":\"dear\"}");
    talk_ok(carol, "set-profile", "{\"name\":\"Carol\",\"picture-base64\":\"iVBORw0KGgo=\"}");
    talk_ok(bob, "set-profile", "{\"name\":\"Bob\",\"picture-base64\":\"/9j/4AAQ\"}");
    talk_ok(carol, "block", "{\"user\":\"dave\"}");
    talk_ok(carol, "set-profile", "{\"name\":\"Caro\"}");
    talk_ok(bob, "create-token", "{\"device\":\"phone\",\"days\":30}");
    talk_ok(bob, "push-subscribe",
        "{\"device\":\"phone\",\"endpoint\":\"https://push.example/c2VjcmV0\","
        "\"p256dh\":\"c2VjcmV0\",\"auth\":\"c2VjcmV0\"}");
    talk_ok(carol, "block", "{\"user\":\"alice\"}");
    talk_ok(carol, "unblock", "{\"user\":\"alice\"}");
}

static void groups(
    struct client *alice, struct client *bob, struct client *carol, struct client *dave)
{
    talk_ok(dave, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(alice, "create-group", "{\"group\":\"club\",\"title\":\"The club\"}");
    talk_ok(alice, "invite", "{\"group\":\"club\",\"users\":[\"bob\",\"carol\",\"dave\"]}");
    crowd_say(alice, "club", "welcome");
    crowd_say(dave, "club", "bye");
    talk_ok(dave, "leave", "{\"group\":\"club\"}");
    talk_ok(alice, "rename-group", "{\"group\":\"club\",\"title\":\"The old club\"}");
    talk_ok(alice, "set-role", "{\"group\":\"club\",\"user\":\"bob\",\"role\":\"admin\"}");
    (void)carol;
}

static void reports(struct client *alice, struct client *bob, struct client *mo)
{
    const char *first =
        answer_string(talk_ok(bob, "report", "{\"user\":\"carol\",\"reason\":\"spam\"}"), "report");

    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"warn\"}", first);
    talk_ok(alice, "report", "{\"group\":\"club\",\"reason\":\"other\",\"note\":\"noise\"}");
    talk_ok(mo, "suspend", "{\"user\":\"dave\",\"days\":3}");
}

/* Small files, since they are copied a lot. */
static const char *const options[] = { "rate_per_minute 1000000000", "rate_burst 1000000000",
    "checkpoint_bytes 65536", "message_max_bytes 65536", "moderators mo", "accounts invites",
    "invites_by everyone", "push_user push", NULL };
static const char *const users[] = { "alice", "bob", "carol", "dave", "mo", NULL };

struct broker *life_broker(void)
{
    struct broker *b = broker_start(&(struct broker_options){
        .plugin_options = options, .lines_after = talk_lines, .users = users });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");

    direct(alice, bob, carol, dave);
    groups(alice, bob, carol, dave);
    reports(alice, bob, client_login(b, "mo"));
    talk_ok(bob, "create-invite", "{\"uses\":3}");
    return b;
}

const char *life_path(const struct broker *b, const char *file)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", broker_dir(b), file);
    return path;
}

const char *life_data(const struct broker *b)
{
    return life_path(b, "data");
}

static void run(const struct broker *b, struct tool_run *into, const char *first, va_list arguments)
{
    const char *argv[ARGUMENTS_MAX + 2] = { BACKCHANNEL_TOOL, first };
    const char *output = life_path(b, "tool.log");
    char *text;
    int status = 0;
    size_t count = 2;

    while (count <= ARGUMENTS_MAX && (argv[count] = va_arg(arguments, const char *)) != NULL) {
        count++;
    }
    (void)remove(output);
    if (!process_wait(process_start(argv, NULL, output), TOOL_MS, &status)) {
        fail_msg("backchannel %s did not end", first);
    }
    text = file_read(output, 0);
    (void)snprintf(into->text, sizeof(into->text), "%s", text);
    free(text);
    if (!WIFEXITED(status)) {
        fail_msg("backchannel %s died by a signal: %s", first, into->text);
    }
    into->code = WEXITSTATUS(status);
}

void tool_run(const struct broker *b, struct tool_run *into, const char *argument, ...)
{
    va_list arguments;

    va_start(arguments, argument);
    run(b, into, argument, arguments);
    va_end(arguments);
}

void tool_expect(const struct broker *b, int code, const char *text, const char *argument, ...)
{
    static struct tool_run result;
    va_list arguments;

    va_start(arguments, argument);
    run(b, &result, argument, arguments);
    va_end(arguments);
    if (result.code != code || strstr(result.text, text) == NULL) {
        fail_msg("backchannel %s ended with %d, rather than %d and \"%s\": %s", argument,
            result.code, code, text, result.text);
    }
}

void directory_copy(const char *from, const char *to)
{
    struct stat there;

    if (stat(to, &there) == 0) {
        directory_remove(to);
    }
    process_run(
        (const char *const[]){ "cp", "-a", "--sparse=always", from, to, NULL }, "/dev/null");
}

struct broker *life;

int life_begin(void **state)
{
    (void)state;
    life = life_broker();
    return broker_stop(life);
}

int life_end(void **state)
{
    (void)state;
    broker_free(life);
    return 0;
}
