/* The file of the option `limits_file`: limits that can change while the broker runs. */
#ifndef BC_SETTINGS_LIMITS_FILE_H
#define BC_SETTINGS_LIMITS_FILE_H

#include "settings/option.h"

/* How the file is read, and who is told what is wrong with it. */
struct bc_limits_file {
    const char *path;
    const struct bc_options *base; /* what holds for limits that the file doesn't name */
    uint32_t message_room; /* message_max_bytes can't be more than this; see bc_store_options */
    /* Takes a line that says where what is wrong. Returns whether to look for more of it. */
    bool (*wrong)(void *context, const char *line);
    void *context;
};

/**
 * bc_limits_file_read(file, options):
 * Set the limits in *${options} to what the file says, and those that it doesn't name to what
 * ${file}->base has. If an entry is wrong, it is told of, and nothing changes: half a file might
 * loosen what its other half was to hold. So it is if the file can't be read at all. Of many wrong
 * entries the first few are told.
 *
 * The file is lines of a limit's name, white space and its value; what follows a '#', empty lines
 * and a byte order mark at the beginning mean nothing. A name that comes twice is wrong the second
 * time.
 *
 * Returns how often something was wrong.
 */
unsigned bc_limits_file_read(const struct bc_limits_file *file, struct bc_options *options);

#endif
