/* Commands as clients write them: JSON, and every way in which arguments are read. */
#include "broker-plugin/arguments.h"
#include "fuzz.h"
#include "messaging/text.h"
#include "json/json.h"

static void read_arguments(cJSON *json)
{
    static const char *const words[] = { "everyone", "contacts" };
    struct bc_arguments arguments = { .object = json };
    const cJSON *item;

    cJSON_ArrayForEach(item, json)
    {
        struct bc_bytes text = bc_arguments_text(&arguments, item->string);

        MUST(bc_text_is_string(text));
        MUST(bc_arguments_has(&arguments, item->string) || arguments.sentence[0] == '\0' ||
             cJSON_IsNull(item));
        (void)bc_arguments_flag(&arguments, item->string, true);
        MUST(bc_arguments_number(&arguments, item->string, 1, 200, 50) - 1 < 200);
        (void)bc_arguments_id(&arguments, item->string, 0);
        MUST(bc_arguments_word(&arguments, item->string, words, 2) < 2);
    }
    MUST(strlen(arguments.sentence) < sizeof(arguments.sentence));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why = NULL;
    cJSON *json = bc_json_parse(bc_bytes(data, size), &why);

    if (json == NULL) {
        MUST(why != NULL);
        return 0;
    }
    MUST(cJSON_IsObject(json));
    read_arguments(json);
    /* What was let in can be printed, and is let in again. */
    char *printed = cJSON_PrintUnformatted(json);
    cJSON *again;

    MUST(printed != NULL);
    again = bc_json_parse(bc_bytes_text(printed), &why);
    MUST(again != NULL);
    cJSON_Delete(again);
    cJSON_free(printed);
    cJSON_Delete(json);
    return 0;
}
