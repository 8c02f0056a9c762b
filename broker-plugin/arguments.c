/* A command's arguments. */
#include "broker-plugin/arguments.h"

#include <math.h>
#include <stdio.h>

#include "messaging/id.h"

bool bc_arguments_has(const struct bc_arguments *arguments, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(arguments->object, name) != NULL;
}

void bc_arguments_wrong(struct bc_arguments *arguments, const char *name, const char *what)
{
    if (bc_arguments_good(arguments)) {
        (void)snprintf(arguments->sentence, sizeof(arguments->sentence), "\"%s\" %s.", name, what);
    }
}

void bc_arguments_need(struct bc_arguments *arguments, const char *name)
{
    if (!bc_arguments_has(arguments, name)) {
        bc_arguments_wrong(arguments, name, "is missing");
    }
}

bool bc_arguments_good(const struct bc_arguments *arguments)
{
    return arguments->sentence[0] == '\0';
}

struct bc_bytes bc_arguments_text(struct bc_arguments *arguments, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(arguments->object, name);

    if (item != NULL && !cJSON_IsString(item)) {
        bc_arguments_wrong(arguments, name, "is not a string");
    }
    return item != NULL && cJSON_IsString(item) ? bc_bytes_text(item->valuestring)
                                                : bc_bytes(NULL, 0);
}

bool bc_arguments_flag(struct bc_arguments *arguments, const char *name, bool absent)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(arguments->object, name);

    if (item != NULL && !cJSON_IsBool(item)) {
        bc_arguments_wrong(arguments, name, "is not true or false");
    }
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : absent;
}

uint32_t bc_arguments_number(
    struct bc_arguments *arguments, const char *name, uint32_t low, uint32_t high, uint32_t absent)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(arguments->object, name);
    char what[64];

    if (item == NULL) {
        return absent;
    }
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= low) || !(item->valuedouble <= high) ||
        floor(item->valuedouble) < item->valuedouble) {
        (void)snprintf(what, sizeof(what), "is not a whole number of %u to %u", low, high);
        bc_arguments_wrong(arguments, name, what);
        return absent;
    }
    return (uint32_t)item->valuedouble;
}

uint64_t bc_arguments_id(struct bc_arguments *arguments, const char *name, uint64_t absent)
{
    struct bc_bytes text = bc_arguments_text(arguments, name);
    uint64_t id = absent;

    if (bc_arguments_has(arguments, name) && !bc_id_parse(text, &id)) {
        bc_arguments_wrong(arguments, name, "is not an id of 16 lower-case hex digits");
    }
    return id;
}

unsigned bc_arguments_word(
    struct bc_arguments *arguments, const char *name, const char *const *words, unsigned count)
{
    struct bc_bytes text = bc_arguments_text(arguments, name);

    for (unsigned i = 0; i < count; i++) {
        if (bc_bytes_equal(text, bc_bytes_text(words[i]))) {
            return i;
        }
    }
    if (bc_arguments_has(arguments, name)) {
        bc_arguments_wrong(arguments, name, "is not one of its words");
    }
    return 0;
}

unsigned bc_arguments_needed_word(
    struct bc_arguments *arguments, const char *name, const char *const *words, unsigned count)
{
    unsigned value = bc_arguments_word(arguments, name, words, count);

    bc_arguments_need(arguments, name);
    if (value == 0) {
        bc_arguments_wrong(arguments, name, "is not one of its words");
    }
    return value;
}
