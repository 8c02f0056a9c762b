/* What every part of the plugin asks: the time, the log, who a client is. */
#include "broker-plugin/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "messaging/shown.h"
#include "messaging/text.h"

#define TELL_AGAIN_MS 60000

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The time that passes goes on while the machine sleeps, as its clock does. */
uint64_t bc_plugin_passed(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

uint64_t bc_plugin_now(const struct bc_plugin *plugin)
{
    return bc_clock_read(plugin->clock, read_clock(CLOCK_REALTIME), bc_plugin_passed());
}

uint64_t bc_plugin_ahead(const struct bc_plugin *plugin)
{
    uint64_t id_ms = bc_id_time(plugin->ids.newest);
    uint64_t now_ms = bc_plugin_now(plugin);

    return id_ms > now_ms ? id_ms - now_ms : 0;
}

uint64_t bc_plugin_cursor(struct bc_plugin *plugin)
{
    if (plugin->replica != NULL) { /* which draws an id for each row, and so is never ahead */
        return bc_id_at(bc_id_time(plugin->ids.newest)) - 1;
    }
    return bc_id_cursor(&plugin->ids, bc_plugin_now(plugin));
}

void bc_plugin_tell_of_clock(struct bc_plugin *plugin)
{
    const struct bc_clock *clock = plugin->clock;
    const char *way = clock->leap_ms < 0 ? "back" : "forward";
    long long seconds = (clock->leap_ms < 0 ? -clock->leap_ms : clock->leap_ms) / 1000;
    enum bc_clock_news news = clock->news;

    plugin->clock->news = BC_CLOCK_NOTHING;
    switch (news) {
    case BC_CLOCK_NOTHING:
        break;
    case BC_CLOCK_LEAPT:
        bc_plugin_log(MOSQ_LOG_WARNING,
            "the clock has leapt %s by %lld s: it is not believed before it has stayed there for "
            "ten minutes; until then times go on from before",
            way, seconds);
        break;
    case BC_CLOCK_RETURNED:
        bc_plugin_log(MOSQ_LOG_NOTICE, "the clock is back: its leap was never believed");
        break;
    case BC_CLOCK_BELIEVED:
        bc_plugin_log(MOSQ_LOG_WARNING,
            "the clock has leapt %s by %lld s and stayed there: it is believed from now on", way,
            seconds);
        break;
    }
}

void bc_plugin_log_line(void *context, bool warning, const char *line)
{
    (void)context;
    bc_plugin_log(warning ? MOSQ_LOG_WARNING : MOSQ_LOG_NOTICE, "%s", line);
}

bool bc_plugin_tells(struct bc_plugin *plugin, enum bc_rare_line line)
{
    uint64_t now_ms = bc_plugin_now(plugin);
    uint64_t *told_ms = &plugin->told_ms[line];
    /* A clock that is set back is no reason to be silent. */
    bool tells = *told_ms == 0 || now_ms < *told_ms || now_ms - *told_ms >= TELL_AGAIN_MS;

    if (tells) {
        *told_ms = now_ms;
    }
    return tells;
}

void bc_plugin_log(int level, const char *format, ...)
{
    char line[1024];
    char shown[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    mosquitto_log_printf(level, "Backchannel: %s", bc_shown_line(line, shown, sizeof(shown)));
}

void bc_plugin_tell_request(
    const struct bc_plugin *plugin, struct bc_bytes user, const char *does, const char *what)
{
    char shown[BC_SHOWN_NAME_MAX];

    if (plugin->tells_requests) {
        bc_plugin_log(MOSQ_LOG_INFO, "%s %s %s", bc_shown(user, shown, sizeof(shown)), does, what);
    }
}

struct bc_bytes bc_plugin_user(const struct mosquitto *client)
{
    struct bc_bytes name = bc_bytes_text(mosquitto_client_username(client));

    return bc_text_is_user(name) ? name : bc_bytes(NULL, 0);
}

void bc_plugin_kick(struct bc_bytes user)
{
    char text[BC_NAME_MAX + 1];

    (void)snprintf(text, sizeof(text), "%.*s", (int)user.len, (const char *)user.data);
    (void)mosquitto_kick_client_by_username(text, false);
}
