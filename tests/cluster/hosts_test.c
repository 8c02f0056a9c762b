/* Which of the servers that a connection string names is connected to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "postgres.h"
#include "process.h"
#include "replication/log_postgres.h"

enum {
    ADDRESS_SIZE = 1024,
    FOUND_MS = 60000
};

#define USER "user=postgres dbname=postgres sslmode=disable"

struct fixture {
    struct postgres *postgres;
    char ports[POSTGRES_SERVERS][8];
};

static void take_port(char to[8], const char **from)
{
    size_t len = strspn(*from, "0123456789");

    assert_true(len > 0 && len < 8);
    memcpy(to, *from, len);
    to[len] = '\0';
    *from += len + 1;
}

static int begin(void **state)
{
    struct fixture *f = *state = calloc(1, sizeof *f);
    const char *ports;

    assert_non_null(f);
    f->postgres = postgres_start(POSTGRES_SERVERS);
    ports = strstr(postgres_option(f->postgres), "port=");
    assert_non_null(ports);
    ports += strlen("port=");
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++)
        take_port(f->ports[i], &ports);
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;

    postgres_free(f->postgres);
    free(f);
    return 0;
}

/* ${form}, in which A, B and C are the servers' ports, of which the first takes changes. */
static void write_address(const struct fixture *f, const char *form, char address[ADDRESS_SIZE])
{
    size_t len = 0;

    for (; *form != '\0'; form++) {
        bool port = *form >= 'A' && *form <= 'C';

        len += (size_t)snprintf(address + len, ADDRESS_SIZE - len, "%.*s", port ? 8 : 1,
            port ? f->ports[*form - 'A'] : form);
        assert_true(len < ADDRESS_SIZE);
    }
}

static struct bc_postgres *named(const struct fixture *f, const char *form)
{
    static char address[ADDRESS_SIZE];
    struct bc_postgres *postgres = calloc(1, sizeof *postgres);

    assert_non_null(postgres);
    write_address(f, form, address);
    postgres->address = address;
    postgres->hosts = bc_postgres_hosts_new(address);
    assert_non_null(postgres->hosts);
    return postgres;
}

static void forget(struct bc_postgres *postgres)
{
    bc_postgres_hosts_free(postgres->hosts);
    free(postgres);
}

static PGconn *expect_connected(const struct bc_postgres *postgres, const PGconn *like)
{
    struct bc_trouble trouble = { .there = false };
    PGconn *connection = bc_postgres_hosts_connect(postgres, like, &trouble);

    if (connection == NULL)
        fail_msg("%s: %s", postgres->address, trouble.why);
    return connection;
}

#define B4 "127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,"
#define P4 "B,C,B,C,"

static void the_one_that_takes_changes_is_found_however_it_is_named(void **state)
{
    static const struct {
        const char *form;
        unsigned host;
    } rows[] = {
        { "host=127.0.0.1 port=A " USER, 0 },
        { "host=127.0.0.1,127.0.0.1,127.0.0.1 port=A,B,C " USER, 0 },
        { "host=127.0.0.1,127.0.0.1,127.0.0.1 port=C,B,A " USER, 2 },
        { "hostaddr=127.0.0.1,127.0.0.1 port=B,A " USER, 1 },
        { "host=b.invalid,a.invalid hostaddr=127.0.0.1,127.0.0.1 port=B,A " USER, 1 },
        { "host=127.0.0.9,127.0.0.1 port=A " USER, 1 },
        { "host=127.0.0.1,127.0.0.1 port=,A " USER, 0 },
        { "postgresql://postgres@127.0.0.1:C,127.0.0.1:A,127.0.0.1:B/postgres?sslmode=disable", 1 },
        { "host=" B4 B4 B4 B4 "127.0.0.1 port=" P4 P4 P4 P4 "A " USER, 0 },
    };
    const struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bc_postgres *postgres = named(f, rows[i].form);
        PGconn *connection = expect_connected(postgres, NULL);
        PGconn *other = expect_connected(postgres, connection);

        assert_string_equal(PQport(connection), f->ports[0]);
        assert_string_equal(PQport(other), f->ports[0]);
        if (bc_postgres_host_of(postgres, connection) != rows[i].host)
            fail_msg(
                "%s: it is number %u", rows[i].form, bc_postgres_host_of(postgres, connection));
        assert_false(bc_postgres_is_elsewhere(postgres, connection));
        PQfinish(other);
        PQfinish(connection);
        forget(postgres);
    }
}

static void why_none_does_is_what_one_says(void **state)
{
    struct bc_postgres *postgres = named(*state, "host=127.0.0.1,127.0.0.1 port=B,C " USER);
    struct bc_trouble trouble = { .there = false };

    assert_null(bc_postgres_hosts_connect(postgres, NULL, &trouble));
    assert_true(trouble.there && !trouble.for_ever);
    assert_non_null(strstr(trouble.why, "session is read-only"));
    forget(postgres);
}

/* The one that took changes is stopped, and its connection stands; and then it goes on beside. */
static void another_one_is_found_and_preferred(void **state)
{
    const struct fixture *f = *state;
    struct bc_postgres *postgres = named(f, "host=127.0.0.1,127.0.0.1,127.0.0.1 port=A,B,C " USER);
    PGconn *old = expect_connected(postgres, NULL);
    PGconn *connection;
    int64_t until = now_ms() + FOUND_MS;
    unsigned now;

    postgres_pause(f->postgres, 0, true);
    assert_false(bc_postgres_is_elsewhere(postgres, old));
    postgres_promote(f->postgres);
    now = postgres_primary(f->postgres);
    while (!bc_postgres_is_elsewhere(postgres, old) && now_ms() < until)
        continue;
    assert_int_equal(bc_postgres_preferred(postgres), now);
    postgres_pause(f->postgres, 0, false);
    for (unsigned i = 0; i < 10; i++) {
        connection = expect_connected(postgres, NULL);
        assert_int_equal(bc_postgres_host_of(postgres, connection), now);
        PQfinish(connection);
    }
    connection = expect_connected(postgres, old);
    assert_int_equal(bc_postgres_host_of(postgres, connection), 0);
    PQfinish(connection);
    PQfinish(old);
    forget(postgres);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_that_takes_changes_is_found_however_it_is_named),
        cmocka_unit_test(why_none_does_is_what_one_says),
        cmocka_unit_test(another_one_is_found_and_preferred),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
