/* The table of options, for the files that read and print them. */
#ifndef BC_SETTINGS_OPTION_TABLE_H
#define BC_SETTINGS_OPTION_TABLE_H

#include "settings/option.h"

/* What an option takes, and so what its field of struct bc_options is. */
enum bc_takes {
    TAKES_DIRECTORY, /* char *: an absolute path */
    TAKES_FILE,      /* char *: an absolute path; none by default */
    TAKES_USERS,  /* an array of char, which has room for them: names, separated by spaces; none by
                     default */
    TAKES_USER,   /* char *: a name; none by default */
    TAKES_TEXT,   /* char *: anything; none by default */
    TAKES_PREFIX, /* char *: what bc_topics_init() takes */
    TAKES_WORD,   /* an enum: one of ${words} */
    TAKES_KINDS,  /* uint32_t: kinds, separated by commas */
    TAKES_NUMBER  /* uint8_t, uint32_t or uint64_t: ${min} to ${max} */
};

struct bc_option {
    const char *name;
    enum bc_takes takes;
    bool limit; /* may stand in limits_file too */
    uint64_t min;
    uint64_t max;
    const char *fallback; /* the default, written as a value; NULL: the option is required */
    const char *const *words;
    size_t offset;
    size_t size;
    const char *sentence;
};

/* Room in arrays that have a place for each option. */
#define BC_OPTIONS_MAX 64

extern const struct bc_option bc_option_table[];
extern const size_t bc_option_count;

#endif
