/* What moderators, and the operator, decide: read from what they ask, and told to the operator. */
#include "broker-plugin/moderate.h"

#include <time.h>

#include "messaging/shown.h"

void bc_moderate_read(
    struct bc_arguments *arguments, enum bc_measure measure, struct bc_request *request)
{
    request->moderate.measure = measure;
    if (measure != BC_UNSUSPEND) {
        request->moderate.days = bc_arguments_number(
            arguments, "days", 1, BC_SUSPENSION_DAYS_MAX, BC_SUSPENSION_DAYS_MAX);
    }
    request->moderate.note = bc_arguments_text(arguments, "note");
}

void bc_moderate_read_resolve(struct bc_arguments *arguments, struct bc_request *request)
{
    enum bc_measure measure; /* unsuspend, which comes behind the others, decides on no report */

    request->moderate.report = bc_arguments_id(arguments, "report", 0);
    bc_arguments_need(arguments, "report");
    measure = (enum bc_measure)bc_arguments_needed_word(
        arguments, "action", bc_measure_names, BC_UNSUSPEND);
    bc_moderate_read(arguments, measure, request);
}

/* One line for the operator; the note stays in the store. */
static void log_moderation(const struct bc_moderation *moderation)
{
    char by[BC_SHOWN_NAME_MAX];
    bool moderator = !bc_bytes_equal(moderation->by, bc_bytes_text(BC_OPERATOR));
    char user[BC_SHOWN_NAME_MAX] = "a group";
    char until[32] = "";
    char report[BC_ID_HEX_LENGTH + 1] = "none";
    time_t seconds = (time_t)(moderation->until_ms / 1000);
    struct tm utc;

    if (moderation->until_ms != 0 && gmtime_r(&seconds, &utc) != NULL) {
        (void)strftime(until, sizeof(until), " until %Y-%m-%dT%H:%M:%SZ", &utc);
    }
    if (moderation->report != 0) {
        bc_id_format(moderation->report, report);
    }
    if (moderation->user.len > 0) {
        (void)bc_shown(moderation->user, user, sizeof(user));
    }
    bc_plugin_log(MOSQ_LOG_NOTICE, "%s%s: %s %s%s, report %s",
        moderator ? "moderator " : "the operator",
        moderator ? bc_shown(moderation->by, by, sizeof(by)) : "",
        bc_measure_names[moderation->measure], user, until, report);
}

void bc_moderate_log(struct bc_plugin *plugin, uint64_t id)
{
    struct bc_moderation moderation;

    if (bc_view_moderation(bc_store_view(plugin->store), id, &moderation) == BC_OK) {
        log_moderation(&moderation);
    }
}
