/* What the commands of `backchannel` say, and how. */
#include "tools/tool.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "messaging/shown.h"

static void put_line(const char *format, va_list arguments)
{
    char line[2 * PATH_MAX];
    char shown[2 * PATH_MAX];

    (void)vsnprintf(line, sizeof(line), format, arguments);
    (void)fprintf(stderr, "backchannel: %s\n", bc_shown_line(line, shown, sizeof(shown)));
}

enum bc_exit bc_tool_failed(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_line(format, arguments);
    va_end(arguments);
    return BC_EXIT_FAILED;
}

void bc_tool_say(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)bc_tool_failed("%s", line);
}

const char *bc_tool_time(uint64_t ms, char text[32])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    if (ms == 0 || gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, 32, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0) {
        return "never";
    }
    return text;
}

const char *bc_tool_as_of(const struct bc_meta *meta, char text[64])
{
    char time[32];

    if (meta->applied == 0) {
        return "none yet: the journal has everything";
    }
    (void)snprintf(text, 64, "fact %" PRIu64 " of %s", meta->applied,
        bc_tool_time(bc_timeline_time(&meta->timeline, meta->newest_id), time));
    return text;
}
