/*
 * A plugin that does only what `durability publish` can't do without: one write to a preallocated
 * file and one fdatasync for each publish, before it is acknowledged. How much of its rate the real
 * plugin reaches tells what that one costs beside the disk.
 */
#include <string.h>
#include <unistd.h>

#include "bench/durable.h"
#include "broker-plugin/broker/broker_api.h"

#define ENTRY_POINT __attribute__((visibility("default")))

static int file = -1;

static int on_message(int event, void *event_data, void *context)
{
    (void)event;
    (void)event_data;
    (void)context;
    return durable_write(file) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ERRNO;
}

ENTRY_POINT int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    (void)supported_version_count;
    (void)supported_versions;
    return 5;
}

ENTRY_POINT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **user_data,
    struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    if (option_count != 1 || strcmp(options[0].key, "file") != 0) {
        return MOSQ_ERR_INVAL;
    }
    file = durable_file(options[0].value);
    if (file < 0) {
        return MOSQ_ERR_ERRNO;
    }
    return mosquitto_callback_register(identifier, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
}

ENTRY_POINT int mosquitto_plugin_cleanup(
    void *user_data, struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    (void)options;
    (void)option_count;
    return close(file) == 0 ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ERRNO;
}
