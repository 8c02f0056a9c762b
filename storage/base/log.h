/* One line to the operator. */
#ifndef BC_STORAGE_BASE_LOG_H
#define BC_STORAGE_BASE_LOG_H

#include <stdbool.h>

/* Says one line to the operator; ${warning} for what should be looked at. */
typedef void (*bc_log_fn)(void *context, bool warning, const char *line);

struct bc_log {
    bc_log_fn fn;
    void *context;
};

/* Say one line, made as printf() does. */
void bc_log_line(const struct bc_log *log, bool warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
