/*
 * A store on a file system that is mounted read-only, which is told as what it is. Only root can
 * mount, in a name space of the test's own that nobody else sees.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "talk.h"

static char data[256];

/* Mount ${b}'s data read-only over itself; false, and why is printed, where that isn't allowed. */
static bool mount_read_only(const struct broker *b)
{
    const unsigned long again = MS_REMOUNT | MS_BIND | MS_RDONLY;

    snprintf(data, sizeof data, "%s/data", broker_dir(b));
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount(data, data, NULL, MS_BIND, NULL) == 0 && mount(NULL, data, NULL, again, NULL) == 0)
        return true;
    print_message("SKIPPED, since nothing may be mounted here: %s\n", strerror(errno));
    return false;
}

static void a_read_only_file_system_is_told_as_one(void **state)
{
    struct broker *b = *state = broker_start(NULL);
    char *log;

    talk_send(client_login(b, "alice"), "bob", "hello");
    assert_int_equal(broker_stop(b), 0);
    if (!mount_read_only(b))
        skip();
    assert_int_not_equal(broker_try_restart(b), 0);
    log = broker_log(b);
    assert_non_null(strstr(log, data));
    assert_non_null(strstr(log, "is on a file system that is mounted read-only: mount it for"));
    assert_null(strstr(log, "owner"));
    free(log);
    assert_int_equal(umount(data), 0);
    broker_restart(b);
    talk_history(client_login(b, "bob"), "alice", "hello:held");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_read_only_file_system_is_told_as_one, broker_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
