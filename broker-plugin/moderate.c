/* The commands that report, and those by which moderators act. */
#include <time.h>

#include "broker-plugin/command.h"
#include "messaging/shown.h"

/* ---- report ---- */

/* What is reported: a message, a user or a group. False, and it has been refused, if none. */
static bool read_target(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;

    if (!bc_arguments_has(arguments, "id")) {
        if (!bc_command_peer(command, &request->to, &request->group)) {
            return false;
        }
        request->action = request->group.len > 0 ? BC_REPORT_GROUP : BC_REPORT_USER;
        return true;
    }
    request->action = BC_REPORT_MESSAGE;
    request->report.message = bc_arguments_id(arguments, "id", 0);
    if (bc_arguments_has(arguments, "user") || bc_arguments_has(arguments, "group")) {
        bc_arguments_wrong(arguments, "id", "is given with \"user\" or \"group\"");
    }
    return bc_command_good(command);
}

bool bc_ask_report(struct bc_command *command, struct bc_request *request)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_bytes *moderators = bc_command_own(command, BC_MODERATORS_TOLD * sizeof(*moderators));

    if (moderators == NULL) {
        return false;
    }
    request->report.moderators = moderators;
    request->report.moderator_count =
        bc_options_moderators(&command->plugin->options, moderators, BC_MODERATORS_TOLD);
    request->report.reason =
        (enum bc_reason)bc_arguments_needed_word(arguments, "reason", bc_reason_names, BC_REASONS);
    request->report.block = bc_arguments_flag(arguments, "block", false);
    request->report.note = bc_arguments_text(arguments, "note");
    return read_target(command, request);
}

enum bc_error bc_answer_report(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)command;
    return bc_json_add_id(answer, "report", outcome->report) ? BC_OK : BC_NOMEM;
}

/* ---- moderators ---- */

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

/* Nothing but ok; what was done is logged. */
enum bc_error bc_answer_moderated(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)answer;
    bc_moderate_log(command->plugin, outcome->id);
    return BC_OK;
}

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

bool bc_ask_resolve(struct bc_command *command, struct bc_request *request)
{
    bc_moderate_read_resolve(&command->arguments, request);
    return bc_command_good(command);
}

bool bc_ask_suspend(struct bc_command *command, struct bc_request *request)
{
    bc_moderate_read(&command->arguments, BC_SUSPEND, request);
    return bc_command_peer(command, &request->to, NULL);
}

bool bc_ask_unsuspend(struct bc_command *command, struct bc_request *request)
{
    bc_moderate_read(&command->arguments, BC_UNSUSPEND, request);
    return bc_command_peer(command, &request->to, NULL);
}
