/* The load generator's command line. */
#include "bench/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mqtt.h"
#include "bench/traffic.h"

static const char usage[] =
    "usage: load --pattern plain|user|group|fan|crowd --port N --conf FILE [option]...\n"
    "\n"
    "Starts a broker with the configuration FILE, sends messages at QoS 1 and sees that each\n"
    "arrives exactly once and in order, ends the broker, and prints what that took.\n"
    "\n"
    "  --peers N      pairs of one sender and one receiver; receivers of group and fan; senders\n"
    "                 of crowd (1)\n"
    "  --window N     messages of one sender that aren't acknowledged, at most (1)\n"
    "  --rate N       instead: messages a second, of all senders, whatever is acknowledged\n"
    "  --seconds N    for how long to send (3)\n"
    "  --messages N   instead: how many\n"
    "  --payload N    bytes of each (200)\n"
    "  --patience N   seconds without any arrival after which the rest is missing (20)\n"
    "  --users N      of the crowd (100000)\n"
    "  --degree N     acquaintances of each (100)\n"
    "  --receivers-port N  the receivers are on another broker, which has the same log\n"
    "  --sent         senders subscribe to what they send: to the echo, or to the plain topic\n"
    "  --v5           MQTT 5 rather than 3.1.1\n"
    "  --awake        clients never sleep: those on other machines cost the broker no waking\n"
    "  --broker NAME  the command that starts a broker (mosquitto)\n"
    "  --log FILE     what the broker says (/dev/null)\n"
    "  --disk NAME    the block device whose writes are counted, as in /proc/diskstats\n";

static const char *const patterns[] = { [BC_PLAIN] = "plain",
    [BC_USER] = "user",
    [BC_GROUP] = "group",
    [BC_FAN] = "fan",
    [BC_CROWD] = "crowd" };

static enum bc_pattern read_pattern(const char *text)
{
    for (int i = 0; i < (int)(sizeof(patterns) / sizeof(*patterns)); i++) {
        if (strcmp(text, patterns[i]) == 0) {
            return (enum bc_pattern)i;
        }
    }
    bc_die("there is no pattern %s", text);
}

static uint32_t read_number(const char *name, const char *text, uint32_t min, uint32_t max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value < min || value > max) {
        bc_die("%s %s is not a number from %u to %u", name, text, min, max);
    }
    return (uint32_t)value;
}

struct bc_options bc_options_read(int argc, char **argv)
{
    struct bc_options o = { .peers = 1,
        .window = 1,
        .seconds = 3,
        .payload = 200,
        .patience = 20,
        .users = 100000,
        .degree = 100,
        .broker = "mosquitto",
        .log = "/dev/null" };
    const struct {
        const char *name;
        uint32_t *value; /* NULL for what isn't a number */
        uint32_t min;
        uint32_t max;
    } numbers[] = { { "--peers", &o.peers, 1, 10000 }, { "--window", &o.window, 1, 250 },
        { "--rate", &o.rate, 1, 1000000 }, { "--seconds", &o.seconds, 1, 86400 },
        { "--payload", &o.payload, BC_PAYLOAD_MIN, BC_PAYLOAD_MAX },
        { "--users", &o.users, 2, 10000000 }, { "--degree", &o.degree, 2, 1000 },
        { "--patience", &o.patience, 1, 3600 },
        { "--receivers-port", &o.receivers_port, 1, UINT16_MAX } };
    static const struct option names[] = { { "peers", 1, NULL, 0 }, { "window", 1, NULL, 1 },
        { "rate", 1, NULL, 2 }, { "seconds", 1, NULL, 3 }, { "payload", 1, NULL, 4 },
        { "users", 1, NULL, 5 }, { "degree", 1, NULL, 6 }, { "patience", 1, NULL, 7 },
        { "receivers-port", 1, NULL, 8 }, { "messages", 1, NULL, 'm' }, { "pattern", 1, NULL, 't' },
        { "port", 1, NULL, 'p' }, { "sent", 0, NULL, 's' }, { "v5", 0, NULL, '5' },
        { "awake", 0, NULL, 'a' }, { "broker", 1, NULL, 'b' }, { "conf", 1, NULL, 'c' },
        { "log", 1, NULL, 'l' }, { "disk", 1, NULL, 'd' }, { "help", 0, NULL, 'h' },
        { NULL, 0, NULL, 0 } };
    int c;

    while ((c = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        switch (c) {
        case 'm':
            o.messages = read_number("--messages", optarg, 1, UINT32_MAX);
            break;
        case 't':
            o.pattern = read_pattern(optarg);
            break;
        case 'p':
            o.port = (uint16_t)read_number("--port", optarg, 1, UINT16_MAX);
            break;
        case 's':
            o.sent = true;
            break;
        case 'a':
            o.awake = true;
            break;
        case '5':
            o.v5 = true;
            break;
        case 'b':
            o.broker = optarg;
            break;
        case 'c':
            o.conf = optarg;
            break;
        case 'l':
            o.log = optarg;
            break;
        case 'd':
            o.disk = optarg;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            exit(0);
        case '?':
            (void)fputs(usage, stderr);
            exit(2);
        default:
            *numbers[c].value =
                read_number(numbers[c].name, optarg, numbers[c].min, numbers[c].max);
        }
    }
    if (o.port == 0 || o.conf == NULL || optind < argc) {
        (void)fputs(usage, stderr);
        exit(2);
    }
    return o;
}
