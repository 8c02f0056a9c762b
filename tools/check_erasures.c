/* Erasures: in the state that they say, with nothing left of what they took away. */
#include "tools/check.h"

static enum bc_error check_erasure(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    unsigned long long id = (unsigned long long)key->id;
    struct bc_erasure erasure;
    uint32_t user = 0;
    bool by_itself = false;
    enum bc_error error = bc_codec_get_erasure(
        check->tables, (enum bc_erasure_state)key->owner, key->id, &check->record, &erasure);

    (void)value;
    if (error == BC_OK) { /* what ends by itself is of everybody */
        by_itself = bc_bytes_equal(erasure.by, bc_bytes_text(BC_RETENTION));
        error = by_itself ? BC_OK : bc_view_user(check->view, erasure.user, &user);
    }
    if (error != BC_OK) {
        return error;
    }
    check->kept_said += erasure.kept;
    if (user == 0 && !by_itself) {
        bc_check_problem(check, "erasures: %016llx is of a user who isn't known", id);
    }
    if (erasure.changed > check->meta->newest_id || erasure.id > check->meta->newest_id) {
        bc_check_problem(check, "erasures: %016llx is younger than the newest id of all", id);
    }
    if ((erasure.state == BC_ERASURE_PROVEN) != (erasure.proven != 0) ||
        (erasure.state == BC_ERASURE_WAITS && erasure.kept == 0) ||
        (erasure.state == BC_ERASURE_PROVEN && erasure.kept != 0) ||
        (erasure.state != BC_ERASURE_OPEN && erasure.step != BC_ERASE_DONE)) {
        bc_check_problem(check, "erasures: %016llx is not in the state that it says", id);
    }
    return BC_OK;
}

/* An erasure that waits for what is kept: it isn't proven. */
static enum bc_error find_erasure(struct bc_check *check, uint64_t id)
{
    struct bc_erasure erasure;
    enum bc_error error =
        bc_codec_get_erasure(check->tables, BC_ERASURE_WAITS, id, &check->other, &erasure);

    return error == BC_NOTFOUND
               ? bc_codec_get_erasure(check->tables, BC_ERASURE_OPEN, id, &check->other, &erasure)
               : error;
}

static enum bc_error find_erasures(struct bc_check *check, struct bc_erasures erasures)
{
    enum bc_error error = BC_OK;

    check->kept_counted += erasures.count;
    for (uint32_t i = 0; error == BC_OK && i < erasures.count; i++) {
        error = find_erasure(check, erasures.ids[i]);
    }
    return error;
}

/* What is kept is of an erased message, for erasures that aren't proven. */
static enum bc_error check_kept(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    unsigned long long id = (unsigned long long)key->id;
    struct bc_message_row row;
    struct bc_kept kept;
    enum bc_error error = bc_codec_get_kept(check->tables, key->id, &check->record, &kept);

    (void)value;
    if (error == BC_OK && (kept.reports == 0 || kept.erasures.count == 0)) {
        bc_check_problem(check, "kept: %016llx is kept for no report, or no erasure", id);
    }
    if (error == BC_OK) {
        error = find_erasures(check, kept.erasures);
    }
    if (error == BC_OK) {
        error = bc_codec_get_message(check->tables, key->id, &check->other, &row);
    }
    if (error == BC_OK && row.message.kind != BC_ERASED) {
        bc_check_problem(check, "kept: %016llx is not erased", id);
    }
    return error;
}

/* A note that goes when the report is resolved: with an erasure that waits for that. */
static enum bc_error check_note(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    unsigned long long id = (unsigned long long)key->id;
    struct bc_report report;
    enum bc_error error = bc_codec_get_report(check->tables, key->id, &check->record, &report);

    (void)value;
    if (error != BC_OK || report.erasures.count == 0) {
        return error;
    }
    if (report.resolution != 0) {
        bc_check_problem(check, "reports: %016llx is resolved, and its note isn't erased", id);
    }
    return find_erasures(check, report.erasures);
}

static enum bc_error check_message(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_message_row row;
    uint64_t ended;
    enum bc_error error = bc_codec_get_message(check->tables, key->id, &check->record, &row);

    (void)value;
    if (error != BC_OK) {
        return error;
    }
    ended = bc_view_upto(check->view, row.group != 0 ? BC_RETAIN_GROUP : BC_RETAIN_DIRECT);
    if (row.message.kind == BC_ERASED &&
        (row.message.payload.len > 0 || row.message.content_type.len > 0 ||
            (key->id > check->meta->erased && key->id >= ended))) {
        bc_check_problem(check, "messages: %016llx is erased, and says more than that",
            (unsigned long long)key->id);
    }
    if (row.message.kind != BC_ERASED && key->id < ended) {
        bc_check_problem(check, "messages: %016llx should have been erased by retention",
            (unsigned long long)key->id);
    }
    return BC_OK;
}

/* Nothing is removed before it is erased, and nothing ends that isn't there yet. */
static void check_retained(struct bc_check *check)
{
    const uint64_t *upto = check->meta->retained.upto;

    for (int i = 0; i < BC_RETAINS; i++) {
        if (upto[i] > check->meta->newest_id) {
            bc_check_problem(check, "retention: %s: it has come further than the newest id of all",
                bc_retain_names[i]);
        }
    }
    if (upto[BC_RETAIN_ERASED_DIRECT] > upto[BC_RETAIN_DIRECT] ||
        upto[BC_RETAIN_ERASED_GROUP] > upto[BC_RETAIN_GROUP]) {
        bc_check_problem(check, "retention: it has removed further than it has erased");
    }
}

enum bc_error bc_check_erasures(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_ERASURES, check_erasure);

    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_KEPT, check_kept);
    }
    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_REPORTS, check_note);
    }
    if (error == BC_OK && check->kept_said != check->kept_counted) {
        bc_check_problem(check,
            "erasures: reports keep %llu messages and notes, and %llu are there",
            (unsigned long long)check->kept_said, (unsigned long long)check->kept_counted);
    }
    if (error == BC_OK) {
        check_retained(check);
    }
    return error == BC_OK && (check->meta->erased != 0 || check->meta->retained.clock_ms != 0)
               ? bc_check_rows(check, BC_TABLE_MESSAGES, check_message)
               : error;
}
