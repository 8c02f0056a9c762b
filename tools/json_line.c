/* Lines of JSON. A field that memory is short for makes the line a failure. */
#include "tools/json_line.h"

#include <stdio.h>
#include <stdlib.h>

#include "messaging/id.h"
#include "messaging/kind.h"
#include "messaging/shown.h"
#include "messaging/text.h"
#include "json/base64.h"

static const char failed[] = "failed"; /* the name of a field that marks the line */

static void add(cJSON *line, const char *name, cJSON *value)
{
    if (line == NULL) {
        cJSON_Delete(value);
    } else if (value == NULL || !cJSON_AddItemToObject(line, name, value)) {
        cJSON_Delete(value);
        (void)cJSON_AddNullToObject(line, failed);
    }
}

cJSON *bc_json_line(const char *type)
{
    cJSON *line = cJSON_CreateObject();

    add(line, "type", cJSON_CreateString(type));
    return line;
}

void bc_json_line_text(cJSON *line, const char *name, struct bc_bytes text)
{
    char *copy;

    if (text.len == 0) {
        return;
    }
    copy = strndup((const char *)text.data, text.len);
    add(line, name, copy != NULL ? cJSON_CreateString(copy) : NULL);
    free(copy);
}

void bc_json_line_id(cJSON *line, const char *name, uint64_t id)
{
    char text[BC_ID_HEX_LENGTH + 1];

    if (id != 0) {
        bc_id_format(id, text);
        add(line, name, cJSON_CreateString(text));
    }
}

void bc_json_line_ids(cJSON *line, const char *name, const uint64_t *ids, size_t count)
{
    cJSON *array = count > 0 ? cJSON_CreateArray() : NULL;
    bool added = array != NULL;

    if (count == 0) {
        return;
    }
    for (size_t i = 0; added && i < count; i++) {
        char text[BC_ID_HEX_LENGTH + 1];

        bc_id_format(ids[i], text);
        added = cJSON_AddItemToArray(array, cJSON_CreateString(text));
    }
    if (!added) {
        cJSON_Delete(array);
        array = NULL;
    }
    add(line, name, array);
}

void bc_json_line_number(cJSON *line, const char *name, uint64_t number)
{
    add(line, name, cJSON_CreateNumber((double)number));
}

void bc_json_line_flag(cJSON *line, const char *name, bool flag)
{
    add(line, name, cJSON_CreateBool(flag));
}

void bc_json_line_base64(cJSON *line, const char *name, struct bc_bytes bytes)
{
    char *base64;

    if (bytes.len == 0) {
        return;
    }
    base64 = bc_base64_encode(bytes);
    add(line, name, base64 != NULL ? cJSON_CreateString(base64) : NULL);
    free(base64);
}

void bc_json_line_payload(cJSON *line, struct bc_bytes payload)
{
    if (bc_text_is_string(payload)) {
        bc_json_line_text(line, "payload", payload);
    } else {
        bc_json_line_base64(line, "payload-base64", payload);
    }
}

void bc_json_line_message(cJSON *line, const struct bc_message *message)
{
    bc_json_line_id(line, "id", message->id);
    bc_json_line_text(line, "from", message->from);
    bc_json_line_text(line, "to", message->to);
    bc_json_line_text(line, "group", message->group);
    bc_json_line_number(line, "time", bc_id_time(message->id) - message->ahead_ms);
    bc_json_line_text(line, "kind", bc_bytes_text(bc_kind_name(message->kind)));
    bc_json_line_text(line, "content-type", message->content_type);
    bc_json_line_text(line, "msgid", message->msgid);
    bc_json_line_id(line, "reply-to", message->reply_to);
    if (message->kind == BC_ERASED) {
        bc_json_line_flag(line, "erased", true);
    } else {
        bc_json_line_payload(line, message->payload);
    }
}

/* As JSON has it: \u and four digits, twice above U+FFFF. */
static bool put_escaped(FILE *out, uint32_t character)
{
    if (character < 0x10000) {
        return fprintf(out, "\\u%04x", (unsigned)character) > 0;
    }
    character -= 0x10000;
    return fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + (character >> 10)),
               (unsigned)(0xDC00 + (character & 0x3FF))) > 0;
}

/*
 * Print ${text}, which is JSON, with everything escaped that a terminal could obey or nobody can
 * see: cJSON escapes what JSON has to.
 */
static bool put_text(FILE *out, const char *text)
{
    struct bc_bytes rest = bc_bytes_text(text);
    bool good = true;

    while (good && rest.len > 0) {
        uint32_t character = 0;
        bool hidden = false;
        size_t len = bc_shown_next(rest, &character, &hidden);

        if (len == 0) {
            len = 1;
            good = put_escaped(out, 0xFFFD);
        } else {
            good = hidden ? put_escaped(out, character) : fwrite(rest.data, 1, len, out) == len;
        }
        rest = bc_bytes(rest.data + len, rest.len - len);
    }
    return good && putc('\n', out) == '\n';
}

bool bc_json_line_write(FILE *out, cJSON *line)
{
    bool good = line != NULL && cJSON_GetObjectItemCaseSensitive(line, failed) == NULL;
    char *text = good ? cJSON_PrintUnformatted(line) : NULL;

    good = text != NULL && put_text(out, text);
    free(text);
    cJSON_Delete(line);
    return good;
}

bool bc_json_line_print(cJSON *line)
{
    return bc_json_line_write(stdout, line);
}
