/* Lines for the operator, on standard error, which systemd's journal keeps. */
#ifndef BC_GATEWAY_LOG_H
#define BC_GATEWAY_LOG_H

/* Print one line: the program's name, and what ${format} makes, without control characters. */
__attribute__((format(printf, 1, 2))) void bc_log(const char *format, ...);

#endif
