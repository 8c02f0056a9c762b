/* Who sends what to whom, and whether it arrived. */
#include "bench/traffic.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/acquaintance.h"
#include "bench/measure.h"

#define FILTER_SIZE 160

/* ---- a message: "run stream number due " in hex, and padding, so that it is of kind text ---- */

#define AT_STREAM 9
#define AT_NUMBER 18
#define AT_DUE    35

static void put_hex(uint8_t *to, uint64_t value, size_t digits)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = digits; i-- > 0; value >>= 4) {
        to[i] = (uint8_t)hex[value & 15];
    }
    to[digits] = ' ';
}

/* Digits that aren't any give a number that is none of ours. */
static uint64_t get_hex(const uint8_t *from, size_t digits)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits; i++) {
        value = value << 4 | (uint64_t)(from[i] <= '9' ? from[i] - '0' : from[i] - 'a' + 10);
    }
    return value;
}

static void note_latency(struct bc_traffic *traffic, uint64_t due_ns)
{
    struct bc_latencies *all = &traffic->latencies;

    if (all->count == all->size) {
        all->size = all->size > 0 ? 2 * all->size : 65536;
        all->us = reallocarray(all->us, all->size, sizeof(*all->us));
        if (all->us == NULL) {
            bc_die("out of memory");
        }
    }
    all->us[all->count++] = (uint32_t)((traffic->now_ns - due_ns) / 1000);
}

static void check(struct bc_peer *peer, const struct bc_mqtt_packet *packet)
{
    struct bc_traffic *traffic = peer->traffic;
    struct bc_bytes payload = packet->payload;
    uint64_t number;

    if (payload.len != traffic->options.payload || get_hex(payload.data, 8) != traffic->run) {
        bc_die("refused, or not a message of this run: %.*s: %.*s", (int)packet->topic.len,
            (const char *)packet->topic.data, (int)payload.len, (const char *)payload.data);
    }
    number = get_hex(payload.data + AT_NUMBER, 16);
    if (get_hex(payload.data + AT_STREAM, 8) != peer->stream) {
        bc_die("a message came to somebody else");
    }
    if (number < peer->arrived) {
        bc_die("message %" PRIu64 " came twice, or late", number);
    }
    if (number > peer->arrived) {
        bc_die("message %" PRIu64 " came, %" PRIu64 " is missing", number, peer->arrived);
    }
    peer->arrived++;
    traffic->arrived++;
    if (!peer->sends || traffic->options.pattern == BC_CROWD) {
        note_latency(traffic, get_hex(payload.data + AT_DUE, 14));
    }
}

static void take(void *context, const struct bc_mqtt_packet *packet)
{
    struct bc_peer *peer = context;

    if (packet->type == BC_MQTT_PUBLISH) {
        check(peer, packet);
    } else if (packet->refused) {
        bc_die("a message was refused");
    } else {
        peer->acked++;
        peer->traffic->acked++;
    }
}

void bc_traffic_read(struct bc_peer *peer)
{
    bc_mqtt_read(&peer->mqtt, take, peer);
}

/* ---- a crowd's recipients ---- */

static double random_share(struct bc_traffic *traffic)
{
    traffic->random ^= traffic->random << 13;
    traffic->random ^= traffic->random >> 7;
    traffic->random ^= traffic->random << 17;
    return (double)(traffic->random >> 11) / 9007199254740992.0;
}

/* An acquaintance of ${user}: the k-th gets 1/k as much as the first. */
static uint32_t recipient(struct bc_traffic *traffic, uint32_t user)
{
    double share = random_share(traffic) * traffic->zipf[traffic->options.degree - 1];
    uint32_t k = 0;

    while (k + 1 < traffic->options.degree && traffic->zipf[k] < share) {
        k++;
    }
    return bc_acquaintance(traffic->options.users, user, k);
}

static void prepare_crowd(struct bc_traffic *traffic)
{
    double sum = 0;

    traffic->zipf = calloc(traffic->options.degree, sizeof(*traffic->zipf));
    if (traffic->zipf == NULL) {
        bc_die("out of memory");
    }
    for (uint32_t k = 0; k < traffic->options.degree; k++) {
        sum += 1.0 / (k + 1);
        traffic->zipf[k] = sum;
    }
}

/* ---- sending ---- */

void bc_traffic_send(struct bc_peer *peer, uint64_t due_ns)
{
    struct bc_traffic *traffic = peer->traffic;
    uint8_t payload[BC_PAYLOAD_MAX];
    char to[32] = "";
    char topic[sizeof(peer->topic) + sizeof(to)];

    put_hex(payload, traffic->run, 8);
    put_hex(payload + AT_STREAM, peer->stream, 8);
    put_hex(payload + AT_NUMBER, peer->sent, 16);
    put_hex(payload + AT_DUE, due_ns, 14);
    memset(payload + BC_PAYLOAD_MIN, 'x', traffic->options.payload - BC_PAYLOAD_MIN);
    if (traffic->options.pattern == BC_CROWD) {
        (void)snprintf(to, sizeof(to), BC_CROWD_NAME, recipient(traffic, peer->stream));
    }
    (void)snprintf(topic, sizeof(topic), "%s%s", peer->topic, to);
    bc_mqtt_publish(&peer->mqtt, bc_bytes_text(topic), bc_bytes(payload, traffic->options.payload));
    peer->sent++;
    traffic->sent++;
}

/* ---- opening ---- */

struct bc_role {
    const char *user;  /* formats with the stream's number, or a receiver's */
    const char *topic; /* NULL for who doesn't send */
    const char *filter;
};

static const struct {
    struct bc_role sender;
    struct bc_role receiver;
    uint8_t qos; /* of the receivers' subscription */
} roles[] = {
    [BC_PLAIN] = { { "s%u", "plain/%u", "plain/%u" }, { "r%u", NULL, "plain/%u" }, 1 },
    [BC_USER] = { { "s%u", "bc/user/r%u", "bc/user/s%u/sent/+/+" },
        { "r%u", NULL, "bc/user/r%u/inbox/+/+" }, 1 },
    [BC_GROUP] = { { "m0", "bc/group/g%u", NULL }, { "m%u", NULL, "bc/group/g%u/messages/+/+" },
        0 },
    [BC_FAN] = { { "m0", "plain/g%u", NULL }, { "m%u", NULL, "plain/g%u" }, 0 },
    [BC_CROWD] = { { BC_CROWD_NAME, "bc/user/", "bc/user/" BC_CROWD_NAME "/sent/+/+" },
        { NULL, NULL, NULL }, 1 },
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void fill(char *text, size_t size, const char *format, uint32_t number)
{
    (void)snprintf(text, size, format, number);
}
#pragma GCC diagnostic pop

/* Add a connection; ${number} is in its user's name, ${about} in its topics. */
static void add_peer(struct bc_traffic *traffic, const struct bc_role *role, uint32_t number,
    uint32_t about, bool checks, uint8_t qos)
{
    struct bc_peer *peer = &traffic->peers[traffic->count];
    const struct bc_options *options = &traffic->options;
    uint32_t port = options->port;
    char user[32];
    char id[64];
    char filter[FILTER_SIZE];

    *peer = (struct bc_peer){
        .traffic = traffic, .stream = about, .sends = role->topic != NULL, .checks = checks
    };
    fill(user, sizeof(user), role->user, number);
    (void)snprintf(id, sizeof(id), "load-%u-%s", traffic->count, user);
    if (!peer->sends && options->receivers_port != 0) {
        port = options->receivers_port;
    }
    bc_mqtt_connect(&peer->mqtt, (uint16_t)port, options->v5, id, user, NULL);
    if (peer->sends) {
        fill(peer->topic, sizeof(peer->topic), role->topic, about);
        traffic->senders++;
    }
    if (checks) {
        fill(filter, sizeof(filter), role->filter, about);
        bc_mqtt_subscribe(&peer->mqtt, filter, qos);
    }
    traffic->count++;
}

/* What the answers to a receiver's commands say. */
static void note_ok(void *context, const struct bc_mqtt_packet *packet)
{
    static const char ok[] = "{\"ok\":true";
    bool *answered = context;

    if (packet->type != BC_MQTT_PUBLISH) {
        return;
    }
    if (packet->payload.len < strlen(ok) || memcmp(packet->payload.data, ok, strlen(ok)) != 0) {
        bc_die(
            "a command failed: %.*s", (int)packet->payload.len, (const char *)packet->payload.data);
    }
    *answered = true;
}

/* The receiver of a pair makes its sender a contact, and the other way round. */
static void make_contact(struct bc_peer *peer, char other)
{
    bool answered = false;
    char json[64];

    (void)snprintf(json, sizeof(json), "{\"user\":\"%c%u\"}", other, peer->stream);
    bc_mqtt_publish(&peer->mqtt, bc_bytes_text("bc/do/add-contact"), bc_bytes_text(json));
    bc_mqtt_flush(&peer->mqtt);
    while (!answered) {
        bc_mqtt_read(&peer->mqtt, note_ok, &answered);
    }
    bc_mqtt_flush(&peer->mqtt);
}

static void open_pairs(struct bc_traffic *traffic)
{
    const struct bc_options *options = &traffic->options;

    for (uint32_t i = 0; i < options->peers; i++) {
        add_peer(traffic, &roles[options->pattern].sender, i, i, options->sent, 1);
        add_peer(traffic, &roles[options->pattern].receiver, i, i, true, 1);
        if (options->pattern == BC_USER) {
            make_contact(&traffic->peers[traffic->count - 2], 'r');
            make_contact(&traffic->peers[traffic->count - 1], 's');
        }
    }
    traffic->checkers = options->sent ? 2 : 1;
}

static void open_fan(struct bc_traffic *traffic)
{
    const struct bc_options *options = &traffic->options;

    add_peer(traffic, &roles[options->pattern].sender, 0, options->peers, false, 0);
    for (uint32_t i = 0; i < options->peers; i++) {
        add_peer(traffic, &roles[options->pattern].receiver, i, options->peers, true, 0);
    }
    traffic->checkers = options->peers;
}

/*
 * The n-th busiest user has 1/n of the busiest one's traffic. The senders stand at even steps of
 * all of it, so that most are of the few busy ones, and the quiet ones are there as well.
 */
static void open_crowd(struct bc_traffic *traffic)
{
    const struct bc_options *options = &traffic->options;
    uint32_t next = 0;

    prepare_crowd(traffic);
    for (uint32_t i = 0; i < options->peers; i++) {
        uint32_t rank = (uint32_t)pow(options->users, (i + 0.5) / options->peers) - 1;
        uint32_t user;

        rank = rank > next ? rank : next;
        next = rank + 1;
        user = bc_ranked_user(options->users, rank);
        add_peer(traffic, &roles[BC_CROWD].sender, user, user, true, 1);
    }
    traffic->checkers = 1;
}

void bc_traffic_open(struct bc_traffic *traffic, const struct bc_options *options)
{
    uint64_t now = bc_now_ns();

    *traffic = (struct bc_traffic){
        .options = *options, .run = (uint32_t)(now ^ (uint64_t)getpid() << 20), .random = now | 1
    };
    traffic->peers = calloc(2 * (size_t)options->peers + 1, sizeof(*traffic->peers));
    if (traffic->peers == NULL) {
        bc_die("out of memory");
    }
    switch (options->pattern) {
    case BC_PLAIN:
    case BC_USER:
        open_pairs(traffic);
        break;
    case BC_GROUP:
    case BC_FAN:
        open_fan(traffic);
        break;
    case BC_CROWD:
        open_crowd(traffic);
        break;
    }
}

/* ---- the result ---- */

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void bc_traffic_sort(struct bc_traffic *traffic)
{
    if (traffic->latencies.count > 0) {
        qsort(traffic->latencies.us, traffic->latencies.count, sizeof(uint32_t), by_value);
    }
}

uint32_t bc_traffic_latency(const struct bc_traffic *traffic, double part)
{
    const struct bc_latencies *all = &traffic->latencies;
    size_t at = (size_t)(part * (double)all->count);

    if (all->count == 0) {
        return 0;
    }
    return all->us[at < all->count ? at : all->count - 1];
}

void bc_traffic_close(struct bc_traffic *traffic)
{
    for (uint32_t i = 0; i < traffic->count; i++) {
        bc_mqtt_close(&traffic->peers[i].mqtt);
    }
    free(traffic->peers);
    free(traffic->latencies.us);
    free(traffic->zipf);
}
