/* The commands that report, and those by which moderators act. */
#include "broker-plugin/commands/command.h"
#include "broker-plugin/moderate.h"

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

/* Nothing but ok; what was done is logged. */
enum bc_error bc_answer_moderated(
    const struct bc_command *command, const struct bc_outcome *outcome, cJSON *answer)
{
    (void)answer;
    bc_moderate_log(command->plugin, outcome->id);
    return BC_OK;
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
