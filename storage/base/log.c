/* One line to the operator. */
#include "storage/base/log.h"

#include <stdarg.h>
#include <stdio.h>

void bc_log_line(const struct bc_log *log, bool warning, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    log->fn(log->context, warning, line);
}
