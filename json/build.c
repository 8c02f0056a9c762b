/* JSON that is built, with cJSON. */
#include <stdlib.h>
#include <string.h>

#include "messaging/id.h"
#include "json/base64.h"
#include "json/json.h"

cJSON *bc_json_string(struct bc_bytes bytes)
{
    char *text = malloc(bytes.len + 1);
    cJSON *string = NULL;

    if (text != NULL) {
        if (bytes.len > 0) {
            memcpy(text, bytes.data, bytes.len);
        }
        text[bytes.len] = '\0';
        string = cJSON_CreateString(text);
    }
    free(text);
    return string;
}

/* Add ${item}, which may be NULL for want of memory, and is freed if it can't be added. */
static bool add_item(cJSON *object, const char *name, cJSON *item)
{
    if (item == NULL || !cJSON_AddItemToObject(object, name, item)) {
        cJSON_Delete(item);
        return false;
    }
    return true;
}

bool bc_json_add_bytes(cJSON *object, const char *name, struct bc_bytes text)
{
    return add_item(object, name, bc_json_string(text));
}

bool bc_json_add_id(cJSON *object, const char *name, uint64_t id)
{
    char text[BC_ID_HEX_LENGTH + 1];

    bc_id_format(id, text);
    return cJSON_AddStringToObject(object, name, text) != NULL;
}

bool bc_json_add_number(cJSON *object, const char *name, uint64_t number)
{
    return cJSON_AddNumberToObject(object, name, (double)number) != NULL;
}

/* Nothing in base64 is escaped in JSON: it is printed as it is. */
bool bc_json_add_base64(cJSON *object, const char *name, struct bc_bytes bytes)
{
    char *base64 = bc_base64_encode(bytes);
    size_t len = base64 != NULL ? strlen(base64) : 0;
    char *quoted = base64 != NULL ? malloc(len + 3) : NULL;
    bool good;

    if (quoted != NULL) {
        quoted[0] = quoted[len + 1] = '"';
        memcpy(quoted + 1, base64, len);
        quoted[len + 2] = '\0';
    }
    good = quoted != NULL && cJSON_AddRawToObject(object, name, quoted) != NULL;
    free(quoted);
    free(base64);
    return good;
}
