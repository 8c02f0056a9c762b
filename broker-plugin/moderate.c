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
    request->report.message = bc_arguments_id(arguments, "id", 0);
    if (bc_arguments_has(arguments, "user") || bc_arguments_has(arguments, "group")) {
        bc_arguments_wrong(arguments, "id", "is given with \"user\" or \"group\"");
    }
    return bc_command_good(command);
}

void bc_command_report(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_request request = { .action = BC_REPORT_MESSAGE };
    struct bc_outcome outcome;
    cJSON *answer;

    request.report.reason =
        (enum bc_reason)bc_arguments_needed_word(arguments, "reason", bc_reason_names, BC_REASONS);
    request.report.block = bc_arguments_flag(arguments, "block", false);
    request.report.note = bc_arguments_text(arguments, "note");
    if (read_target(command, &request) && bc_command_change(command, &request, &outcome)) {
        answer = bc_reply_begin();
        bc_reply(command->plugin, command->asker, answer,
            answer != NULL && bc_json_add_id(answer, "report", outcome.report));
    }
}

/* ---- moderators ---- */

/* One line for the operator; the note stays in the store. */
static void log_moderation(const struct bc_moderation *moderation)
{
    char by[BC_SHOWN_NAME_MAX];
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
    bc_plugin_log(MOSQ_LOG_NOTICE, "moderator %s: %s %s%s, report %s",
        bc_shown(moderation->by, by, sizeof(by)), bc_measure_names[moderation->measure], user,
        until, report);
}

/* Take the request all the way, log what was done, and answer. */
static void act(struct bc_command *command, struct bc_request *request)
{
    struct bc_moderation moderation;
    struct bc_outcome outcome;

    if (!bc_command_change(command, request, &outcome)) {
        return;
    }
    if (bc_view_moderation(bc_store_view(command->plugin->store), outcome.id, &moderation) ==
        BC_OK) {
        log_moderation(&moderation);
    }
    bc_reply(command->plugin, command->asker, bc_reply_begin(), true);
}

static void read_days(struct bc_arguments *arguments, struct bc_request *request)
{
    request->moderate.days =
        bc_arguments_number(arguments, "days", 1, BC_SUSPENSION_DAYS_MAX, BC_SUSPENSION_DAYS_MAX);
}

void bc_command_resolve(struct bc_command *command)
{
    struct bc_arguments *arguments = &command->arguments;
    struct bc_request request = { .action = BC_RESOLVE };

    request.moderate.report = bc_arguments_id(arguments, "report", 0);
    bc_arguments_need(arguments, "report");
    request.moderate.measure = /* unsuspend, which comes behind these, decides on no report */
        (enum bc_measure)bc_arguments_needed_word(
            arguments, "action", bc_measure_names, BC_UNSUSPEND);
    read_days(arguments, &request);
    request.moderate.note = bc_arguments_text(arguments, "note");
    if (bc_command_good(command)) {
        act(command, &request);
    }
}

static void moderate(struct bc_command *command, enum bc_measure measure)
{
    struct bc_request request = { .action = BC_MODERATE };

    request.moderate.measure = measure;
    if (measure == BC_SUSPEND) {
        read_days(&command->arguments, &request);
    }
    request.moderate.note = bc_arguments_text(&command->arguments, "note");
    if (bc_command_peer(command, &request.to, NULL)) {
        act(command, &request);
    }
}

void bc_command_suspend(struct bc_command *command)
{
    moderate(command, BC_SUSPEND);
}

void bc_command_unsuspend(struct bc_command *command)
{
    moderate(command, BC_UNSUSPEND);
}
