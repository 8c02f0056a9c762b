#include "broker-plugin/storing.h"

#include "broker-plugin/context.h"

#define PAUSE_MS 60000

void bc_storing_outcome(struct bc_storing *storing, enum bc_error error, uint64_t now_ms)
{
    if (error == BC_DAMAGED) {
        return; /* one row is, and who asked was told: others are stored */
    }
    storing->failing = error != BC_OK;
    if (error == BC_OK && storing->told) {
        storing->told = false;
        bc_plugin_log(MOSQ_LOG_NOTICE, "messages and changes are stored again");
    } else if (error != BC_OK && !storing->told && now_ms - storing->told_ms >= PAUSE_MS) {
        storing->told = true;
        storing->told_ms = now_ms;
        bc_plugin_log(MOSQ_LOG_WARNING,
            "messages and changes are refused, since nothing can be "
            "stored: %s",
            bc_error_text(error));
    }
}
