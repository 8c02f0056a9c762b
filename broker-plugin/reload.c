#include "broker-plugin/reload.h"

#include "settings/advice.h"
#include "settings/limits_file.h"

#define LINE_MAX_BYTES 256

static bool refuse_to_start(void *context, const char *line)
{
    (void)context;
    bc_plugin_log(MOSQ_LOG_ERR, "%s", line);
    return false;
}

static bool complain(void *context, const char *line)
{
    (void)context;
    bc_plugin_log(MOSQ_LOG_WARNING, "%s", line);
    return true;
}

bool bc_reload_start(struct bc_plugin *plugin)
{
    const struct bc_limits_file file = { .path = plugin->options.limits_file,
        .base = &plugin->configured,
        .message_room = UINT32_MAX,
        .wrong = refuse_to_start };

    plugin->configured = plugin->options;
    if (file.path[0] != '\0' && bc_limits_file_read(&file, &plugin->options) > 0) {
        return false;
    }
    /* An entry that is taken out of the file goes back to what is configured. */
    plugin->message_room = plugin->configured.limits.message_max_bytes;
    if (plugin->message_room < plugin->options.limits.message_max_bytes) {
        plugin->message_room = plugin->options.limits.message_max_bytes;
    }
    return true;
}

struct bc_reloaded bc_reload(struct bc_plugin *plugin)
{
    const struct bc_limits_file file = { .path = plugin->options.limits_file,
        .base = &plugin->configured,
        .message_room = plugin->message_room,
        .wrong = complain };
    const struct bc_advice log = { .say = bc_plugin_log_line };
    struct bc_options before = plugin->options;
    char line[LINE_MAX_BYTES];
    struct bc_reloaded reloaded = { .read = file.path[0] != '\0' };

    if (!reloaded.read) {
        return reloaded;
    }
    reloaded.wrong = bc_limits_file_read(&file, &plugin->options);
    for (int limit = 0; limit < bc_options_count(); limit++) {
        if (bc_options_say_changed(&before, &plugin->options, limit, line, sizeof(line))) {
            bc_plugin_log(MOSQ_LOG_NOTICE, "limits_file %s: %s", file.path, line);
            reloaded.changed++;
        }
    }
    bc_rates_change(&plugin->rates, plugin->options.rate_per_minute, plugin->options.rate_burst);
    bc_plugin_log(MOSQ_LOG_NOTICE, "limits_file %s: read again, %u changed, %u wrong%s", file.path,
        reloaded.changed, reloaded.wrong,
        reloaded.wrong > 0 ? ": nothing changes until all of it is right" : "");
    if (reloaded.changed > 0) {
        bc_advice_limits(&log, &plugin->options.limits);
    }
    if (strcmp(before.moderators, plugin->options.moderators) != 0) {
        bc_advice_moderators(&log, &plugin->options);
    }
    return reloaded;
}
