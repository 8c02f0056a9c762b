/* The view's search for what a user wrote that is in no list of theirs (messaging/view.h). */
#include "messaging/rules.h"
#include "storage/state/view_inside.h"

/* What is looked for. */
struct search {
    const struct bc_view *view;
    uint32_t user;
    uint32_t other; /* of one conversation; 0 for all of them */
    struct bc_bytes name;
    struct bc_written *written;
    bool theirs; /* the row that was looked at last */
    bool kept;   /* ... and open reports keep it */
};

enum bc_error bc_view_was_in_groups(const struct bc_view *view, uint32_t user, bool *was)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_USER_STINTS,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    *was = error == BC_OK;
    return bc_or_nothing(error);
}

/* ---- titles ---- */

/* Of a title that isn't known to be anybody's: who was never in the group can't have given it. */
static enum bc_error may_be_theirs(
    struct search *search, uint32_t number, struct bc_bytes title, bool present)
{
    struct bc_group group;
    enum bc_error error = bc_view_group_number(search->view, number, &group);

    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    search->theirs = group.titled_by == search->user;
    if (!search->theirs && !present && group.titled_by != 0 && bc_bytes_equal(group.title, title)) {
        return BC_OK;
    }
    return search->theirs ? BC_OK
                          : bc_view_was_member(search->view, number, search->user, &search->theirs);
}

static enum bc_error look_at_title(
    struct search *search, uint32_t group, uint32_t titled_by, struct bc_bytes title, bool present)
{
    if (title.len > 0 && titled_by == 0) {
        return may_be_theirs(search, group, title, present);
    }
    search->theirs = title.len > 0 && titled_by == search->user;
    return BC_OK;
}

static enum bc_error look_at_group(
    struct search *search, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_group group;
    enum bc_error error = bc_view_group_number(search->view, key->owner, &group);

    (void)value;
    return error == BC_OK ? look_at_title(search, key->owner, group.titled_by, group.title, true)
                          : error;
}

static enum bc_error look_at_stint(
    struct search *search, const struct bc_key_parts *key, const struct bc_value *value)
{
    return look_at_title(search, key->owner, value->number, value->name, false);
}

/* Earlier versions say of new titles alone whose they are. */
static enum bc_error look_at_event(
    struct search *search, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_event_row row;
    enum bc_error error =
        bc_codec_get_event(search->view->tables, key->id, search->view->message, &row);

    (void)value;
    if (error == BC_OK && row.titled_by == 0 && row.event.type == BC_EVENT_RENAMED) {
        row.titled_by = row.by;
    }
    return error == BC_OK ? look_at_title(search, row.group, row.titled_by, row.event.title, false)
                          : error;
}

/* ---- what reports keep ---- */

/* Does the erasure wait for it already? By the first rules one alone did, and none after it. */
static bool waits(const struct search *search, struct bc_erasures erasures)
{
    if (search->written->erasure->rules < BC_RULES_KEPT) {
        return erasures.count > 0;
    }
    for (uint32_t i = 0; i < erasures.count; i++) {
        if (erasures.ids[i] == search->written->erasure->id) {
            return true;
        }
    }
    return false;
}

/* The message has its row as long as reports keep what it said. */
static enum bc_error look_at_kept(
    struct search *search, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_message_row row;
    struct bc_kept kept;
    enum bc_error error =
        bc_codec_get_message(search->view->tables, key->id, search->view->message, &row);

    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    if (row.from != search->user || key->id > search->written->erasure->id ||
        (search->other != 0 && row.to != search->other)) {
        return BC_OK;
    }
    error = bc_view_kept(search->view, key->id, &kept);
    search->theirs = search->kept = error == BC_OK && !waits(search, kept.erasures);
    search->written->bytes += value->rest.len;
    return error;
}

/* ---- notes ---- */

static enum bc_error look_at_report(
    struct search *search, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_report report;
    enum bc_error error = bc_view_report(search->view, key->id, &report);

    (void)value;
    search->theirs = error == BC_OK && report.note.len > 0 &&
                     key->id < search->written->erasure->id &&
                     bc_bytes_equal(report.by, search->name) && !waits(search, report.erasures);
    search->kept = search->theirs && report.resolution == 0;
    return error;
}

static enum bc_error look_at_moderation(
    struct search *search, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_moderation moderation;
    enum bc_error error = bc_view_moderation(search->view, key->id, &moderation);

    (void)value;
    search->theirs = error == BC_OK && moderation.note.len > 0 &&
                     key->id < search->written->erasure->id &&
                     bc_bytes_equal(moderation.by, search->name);
    return error;
}

/* ---- the tables ---- */

/* A table, the place of each of its keys, and the key that is the next behind a place. */
struct through {
    enum bc_table table;
    struct bc_reached (*place)(const struct bc_key_parts *key);
    struct bc_key (*behind)(struct bc_reached place);
    enum bc_error (*look_at)(
        struct search *search, const struct bc_key_parts *key, const struct bc_value *value);
};

static struct bc_reached place_of_number(const struct bc_key_parts *key)
{
    return (struct bc_reached){ .id = key->owner };
}

static struct bc_reached place_of_stint(const struct bc_key_parts *key)
{
    return (struct bc_reached){ .id = (uint64_t)key->owner << 32 | key->other, .inside = key->id };
}

static struct bc_reached place_of_id(const struct bc_key_parts *key)
{
    return (struct bc_reached){ .id = key->id };
}

static struct bc_key behind_number(struct bc_reached place)
{
    return bc_key_user((uint32_t)place.id + 1);
}

static struct bc_key behind_stint(struct bc_reached place)
{
    return bc_key_stint((uint32_t)(place.id >> 32), (uint32_t)place.id, place.inside + 1);
}

static struct bc_key behind_id(struct bc_reached place)
{
    return bc_key_message(place.id + 1);
}

static const struct through tables[BC_ERASE_STEPS] = {
    [BC_ERASE_KEPT] = { BC_TABLE_KEPT, place_of_id, behind_id, look_at_kept },
    [BC_ERASE_GROUPS] = { BC_TABLE_GROUPS, place_of_number, behind_number, look_at_group },
    [BC_ERASE_STINTS] = { BC_TABLE_STINTS, place_of_stint, behind_stint, look_at_stint },
    [BC_ERASE_EVENTS] = { BC_TABLE_EVENTS, place_of_id, behind_id, look_at_event },
    [BC_ERASE_REPORTS] = { BC_TABLE_REPORTS, place_of_id, behind_id, look_at_report },
    [BC_ERASE_MODERATIONS] = { BC_TABLE_MODERATIONS, place_of_id, behind_id, look_at_moderation },
};

static bool is_behind(struct bc_reached place, struct bc_reached other)
{
    return place.id > other.id || (place.id == other.id && place.inside > other.inside);
}

/* The row at ${place} is theirs, or not. */
static void take(struct bc_written *written, const struct search *search, struct bc_reached place)
{
    written->upto = place;
    if (search->theirs) {
        written->kept += search->kept ? 1 : 0;
        written->found[written->count++] = place;
    }
}

static enum bc_error go_through(struct search *search, const struct through *through)
{
    struct bc_written *written = search->written;
    struct bc_reached upto = written->upto;
    struct bc_walk walk = { .tables = search->view->tables,
        .table = through->table,
        .start = through->behind(written->after) };
    uint32_t looked = 0;
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    written->upto = written->after;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        struct bc_reached place = through->place(&key);

        written->more = !is_behind(place, upto);
        if (!written->more || looked++ == written->rows || written->count == BC_ERASED_MAX ||
            written->bytes >= BC_ERASED_BYTES) {
            return BC_OK;
        }
        search->theirs = search->kept = false;
        error = through->look_at(search, &key, &value);
        if (error != BC_OK) {
            return error;
        }
        take(written, search, place);
    }
    written->more = false;
    return bc_or_nothing(error);
}

enum bc_error bc_view_written(const struct bc_view *view, enum bc_erasure_step step, uint32_t user,
    struct bc_written *written)
{
    struct search search = { .view = view, .user = user, .written = written };
    enum bc_error error = bc_view_name(view, user, &search.name);

    written->count = written->kept = 0;
    written->bytes = 0;
    written->more = false;
    if (error == BC_OK && written->erasure->other.len > 0) {
        error = bc_view_user(view, written->erasure->other, &search.other);
    }
    return error == BC_OK ? go_through(&search, &tables[step]) : error;
}
