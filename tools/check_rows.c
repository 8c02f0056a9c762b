/* What the families have in common: walks over rows, and problems. */
#include "tools/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "messaging/shown.h"

#define KEY_SHOWN 24 /* bytes of a key */

void bc_check_problem(struct bc_check *check, const char *format, ...)
{
    char line[1024];
    char shown[1024];
    va_list arguments;

    check->problems++;
    check->shown++;
    if (check->shown > BC_CHECK_SHOWN_MAX) {
        return;
    }
    bc_progress_end(&check->progress);
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    printf("%s: %s\n", check->family, bc_shown_line(line, shown, sizeof(shown)));
}

/* ${key} in hex, as far as it fits. */
static const char *hex(struct bc_bytes key, char text[2 * KEY_SHOWN + 4])
{
    size_t shown = key.len < KEY_SHOWN ? key.len : KEY_SHOWN;

    for (size_t i = 0; i < shown; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", key.data[i]);
    }
    (void)snprintf(text + 2 * shown, 4, "%s", key.len > shown ? "..." : "");
    return text;
}

static void problem_of_row(struct bc_check *check, struct bc_bytes key, const char *what)
{
    char text[2 * KEY_SHOWN + 4];

    bc_check_problem(check, "%s: row %s: %s", bc_table_name(check->table), hex(key, text), what);
}

static enum bc_error take_row(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value, bc_check_row_fn *fn)
{
    struct bc_key_parts parts;
    struct bc_value read;
    enum bc_error error = bc_key_read(check->table, key, &parts);

    if (error == BC_OK) {
        error = bc_value_read(check->table, value, &read);
    }
    if (error != BC_OK) {
        check->malformed = true;
        bc_check_problem(check, "%s: a row has a key of %zu bytes and a value of %zu",
            bc_table_name(check->table), key.len, value.len);
        return BC_OK;
    }
    return fn(check, &parts, &read);
}

enum bc_error bc_check_rows(struct bc_check *check, enum bc_table table, bc_check_row_fn *fn)
{
    struct bc_walk walk = { .tables = check->tables, .table = table, .start = bc_key_least() };
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error;

    check->table = table;
    for (;;) {
        key = bc_bytes(NULL, 0);
        error = bc_walk_next(&walk, &key, &value);
        if (error != BC_OK && (error != BC_DAMAGED || key.data == NULL)) {
            break;
        }
        error = error == BC_OK ? take_row(check, key, value, fn) : error;
        if (error == BC_NOTFOUND) {
            problem_of_row(check, key, "a row that it needs is missing");
        } else if (error == BC_DAMAGED) {
            problem_of_row(check, key, "it, or a row that it needs, fails its checksum");
        } else if (error != BC_OK) {
            return error;
        }
        bc_progress_at(&check->progress, ++check->rows);
    }
    return bc_or_nothing(error);
}

enum bc_error bc_check_has(struct bc_check *check, enum bc_table table, const struct bc_key *key,
    const struct bc_value *value, const char *what)
{
    char text[2 * KEY_SHOWN + 4];
    struct bc_value_bytes bytes = bc_value_write(table, value);
    struct bc_bytes found;
    enum bc_error error = bc_tables_get(check->tables, table, key, &found);

    if (error == BC_NOTFOUND ||
        (error == BC_OK && !bc_bytes_equal(found, bc_bytes(bytes.bytes, bytes.len)))) {
        bc_check_problem(check, "%s: row %s: it is %s: %s", bc_table_name(table),
            hex(bc_key_bytes(key), text),
            error == BC_NOTFOUND ? "missing" : "another than it should be", what);
        return BC_OK;
    }
    return error;
}

bool bc_check_user(struct bc_check *check, uint32_t user)
{
    if (user == 0 || user > check->users) {
        bc_check_problem(check, "%s: there is no user %u", bc_table_name(check->table), user);
        return false;
    }
    return true;
}

bool bc_check_group(struct bc_check *check, uint32_t group)
{
    if (group == 0 || group > check->groups) {
        bc_check_problem(check, "%s: there is no group %u", bc_table_name(check->table), group);
        return false;
    }
    return true;
}

enum bc_error bc_check_user_name(struct bc_check *check, uint32_t number, struct bc_bytes *name)
{
    struct bc_user_row row;
    enum bc_error error = bc_codec_get_user(check->tables, number, &check->other, &row);

    *name = error == BC_OK ? row.name : bc_bytes(NULL, 0);
    return error;
}

enum bc_error bc_check_group_name(struct bc_check *check, uint32_t number, struct bc_bytes *name)
{
    struct bc_group row;
    enum bc_error error = bc_codec_get_group(check->tables, number, &check->other, &row);

    *name = error == BC_OK ? row.name : bc_bytes(NULL, 0);
    return error;
}
