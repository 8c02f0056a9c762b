/*
 * The servers that the operator names. All are connected to at once, and the first that takes
 * changes is the one: who is silent, or cut off, costs no time then.
 */
#include "replication/log_postgres.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* So many are asked at once. Of a longer list, and one with gaps, libpq asks one after the other.
 */
#define HOSTS 16

/* How long a server may take, unless the operator says so; and so long others wait for that one
 * which is known to take changes. */
#define CONNECT_MS 3000
#define PREFER_MS  1000
#define AGAIN_MS   300
#define STEP_MS    100

enum part {
    HOST,
    ADDRESS,
    PORT,
    PARTS
};

static const char *const part_names[PARTS] = { "host", "hostaddr", "port" };

struct bc_postgres_hosts {
    char *lists[PARTS]; /* cut into pieces; NULL: not given */
    const char *pieces[HOSTS][PARTS];
    unsigned count;
    atomic_uint preferred; /* the one that was found to take changes last, and ${count} at first */
};

static unsigned count_pieces(const char *list)
{
    unsigned count = list != NULL ? 1 : 0;

    for (; list != NULL && *list != '\0'; list++) {
        count += *list == ',';
    }
    return count;
}

/* Nothing between two commas means what libpq likes, and can't be said of one alone. */
static bool has_gaps(const char *list)
{
    size_t len = list != NULL ? strlen(list) : 0;

    return len > 0 && (list[0] == ',' || list[len - 1] == ',' || strstr(list, ",,") != NULL);
}

/* A list of one is that of all. */
static void cut(struct bc_postgres_hosts *hosts, enum part part)
{
    const bool one = count_pieces(hosts->lists[part]) == 1;
    char *rest = hosts->lists[part];

    for (unsigned i = 0; i < hosts->count && rest != NULL; i++) {
        hosts->pieces[i][part] = one ? rest : strsep(&rest, ",");
    }
}

struct bc_postgres_hosts *bc_postgres_hosts_new(const char *address)
{
    struct bc_postgres_hosts *hosts = calloc(1, sizeof(*hosts));
    PQconninfoOption *options = PQconninfoParse(address, NULL);
    unsigned count;

    for (enum part part = HOST; hosts != NULL && part < PARTS; part++) {
        for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
            if (strcmp(o->keyword, part_names[part]) == 0 && o->val != NULL) {
                hosts->lists[part] = strdup(o->val);
            }
        }
    }
    PQconninfoFree(options);
    if (hosts == NULL) {
        return NULL;
    }
    count = count_pieces(hosts->lists[hosts->lists[ADDRESS] != NULL ? ADDRESS : HOST]);
    hosts->count = count > HOSTS || has_gaps(hosts->lists[HOST]) ||
                           has_gaps(hosts->lists[ADDRESS]) || has_gaps(hosts->lists[PORT])
                       ? 0
                       : count;
    for (enum part part = HOST; part < PARTS; part++) {
        cut(hosts, part);
    }
    hosts->count = hosts->count > 0 ? hosts->count : 1; /* as it is, then */
    atomic_init(&hosts->preferred, hosts->count);
    return hosts;
}

void bc_postgres_hosts_free(struct bc_postgres_hosts *hosts)
{
    for (enum part part = HOST; hosts != NULL && part < PARTS; part++) {
        free(hosts->lists[part]);
    }
    free(hosts);
}

static bool is_piece(const char *piece, const char *given)
{
    return piece == NULL || piece[0] == '\0' || strcmp(piece, given) == 0;
}

unsigned bc_postgres_host_of(const struct bc_postgres *postgres, const PGconn *connection)
{
    const struct bc_postgres_hosts *hosts = postgres->hosts;
    unsigned i = 0;

    while (i < hosts->count &&
           !(is_piece(hosts->pieces[i][hosts->lists[HOST] != NULL ? HOST : ADDRESS],
                 PQhost(connection)) &&
               is_piece(hosts->pieces[i][PORT], PQport(connection)))) {
        i++;
    }
    return i;
}

unsigned bc_postgres_preferred(const struct bc_postgres *postgres)
{
    return atomic_load(&postgres->hosts->preferred);
}

void bc_postgres_prefer(const struct bc_postgres *postgres, unsigned host)
{
    atomic_store(&postgres->hosts->preferred, host);
}

/* ---- connecting ---- */

static PGconn *start(const struct bc_postgres *postgres, unsigned host)
{
    const char *const *pieces = postgres->hosts->pieces[host];
    char name[32];
    const char *const keys[] = { "connect_timeout", "tcp_user_timeout", "keepalives_idle",
        "keepalives_interval", "keepalives_count", "target_session_attrs", "client_encoding",
        "dbname", "fallback_application_name", part_names[HOST], part_names[ADDRESS],
        part_names[PORT], NULL };
    const char *const values[] = { "3", "10000", "10", "3", "3", "read-write", "UTF8",
        postgres->address, name, pieces[HOST], pieces[ADDRESS], pieces[PORT], NULL };

    /*
     * What the operator says comes behind what is usual, and so before it; and which server of
     * those that they name this is, behind that.
     */
    (void)snprintf(name, sizeof(name), "backchannel %" PRIu32, postgres->options.node);
    return PQconnectStartParams(keys, values, 1);
}

struct race {
    const struct bc_postgres *postgres;
    PGconn *connections[HOSTS]; /* NULL: it is not asked */
    PostgresPollingStatusType states[HOSTS];
    unsigned count;
    PGconn *beside; /* whose word ends it; or NULL */
};

static void step(struct race *race, unsigned i)
{
    race->states[i] = PQstatus(race->connections[i]) != CONNECTION_BAD
                          ? PQconnectPoll(race->connections[i])
                          : PGRES_POLLING_FAILED;
}

static void ask(struct race *race, unsigned i)
{
    race->connections[i] = start(race->postgres, i);
    race->states[i] = PQstatus(race->connections[i]) != CONNECTION_BAD ? PGRES_POLLING_WRITING
                                                                       : PGRES_POLLING_FAILED;
}

/* Ask those of ${set}, a bit each. */
static void begin(struct race *race, unsigned set)
{
    race->count = race->postgres->hosts->count;
    for (unsigned i = 0; i < race->count; i++) {
        race->states[i] = PGRES_POLLING_FAILED;
        if ((set >> i & 1) != 0) {
            ask(race, i);
        }
    }
}

/* Who has said no while others say nothing may take their place meanwhile. */
static void ask_again(struct race *race)
{
    for (unsigned i = 0; i < race->count; i++) {
        if (race->connections[i] != NULL && race->states[i] == PGRES_POLLING_FAILED) {
            PQfinish(race->connections[i]);
            ask(race, i);
        }
    }
}

static void end(struct race *race)
{
    for (unsigned i = 0; i < race->count; i++) {
        PQfinish(race->connections[i]);
    }
}

static bool is_over(PostgresPollingStatusType state)
{
    return state == PGRES_POLLING_OK || state == PGRES_POLLING_FAILED;
}

static bool all_over(const struct race *race)
{
    unsigned i = 0;

    while (i < race->count && is_over(race->states[i])) {
        i++;
    }
    return i == race->count;
}

/* The one to take, or ${count}. While it is ${early} the preferred one is waited for. */
static unsigned winner(const struct race *race, bool early)
{
    const unsigned preferred = bc_postgres_preferred(race->postgres);
    unsigned i = 0;

    if (preferred < race->count && (race->states[preferred] == PGRES_POLLING_OK ||
                                       (early && !is_over(race->states[preferred])))) {
        return race->states[preferred] == PGRES_POLLING_OK ? preferred : race->count;
    }
    while (i < race->count && race->states[i] != PGRES_POLLING_OK) {
        i++;
    }
    return i;
}

/* Wait for a while, and go on with those that can; false if what is beside says something. */
static bool go_on(struct race *race)
{
    struct pollfd ready[HOSTS + 1];
    unsigned which[HOSTS];
    unsigned count = 0;

    for (unsigned i = 0; i < race->count; i++) {
        if (!is_over(race->states[i])) {
            which[count] = i;
            ready[count++] = (struct pollfd){ .fd = PQsocket(race->connections[i]),
                .events = race->states[i] == PGRES_POLLING_READING ? POLLIN : POLLOUT };
        }
    }
    ready[count] = (struct pollfd){ .fd = race->beside != NULL ? PQsocket(race->beside) : -1,
        .events = POLLIN };
    (void)poll(ready, count + 1, STEP_MS);
    for (unsigned i = 0; i < count; i++) {
        if (ready[i].revents != 0) {
            step(race, which[i]);
        }
    }
    return ready[count].revents == 0;
}

/* How long the operator lets a server take. */
static uint64_t patience_ms(const struct race *race)
{
    uint64_t ms = CONNECT_MS;
    unsigned asked = 0;
    PQconninfoOption *options;

    while (asked + 1 < race->count && race->connections[asked] == NULL) {
        asked++;
    }
    options = PQconninfo(race->connections[asked]);
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        if (strcmp(o->keyword, "connect_timeout") == 0 && o->val != NULL) {
            long seconds = strtol(o->val, NULL, 10);

            ms = seconds > 0 ? (uint64_t)seconds * 1000 : CONNECT_MS;
        }
    }
    PQconninfoFree(options);
    return ms;
}

/* The number of the one that takes changes, or ${count}. */
static unsigned run(struct race *race, uint64_t ms)
{
    const uint64_t since = bc_queue_now_ms();
    uint64_t now = since;
    uint64_t asked = since;
    unsigned first = race->count;
    bool goes_on = true;

    while (goes_on && first == race->count && now - since < ms && !all_over(race) &&
           !atomic_load(&race->postgres->stops)) {
        goes_on = go_on(race);
        now = bc_queue_now_ms();
        first = winner(race, now - since < PREFER_MS);
        if (now - asked >= AGAIN_MS && !all_over(race)) {
            ask_again(race);
            asked = now;
        }
    }
    return goes_on ? winner(race, false) : race->count;
}

static void why_not(const struct race *race, struct bc_trouble *trouble)
{
    const char *why = "PostgreSQL doesn't answer";

    for (unsigned i = race->count; i > 0; i--) {
        if (race->connections[i - 1] != NULL &&
            PQerrorMessage(race->connections[i - 1])[0] != '\0') {
            why = PQerrorMessage(race->connections[i - 1]);
        }
    }
    (void)bc_postgres_fail(trouble, false, why);
}

PGconn *bc_postgres_hosts_connect(
    const struct bc_postgres *postgres, const PGconn *like, struct bc_trouble *trouble)
{
    const unsigned count = postgres->hosts->count;
    const unsigned host = like != NULL ? bc_postgres_host_of(postgres, like) : count;
    struct race race = { .postgres = postgres };
    PGconn *connection = NULL;
    unsigned first;

    begin(&race, host < count ? 1U << host : ~0U);
    first = run(&race, patience_ms(&race));
    if (first < race.count) {
        connection = race.connections[first];
        (void)PQsetnonblocking(connection, 1); /* one that doesn't read holds up no thread */
        race.connections[first] = NULL;
    } else {
        why_not(&race, trouble);
    }
    end(&race);
    return connection;
}

bool bc_postgres_is_elsewhere(const struct bc_postgres *postgres, PGconn *connection)
{
    struct race race = { .postgres = postgres, .beside = connection };
    unsigned here = bc_postgres_host_of(postgres, connection);
    unsigned first;

    if (postgres->hosts->count < 2 || here == postgres->hosts->count) {
        return false;
    }
    begin(&race, ~(1U << here));
    first = run(&race, PREFER_MS);
    end(&race);
    if (first == race.count) {
        return false;
    }
    bc_postgres_prefer(postgres, first);
    return true;
}
