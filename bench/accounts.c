/*
 * What people cost who have a profile with a picture, and a device that signs in with a token:
 *
 *     accounts fill DIR USERS BYTES          a store of them, with pictures of so many bytes
 *     accounts ask PORT PID USERS TIMES      asks the broker that is the process PID
 *
 * Asking prints the broker's processor time, us, of a profile of one of them at random, of one that
 * isn't there, of a connection by a token that wasn't used before that day, and by one that was,
 * and of one by password, which is "secret" of the user pat.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/fill.h"
#include "bench/mqtt.h"
#include "broker-plugin/signin/secret.h"

#define DAY_MS   ((uint64_t)86400000)
#define CLOSE_US 20000 /* the broker has seen by then that a connection is closed */
#define TEXT     80

#define BY_PASSWORD UINT32_MAX

static struct bc_bytes name_of(uint32_t user, char text[TEXT])
{
    return bc_bytes(text, (size_t)snprintf(text, TEXT, "user%06" PRIu32, user));
}

/* The token of a user, which no broker would have drawn. */
static const char *token_of(uint32_t user, char text[TEXT])
{
    (void)snprintf(text, TEXT, "bct-%043" PRIu32, user);
    return text;
}

/* ---- filling ---- */

static void append(struct bc_fill *fill, struct bc_fact *fact)
{
    fact->id = bc_fill_next_id(fill);
    bc_fill_append(fill, fact);
}

static void add_user(struct bc_fill *fill, uint32_t user, struct bc_bytes picture)
{
    struct bc_secret secret;
    char name[TEXT];
    char token[TEXT];
    struct bc_fact fact = { .type = BC_FACT_PROFILE };

    fact.profile = (struct bc_fact_profile){ .user = name_of(user, name),
        .name = bc_bytes_text("Somebody"),
        .about = bc_bytes_text("Nothing much."),
        .picture = picture };
    append(fill, &fact);
    fact = (struct bc_fact){ .type = BC_FACT_SETTINGS };
    fact.settings =
        (struct bc_fact_settings){ .user = bc_bytes_text(name), .settings = { .findable = true } };
    append(fill, &fact);
    bc_secret_read(&secret, token_of(user, token));
    fact = (struct bc_fact){ .type = BC_FACT_TOKEN };
    fact.token = (struct bc_fact_token){ .user = bc_bytes_text(name),
        .device = bc_bytes_text("phone"),
        .change = BC_TOKEN_MADE,
        .hash = bc_bytes(secret.hash, BC_DIGEST) };
    append(fill, &fact);
}

static void fill_store(const char *dir, uint32_t users, size_t bytes)
{
    static const uint8_t png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    struct bc_fill fill = bc_fill_open(dir, DAY_MS);
    uint8_t *picture = malloc(bytes + sizeof(png));

    if (picture == NULL) {
        bc_die("out of memory");
    }
    for (uint32_t user = 0; user < users; user++) {
        for (size_t i = 0; i < bytes; i++) {
            picture[i] = (uint8_t)(user * 31 + i * 7 + (i >> 8) * user);
        }
        memcpy(picture, png, sizeof(png));
        add_user(&fill, user, bc_bytes(picture, bytes));
    }
    bc_fill_close(&fill);
    free(picture);
}

/* ---- asking ---- */

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* How long the answer is that has come. */
static void take_answer(void *context, const struct bc_mqtt_packet *packet)
{
    size_t *len = context;

    if (packet->type == BC_MQTT_PUBLISH) {
        *len = packet->payload.len;
    }
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

/* The median, us, of ${times} profiles: of one of ${users} at random, or, of none, who isn't there.
 * Each answer must have ${least} bytes. */
static double ask_profiles(
    struct bc_mqtt *mqtt, clockid_t broker, uint32_t users, size_t times, size_t least)
{
    int64_t *took = calloc(times, sizeof(*took));
    int64_t median;

    if (took == NULL) {
        bc_die("out of memory");
    }
    for (size_t i = 0; i < times; i++) {
        char name[TEXT];
        char text[TEXT + 32];
        size_t got = 0;
        uint32_t user = users > 0 ? (uint32_t)random() % users : 999999;

        (void)name_of(user, name);
        (void)snprintf(text, sizeof(text), "{\"user\":\"%s\"}", name);
        took[i] = now_ns(broker);
        bc_mqtt_publish(mqtt, bc_bytes_text("bc/do/profile"), bc_bytes_text(text));
        bc_mqtt_flush(mqtt);
        while (got == 0) {
            bc_mqtt_read(mqtt, take_answer, &got);
        }
        took[i] = now_ns(broker) - took[i];
        bc_mqtt_flush(mqtt);
        if (got < least) {
            bc_die("the answer of %s has %zu bytes", name, got);
        }
    }
    qsort(took, times, sizeof(*took), compare);
    median = took[times / 2];
    free(took);
    return (double)median / 1000;
}

/*
 * The mean, us, of ${times} connections: by the tokens of the users from ${first} on, or, if it is
 * BY_PASSWORD, by that.
 */
static double connect_often(uint16_t port, clockid_t broker, uint32_t first, uint32_t times)
{
    int64_t begin = now_ns(broker);

    for (uint32_t i = 0; i < times; i++) {
        struct bc_mqtt mqtt;
        char name[TEXT] = "pat";
        char password[TEXT] = "secret";

        if (first != BY_PASSWORD) {
            (void)name_of(first + i, name);
            (void)token_of(first + i, password);
        }
        bc_mqtt_connect(&mqtt, port, false, "asker", name, password);
        bc_mqtt_close(&mqtt);
    }
    (void)usleep(CLOSE_US);
    return (double)(now_ns(broker) - begin) / 1000 / (double)times;
}

static void ask(uint16_t port, pid_t pid, uint32_t users, size_t times)
{
    struct bc_mqtt mqtt;
    clockid_t broker;
    uint32_t connections = (uint32_t)times / 4 + 1;
    uint32_t first;
    double profile;
    double missing;

    srandom((unsigned)getpid());
    first = (uint32_t)random() % (users - connections);
    if (clock_getcpuclockid(pid, &broker) != 0) {
        bc_die("there is no process %d", (int)pid);
    }
    bc_mqtt_connect(&mqtt, port, false, "pat", "pat", "secret");
    (void)ask_profiles(&mqtt, broker, users, times / 10 + 1, 1000);
    profile = ask_profiles(&mqtt, broker, users, times, 1000);
    missing = ask_profiles(&mqtt, broker, 0, times, 1);
    bc_mqtt_close(&mqtt);
    (void)printf("profile_us=%.1f missing_us=%.1f ", profile, missing);
    (void)printf("first_us=%.1f ", connect_often(port, broker, first, connections));
    (void)printf("password_us=%.1f ", connect_often(port, broker, BY_PASSWORD, connections));
    (void)printf("token_us=%.1f\n", connect_often(port, broker, first, connections));
}

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "fill") == 0) {
        fill_store(argv[2], number(argv[3]), number(argv[4]));
    } else if (argc == 6 && strcmp(argv[1], "ask") == 0) {
        ask((uint16_t)number(argv[2]), (pid_t)number(argv[3]), number(argv[4]), number(argv[5]));
    } else {
        (void)fputs("usage: accounts fill DIR USERS BYTES\n"
                    "       accounts ask PORT PID USERS TIMES\n",
            stderr);
        return 2;
    }
    return 0;
}
