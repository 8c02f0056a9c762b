/*
 * A command's arguments, as they are read: the first that is wrong is remembered, and is what the
 * client is told.
 */
#ifndef BC_BROKER_PLUGIN_ARGUMENTS_H
#define BC_BROKER_PLUGIN_ARGUMENTS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "messaging/bytes.h"

/* A command's arguments. Reading remembers the first that is wrong, and goes on. */
struct bc_arguments {
    const cJSON *object;
    char sentence[160]; /* what is wrong and with which; empty if nothing */
};

/* Is the argument ${name} given? */
bool bc_arguments_has(const struct bc_arguments *arguments, const char *name);

/* Remember that ${name} is wrong: "<name> <what>.". */
void bc_arguments_wrong(struct bc_arguments *arguments, const char *name, const char *what);

/* Remember that ${name} is missing, if it isn't given. */
void bc_arguments_need(struct bc_arguments *arguments, const char *name);

/* Is nothing that was read so far wrong? */
bool bc_arguments_good(const struct bc_arguments *arguments);

/*
 * The argument ${name}: what is said for it if it isn't given. A wrong type, a number that is out
 * of ${low} to ${high} or isn't whole, a text that isn't an id, is remembered as wrong, with the
 * absent value returned. Texts borrow from the object.
 */
struct bc_bytes bc_arguments_text(struct bc_arguments *arguments, const char *name);
bool bc_arguments_flag(struct bc_arguments *arguments, const char *name, bool absent);
uint32_t bc_arguments_number(
    struct bc_arguments *arguments, const char *name, uint32_t low, uint32_t high, uint32_t absent);
uint64_t bc_arguments_id(struct bc_arguments *arguments, const char *name, uint64_t absent);

/* The index of the argument's text in words[0..${count}); 0 if it isn't given. */
unsigned bc_arguments_word(
    struct bc_arguments *arguments, const char *name, const char *const *words, unsigned count);

/* The same of an argument that has to be given; words[0] is none of its words, but stands for none.
 */
unsigned bc_arguments_needed_word(
    struct bc_arguments *arguments, const char *name, const char *const *words, unsigned count);

#endif
