/*
 * JSON at the border: what clients send is checked and read once (json.c); what they get is built
 * with these (json_build.c and others). cJSON does the work; the checks are for what it lets
 * through.
 */
#ifndef BC_BROKER_PLUGIN_JSON_H
#define BC_BROKER_PLUGIN_JSON_H

#include <cjson/cJSON.h>

#include "broker-plugin/outbox.h"
#include "messaging/deliver.h"

/* The deepest nesting that is read; the outermost object is 1. */
#define BC_JSON_DEPTH 8

/*
 * The most characters outside of strings, without spaces, a number counting as one: what a value
 * takes in memory is many times its text, and no command needs more.
 */
#define BC_JSON_STRUCTURE_MAX (8 * 1024)

/**
 * bc_json_parse(text, why):
 * Read ${text} as one JSON object; no bytes at all are an empty one. NULL if it isn't that, with
 * *${why} a static sentence: ill-formed JSON or UTF-8, U+0000 in any form, a control character in a
 * string, nesting over BC_JSON_DEPTH, more than BC_JSON_STRUCTURE_MAX.
 * Memory: to be freed with cJSON_Delete().
 */
cJSON *bc_json_parse(struct bc_bytes text, const char **why);

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

/* Builders: false without memory. */
bool bc_json_add_bytes(cJSON *object, const char *name, struct bc_bytes text);
bool bc_json_add_id(cJSON *object, const char *name, uint64_t id);
bool bc_json_add_number(cJSON *object, const char *name, uint64_t number);
bool bc_json_add_base64(cJSON *object, const char *name, struct bc_bytes bytes);

/* ${bytes} as a JSON string; NULL without memory. They are UTF-8 without U+0000. */
cJSON *bc_json_string(struct bc_bytes bytes);

/* The words of the setting `group-invites`, by enum bc_group_invites. */
#define BC_JSON_INVITES 3
extern const char *const bc_json_invites[BC_JSON_INVITES];

/* The word of the setting `who-can-message`. */
const char *bc_json_audience(const struct bc_settings *settings);

/* The settings, under the names of the command `settings`. */
bool bc_json_add_settings(cJSON *object, const struct bc_settings *settings);

/*
 * A message as protocol section 5 has it, in the state that it has for the user who asks; without
 * its payload if ${omit_payload}.
 */
bool bc_json_add_message(cJSON *object, const struct bc_message *message,
    enum bc_message_state state, bool omit_payload);

/* Add the `preview` of ${message} if it is a text or a link: its first 120 bytes. */
bool bc_json_add_preview(cJSON *object, const struct bc_message *message);

/* The id that the JSON of an event begins with; 0 if ${payload} begins otherwise. */
uint64_t bc_json_event_id(struct bc_bytes payload);

/* The name of an event, and all that it tells (protocol section 6). */
const char *bc_json_event_name(enum bc_event_type type);
bool bc_json_add_event(cJSON *object, const struct bc_event *event);

/*
 * What ${event} tells, for another format than JSON: the rest is empty. A group's event keeps its
 * group, which live ones have in their topic.
 */
struct bc_event bc_json_event_told(const struct bc_event *event);

/* `reactions` to a message, as protocol section 5 has them; false also if a name can't be read. */
bool bc_json_add_reactions(
    cJSON *object, const struct bc_view *view, const struct bc_reactions *reactions);

/* Print ${json} as ${publication}'s payload; false without memory. */
bool bc_json_payload(struct bc_publication *publication, const cJSON *json);

#endif
