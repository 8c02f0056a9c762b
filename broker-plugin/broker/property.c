/* What is of the counted memory is copied out of it: a few dozen bytes, where there are any. */
#include "broker-plugin/broker/property.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "broker-plugin/broker/broker_api.h"

/* Where the program or library with the function ${name} is in memory, or NULL. */
static const void *home(const char *name)
{
    const void *function = dlsym(RTLD_DEFAULT, name);
    Dl_info info = { .dli_fbase = NULL };

    return function != NULL && dladdr(function, &info) != 0 ? info.dli_fbase : NULL;
}

bool bc_property_counted(void)
{
    const void *reads = home("mosquitto_property_read_string");

    return reads != NULL && reads == home("mosquitto_free");
}

/* ${len} bytes of the broker's and a NUL, of malloc(); NULL without memory. Frees ${given}. */
static void *own(void *given, size_t len, bool counted)
{
    char *copy;

    if (given != NULL && !counted) {
        return given; /* a string of malloc() already */
    }
    copy = malloc(len + 1);
    if (copy != NULL) {
        if (given != NULL && len > 0) {
            memcpy(copy, given, len);
        }
        copy[len] = '\0';
    }
    if (counted) {
        mosquitto_free(given);
    }
    return copy;
}

static char *own_text(char *given, bool counted)
{
    return own(given, given != NULL ? strlen(given) : 0, counted);
}

bool bc_property_string(
    const mosquitto_property *properties, int identifier, bool counted, char **value)
{
    *value = NULL;
    if (mosquitto_property_read_string(properties, identifier, value, false) == NULL) {
        return false;
    }
    *value = own_text(*value, counted);
    return *value != NULL;
}

bool bc_property_pair(const mosquitto_property *properties, bool counted, char **name, char **value)
{
    *name = NULL;
    *value = NULL;
    if (mosquitto_property_read_string_pair(
            properties, MQTT_PROP_USER_PROPERTY, name, value, false) == NULL) {
        return false;
    }
    *name = own_text(*name, counted);
    *value = own_text(*value, counted);
    if (*name != NULL && *value != NULL) {
        return true;
    }
    free(*name);
    free(*value);
    *name = NULL;
    *value = NULL;
    return false;
}

bool bc_property_binary(
    const mosquitto_property *properties, int identifier, bool counted, void **value, uint16_t *len)
{
    *value = NULL;
    *len = 0;
    if (mosquitto_property_read_binary(properties, identifier, value, len, false) == NULL) {
        return false;
    }
    *value = own(*value, *len, counted);
    return *value != NULL;
}
