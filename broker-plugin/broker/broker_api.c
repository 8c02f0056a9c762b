/* The broker's version is seen by what it exports. */
#include "broker-plugin/broker/broker_api.h"

#include <dlfcn.h>
#include <stddef.h>

#define SINCE_2_1 "mosquitto_persist_client_add"

bool bc_broker_is_2_1(void)
{
    return dlsym(RTLD_DEFAULT, SINCE_2_1) != NULL;
}
