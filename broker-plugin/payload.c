#include "broker-plugin/payload.h"

#include <string.h>

bool bc_json_payload(struct bc_publication *publication, const cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);

    if (text == NULL) {
        return false;
    }
    publication->payload = mosquitto_strdup(text);
    publication->payload_len = (uint32_t)strlen(text);
    cJSON_free(text);
    return publication->payload != NULL;
}
