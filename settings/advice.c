#include "settings/advice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "messaging/id.h"
#include "messaging/kind.h"
#include "messaging/shown.h"

#define LINE_MAX_BYTES 512

/* So far ahead of the clock ids may get by themselves: clocks are set back a little now and then.
 */
#define AHEAD_MS 1000

/* With fewer files than this, an operator should know how many clients there can be. */
#define FILES_PLENTY 4096

#define YEAR_MS (365 * BC_DAY_MS)

__attribute__((format(printf, 3, 4))) static void say(
    const struct bc_advice *to, bool warning, const char *format, ...)
{
    char line[LINE_MAX_BYTES + sizeof("moderators:")];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    to->say(to->context, warning, line);
}

/* Who moderates, in as many lines as that takes. */
static void name_moderators(const struct bc_advice *to, const char *moderators)
{
    char line[LINE_MAX_BYTES];
    struct bc_bytes name;
    size_t len = 0;

    while ((name = bc_options_next_name(&moderators)).len > 0) {
        char shown[BC_SHOWN_NAME_MAX];

        (void)bc_shown(name, shown, sizeof(shown));
        if (len + strlen(shown) + sizeof(" ") > sizeof(line)) {
            say(to, false, "moderators:%s", line);
            len = 0;
        }
        len += (size_t)snprintf(line + len, sizeof(line) - len, " %s", shown);
    }
    if (len > 0) {
        say(to, false, "moderators:%s", line);
    }
}

/* Names may have commas in them, and few do. */
static void warn_of_commas(const struct bc_advice *to, const char *moderators)
{
    struct bc_bytes name;

    while ((name = bc_options_next_name(&moderators)).len > 0) {
        if (memchr(name.data, ',', name.len) != NULL) {
            char shown[BC_SHOWN_NAME_MAX];

            say(to, true, "moderators: %s is one user's name, since names are separated by spaces",
                bc_shown(name, shown, sizeof(shown)));
        }
    }
}

static void warn_of_sizes(
    const struct bc_advice *to, const struct bc_broker_config *config, uint32_t largest)
{
    if (config->packet_max > 0 && config->packet_max <= largest) {
        say(to, true,
            "max_packet_size %" PRIu32 " has no room for a message of message_max_bytes, "
            "%" PRIu32 ": who sends one that doesn't fit is disconnected",
            config->packet_max, largest);
    }
    if (config->message_max > 0 && config->message_max < largest) {
        say(to, true,
            "message_size_limit %" PRIu32 " is less than message_max_bytes, %" PRIu32
            ": the broker drops what is larger, and acknowledges it all the same",
            config->message_max, largest);
    }
}

/* Mosquitto 2.0 takes that for a limit when it has refused, and for none when it queues. */
static void warn_of_queues(const struct bc_advice *to, const struct bc_broker_config *config)
{
    if (config->queues_unlimited) {
        say(to, true,
            "max_queued_messages 0: the broker ends the connection of whose publish is refused; "
            "give it a number");
    }
}

/* Mosquitto's default; what a client has on the way beyond it is answered with an error. */
#define INFLIGHT_FEW 20

static void warn_of_inflight(const struct bc_advice *to, const struct bc_broker_config *config)
{
    if (config->inflight_max > 0 && config->inflight_max < INFLIGHT_FEW) {
        say(to, true,
            "max_inflight_messages %" PRIu32 ": a client that has more publishes of QoS 2 on the "
            "way may be told 0x97 of messages that were taken; give it 100",
            config->inflight_max);
    }
}

void bc_advice_limits(const struct bc_advice *to, const struct bc_limits *limits)
{
    if (limits->request_max_bytes > limits->message_max_bytes) {
        say(to, true,
            "request_max_bytes %" PRIu32 " has no effect: it is above message_max_bytes, %" PRIu32,
            limits->request_max_bytes, limits->message_max_bytes);
    }
    for (enum bc_kind kind = BC_TEXT; kind <= BC_BINARY; kind++) {
        if ((limits->request_kinds & ~limits->kinds & BC_KIND_BIT(kind)) != 0) {
            say(to, true, "request_kinds has %s without effect: kinds doesn't have it",
                bc_kind_name(kind));
        }
    }
}

/* "2026-01-31 12:00:00 UTC" */
static const char *date(uint64_t ms, char text[32])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    return gmtime_r(&seconds, &utc) != NULL && strftime(text, 32, "%Y-%m-%d %H:%M:%S UTC", &utc) > 0
               ? text
               : "a time without a date";
}

void bc_advice_time(const struct bc_advice *to, uint64_t id_ms, uint64_t newest_ms, uint64_t now_ms)
{
    char now[32];
    char then[32];

    if (id_ms > now_ms + AHEAD_MS) {
        say(to, true,
            "the newest id is of %s, ahead of the clock, %s: the clock is behind, or was ahead "
            "once. Ids go on from there, and times follow the clock",
            date(id_ms, then), date(now_ms, now));
    } else if (newest_ms != 0 && newest_ms + YEAR_MS < now_ms) {
        say(to, true,
            "the newest id is of %s, a year or more behind the clock, %s: if nothing was stored "
            "for so long, all is well; if not, set the clock before anybody writes",
            date(newest_ms, then), date(now_ms, now));
    }
}

/* At the limit Mosquitto resets whoever connects, without a word. */
static void warn_of_files(const struct bc_advice *to)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_PLENTY) {
        say(to, true,
            "the broker may have %llu files open, which is less than as many clients, and resets "
            "those beyond without a line: raise LimitNOFILE",
            (unsigned long long)files.rlim_cur);
    }
}

void bc_advice_moderators(const struct bc_advice *to, const struct bc_options *options)
{
    name_moderators(to, options->moderators);
    warn_of_commas(to, options->moderators);
}

void bc_advice_config(const struct bc_advice *to, const struct bc_options *options,
    const struct bc_broker_config *config)
{
    if (config->listed > 0 && config->others_first > 0) {
        say(to, true,
            "another plugin line comes before Backchannel's: whatever that plugin allows is open, "
            "reading included, and nothing more is said of it");
    }
    warn_of_sizes(to, config, options->limits.message_max_bytes);
    warn_of_queues(to, config);
    warn_of_inflight(to, config);
    bc_advice_limits(to, &options->limits);
    bc_advice_moderators(to, options);
}

void bc_advice_start(const struct bc_advice *to, const struct bc_options *options,
    const struct bc_broker_config *config)
{
    bc_advice_config(to, options, config);
    warn_of_files(to);
}
