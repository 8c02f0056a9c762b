/* `backchannel backup`: beside a broker that is busy, and what can be done with the copy. */
#include "life.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEFORE  300 /* messages that are acknowledged before */
#define BACKUPS 3

/* Small segments: they are begun anew many times while the backups run. */
static const char *const hurried[] = { "rate_per_minute 1000000000", "rate_burst 1000000000",
    "checkpoint_facts 50", "checkpoint_bytes 65536", "message_max_bytes 4096", NULL };

static void send_number(struct client *from, int number)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%d", number);
    talk_send(from, "bob", text);
}

/* Send until ${pid} has ended; the next number. */
static int send_until_ended(struct client *from, pid_t pid, int number)
{
    int status = 0;

    while (!process_wait(pid, 0, &status)) {
        send_number(from, number++);
    }
    assert_int_equal(status, 0);
    return number;
}

/* The store in ${dir} serves: bob's history has the numbers from 1 to at least ${least}, in order.
 */
static void expect_served(const char *dir, int least)
{
    char option[300];
    const char *const options[] = { option, "rate_per_minute 1000000000", "rate_burst 1000000000",
        NULL };
    struct broker *b;
    struct client *bob;
    char after[32] = "0000000000000000";
    int number = 0;
    bool more = true;

    (void)snprintf(option, sizeof(option), "data_dir %s", dir);
    b = broker_start(&(struct broker_options){
        .plugin_options = options, .lines_after = talk_lines, .without_data_dir = true });
    bob = client_login(b, "bob");
    while (more) {
        const cJSON *answer =
            talk_ok(bob, "history", "{\"user\":\"alice\",\"after\":\"%s\",\"limit\":200}", after);

        for (size_t i = 0; i < talk_count(answer, "messages"); i++) {
            const cJSON *message = talk_item(answer, "messages", i);

            assert_int_equal(talk_number(answer_string(message, "payload")), ++number);
            (void)snprintf(after, sizeof(after), "%s", answer_string(message, "id"));
        }
        more = talk_has(answer, "after");
    }
    if (number < least) {
        fail_msg("%d messages were acknowledged, and %d are in the backup", least, number);
    }
    broker_free(b);
}

static void a_backup_beside_load_has_what_was_acknowledged_and_serves(void **state)
{
    struct broker *b = broker_start(
        &(struct broker_options){ .plugin_options = hurried, .lines_after = talk_lines });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    int number = 1;

    (void)state;
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    while (number <= BEFORE) {
        send_number(alice, number++);
    }
    for (int i = 0; i < BACKUPS; i++) {
        char name[16];
        int acknowledged = number - 1;
        pid_t pid;

        (void)snprintf(name, sizeof(name), "copy%d", i);
        pid = process_start((const char *const[]){ BACKCHANNEL_TOOL, "backup", life_path(b, "data"),
                                life_path(b, name), NULL },
            NULL, life_path(b, "tool.log"));
        number = send_until_ended(alice, pid, number);
        tool_expect(b, 0, "0 problems", "check", life_path(b, name), NULL);
        expect_served(life_path(b, name), acknowledged);
        tool_expect(b, 0, "0 problems", "check", life_path(b, name), NULL);
    }
    broker_free(b);
}

static void a_store_that_nobody_uses_is_backed_up_whole(void **state)
{
    static struct tool_run original;
    static struct tool_run copy;
    struct broker *b = life_broker();

    (void)state;
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 0, "", "backup", life_path(b, "data"), life_path(b, "copy"), NULL);
    tool_expect(b, 0, "0 problems", "check", life_path(b, "copy"), NULL);
    tool_run(b, &original, "dump", life_path(b, "data"), NULL);
    tool_run(b, &copy, "dump", life_path(b, "copy"), NULL);
    assert_string_equal(original.text, copy.text);
    broker_free(b);
}

static void a_destination_that_is_there_is_left_alone(void **state)
{
    struct broker *b = life_broker();

    (void)state;
    assert_int_equal(mkdir(life_path(b, "copy"), S_IRWXU), 0);
    tool_expect(
        b, 2, "is there already", "backup", life_path(b, "data"), life_path(b, "copy"), NULL);
    tool_expect(
        b, 2, "holds no store", "backup", life_path(b, "nothing"), life_path(b, "other"), NULL);
    assert_int_not_equal(access(life_path(b, "other.partial"), F_OK), 0);
    tool_expect(
        b, 2, "can't be made", "backup", life_path(b, "data"), life_path(b, "no/such/place"), NULL);
    broker_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backup_beside_load_has_what_was_acknowledged_and_serves),
        cmocka_unit_test(a_store_that_nobody_uses_is_backed_up_whole),
        cmocka_unit_test(a_destination_that_is_there_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
