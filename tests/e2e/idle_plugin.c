/* A plugin that takes part in nothing, for what ours says of others beside it. */
#include <stddef.h>

#include "broker-plugin/broker/broker_api.h"

#define ENTRY_POINT __attribute__((visibility("default")))

ENTRY_POINT int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    (void)supported_version_count;
    (void)supported_versions;
    return MOSQ_PLUGIN_VERSION;
}

ENTRY_POINT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **user_data,
    struct mosquitto_opt *options, int option_count)
{
    (void)identifier;
    (void)options;
    (void)option_count;
    *user_data = NULL;
    return MOSQ_ERR_SUCCESS;
}

ENTRY_POINT int mosquitto_plugin_cleanup(
    void *user_data, struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    (void)options;
    (void)option_count;
    return MOSQ_ERR_SUCCESS;
}
