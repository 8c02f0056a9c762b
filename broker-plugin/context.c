/* What every part of the plugin asks: the time, the log, who a client is. */
#include "broker-plugin/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "messaging/shown.h"
#include "messaging/text.h"

uint64_t bc_plugin_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
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

struct bc_bytes bc_plugin_user(const struct mosquitto *client)
{
    struct bc_bytes name = bc_bytes_text(mosquitto_client_username(client));

    return bc_text_is_user(name) ? name : bc_bytes(NULL, 0);
}
