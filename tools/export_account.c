/* What is kept of a user by themselves: their account, profile, own data, devices, invitations. */
#include "tools/export.h"
#include "json/settings_json.h"

#include "messaging/id.h"
#include "messaging/media.h"
#include "storage/state/row.h"
#include "storage/state/view_inside.h"
#include "tools/json_line.h"

/* ---- the account ---- */

enum bc_error bc_export_account(struct bc_export *export)
{
    struct bc_settings settings;
    uint64_t until_ms = 0;
    cJSON *line;
    enum bc_error error = bc_view_settings(export->view, export->user, &settings);

    if (error == BC_OK) {
        error = bc_view_suspension(export->view, export->user, &until_ms);
    }
    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("account");
    bc_json_line_text(line, "user", export->name);
    bc_json_line_number(line, "as-of", export->counts->time);
    if (until_ms != 0) {
        bc_json_line_number(line, "suspended-until", until_ms);
    }
    if (line == NULL || !bc_json_add_settings(line, &settings)) {
        cJSON_Delete(line);
        return BC_NOMEM;
    }
    return bc_export_put(export, line);
}

/* ---- profiles: the one of now, and those that somebody who is blocked goes on seeing ---- */

typedef enum bc_error profile_fn(struct bc_export *export, const struct bc_profile *profile);

static enum bc_error walk_profiles(struct bc_export *export, profile_fn *take)
{
    struct bc_walk rows = { .tables = export->tables,
        .table = BC_TABLE_PROFILES,
        .start = bc_key_user(export->user),
        .prefix = BC_PREFIX_OWNER };
    struct bc_profile profile;
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    while ((error = bc_row_next(&rows, &key, &value)) == BC_OK) {
        error = bc_view_profile(export->view, key.owner, key.id, &profile);
        if (error == BC_OK) {
            error = take(export, &profile);
        }
        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
    }
    return bc_or_nothing(error);
}

static void name_picture(char name[BC_EXPORT_NAME_MAX], const struct bc_profile *profile)
{
    const struct bc_media *media = bc_media_of(profile->picture);

    bc_export_name(name, "pictures", profile->version,
        bc_bytes_text(media != NULL ? media->content_type : ""));
}

static enum bc_error put_profile(struct bc_export *export, const struct bc_profile *profile)
{
    char name[BC_EXPORT_NAME_MAX];
    uint64_t now;
    bool findable;
    cJSON *line;
    enum bc_error error = bc_view_presence(export->view, export->user, &now, &findable);

    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("profile");
    bc_json_line_id(line, "version", profile->version);
    bc_json_line_flag(line, "current", profile->version == now);
    bc_json_line_number(line, "time", bc_export_time(export, profile->version));
    bc_json_line_text(line, "name", profile->name);
    bc_json_line_text(line, "about", profile->about);
    if (profile->picture.len > 0) {
        name_picture(name, profile);
        bc_json_line_text(line, "file", bc_bytes_text(name));
    }
    return bc_export_put(export, line);
}

static enum bc_error put_picture(struct bc_export *export, const struct bc_profile *profile)
{
    char name[BC_EXPORT_NAME_MAX];

    if (profile->picture.len == 0) {
        return BC_OK;
    }
    name_picture(name, profile);
    return bc_export_file(export, name, profile->picture);
}

enum bc_error bc_export_profiles(struct bc_export *export)
{
    return walk_profiles(export, put_profile);
}

enum bc_error bc_export_pictures(struct bc_export *export)
{
    return walk_profiles(export, put_picture);
}

/* ---- own data ---- */

enum bc_error bc_export_own(struct bc_export *export)
{
    struct bc_own rows[BC_EXPORT_PAGE];
    struct bc_name_part part = { .limit = BC_EXPORT_PAGE, .more = true };
    enum bc_error error = BC_OK;

    while (error == BC_OK && part.more) {
        error = bc_view_own_list(export->view, export->user, &part, rows);
        for (uint32_t i = 0; i < part.count && error == BC_OK; i++) {
            cJSON *line = bc_json_line("own");

            bc_json_line_text(line, "key", rows[i].key);
            bc_json_line_text(line, "value", rows[i].value);
            error = bc_export_put(export, line);
        }
        part.after = part.reached;
    }
    return error;
}

/* ---- devices: by name and day, without what signs them in or wakes them ---- */

static enum bc_error put_tokens(struct bc_export *export)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t count = 0;
    enum bc_error error = bc_view_tokens(export->view, export->user, tokens, &count);

    for (uint32_t i = 0; i < count && error == BC_OK; i++) {
        cJSON *line = bc_json_line("token");

        bc_json_line_text(line, "device", tokens[i].device);
        bc_json_line_number(line, "created", bc_export_time(export, tokens[i].id));
        if (tokens[i].day != 0) {
            bc_json_line_number(line, "used", tokens[i].day * BC_DAY_MS);
        }
        if (tokens[i].until_ms != 0) {
            bc_json_line_number(line, "until", tokens[i].until_ms);
        }
        error = bc_export_put(export, line);
    }
    return error;
}

/* Only the service: whoever has the whole address may be able to push to the device. */
static struct bc_bytes service_of(struct bc_bytes endpoint)
{
    size_t end = sizeof("https://") - 1;

    while (end < endpoint.len && strchr("/?#", endpoint.data[end]) == NULL) {
        end++;
    }
    return bc_bytes(endpoint.data, end < endpoint.len ? end : endpoint.len);
}

enum bc_error bc_export_devices(struct bc_export *export)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t count = 0;
    enum bc_error error = put_tokens(export);

    if (error == BC_OK) {
        error = bc_view_pushes(export->view, export->user, pushes, &count);
    }
    for (uint32_t i = 0; i < count && error == BC_OK; i++) {
        cJSON *line = bc_json_line("push");

        bc_json_line_text(line, "device", pushes[i].device);
        bc_json_line_text(line, "service", service_of(pushes[i].endpoint));
        bc_json_line_number(line, "created", bc_export_time(export, pushes[i].id));
        error = bc_export_put(export, line);
    }
    return error;
}

static enum bc_error put_invitation(struct bc_export *export, const struct bc_invite *invite)
{
    struct bc_group group = { .number = 0 };
    cJSON *line;
    enum bc_error error = BC_OK;

    if (invite->group != 0) {
        error = bc_view_group_number(export->view, invite->group, &group);
    }
    if (error != BC_OK) {
        return error;
    }
    line = bc_json_line("invitation");
    bc_json_line_id(line, "invite", invite->id);
    bc_json_line_number(line, "created", bc_export_time(export, invite->id));
    bc_json_line_number(line, "until", invite->until_ms);
    bc_json_line_number(line, "uses", invite->uses);
    bc_json_line_text(line, "group", group.name);
    return bc_export_put(export, line);
}

enum bc_error bc_export_invitations(struct bc_export *export)
{
    struct bc_invite invites[BC_INVITES_MAX];
    uint32_t count = 0;
    bool more = false;
    enum bc_error error =
        bc_view_invites(export->view, export->user, 0, BC_INVITES_MAX, invites, &count, &more);

    for (uint32_t i = 0; i < count && error == BC_OK; i++) {
        error = put_invitation(export, &invites[i]);
    }
    return error;
}
