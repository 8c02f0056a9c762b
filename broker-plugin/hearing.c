/* Each notice of another broker, by a table. None is believed to have names that are valid. */
#include "broker-plugin/hearing.h"

#include "broker-plugin/publish.h"
#include "broker-plugin/replica.h"
#include "messaging/typing.h"

/* Judged anew by what is known here; how often has been judged there. */
static void hear_typing(struct bc_plugin *plugin, const struct bc_notice *notice)
{
    bool group = notice->type == BC_NOTICE_GROUP_TYPING;
    struct bc_typing typing = { .from = notice->user, .now_ms = bc_plugin_now(plugin) };
    bool may = false;
    bool shown = false;

    *(group ? &typing.group : &typing.to) = notice->to;
    if (notice->payload.len <= BC_TYPING_MAX &&
        (group ? bc_text_is_group(notice->to) : bc_text_is_user(notice->to)) &&
        bc_may_type(bc_store_view(plugin->store), &typing, &may, &shown) == BC_OK && shown) {
        bc_publish_typing(plugin, group, notice->to, notice->user, notice->payload, true);
    }
}

static void hear_kick(struct bc_plugin *plugin, const struct bc_notice *notice)
{
    (void)plugin;
    bc_plugin_kick(notice->user);
}

static void hear_sleeps(struct bc_plugin *plugin, const struct bc_notice *notice)
{
    const struct bc_notice here = { .type = BC_NOTICE_HERE, .user = notice->user };

    if (bc_sleepers_is_here(plugin->sleepers, notice->user)) {
        (void)bc_replica_notify(plugin->replica, &here);
    }
}

static void hear_here(struct bc_plugin *plugin, const struct bc_notice *notice)
{
    bc_sleepers_elsewhere(plugin->sleepers, notice->user);
}

static void hear_gone(struct bc_plugin *plugin, const struct bc_notice *notice)
{
    bc_sleepers_elsewhere_no_more(plugin->sleepers, notice->user);
}

typedef void hear_fn(struct bc_plugin *plugin, const struct bc_notice *notice);

static hear_fn *const hearers[BC_NOTICE_TYPES] = {
    [BC_NOTICE_TYPING] = hear_typing,
    [BC_NOTICE_GROUP_TYPING] = hear_typing,
    [BC_NOTICE_KICK] = hear_kick,
    [BC_NOTICE_SLEEPS] = hear_sleeps,
    [BC_NOTICE_HERE] = hear_here,
    [BC_NOTICE_GONE] = hear_gone,
};

void bc_hearing_turn(struct bc_plugin *plugin)
{
    struct bc_notice notice;
    struct bc_bytes rest;

    if (plugin->replica == NULL || !bc_replica_hear(plugin->replica, &rest)) {
        return;
    }
    while (bc_notice_next(&rest, &notice) == BC_OK) {
        if (notice.node != plugin->options.node_id && notice.type < BC_NOTICE_TYPES &&
            hearers[notice.type] != NULL && bc_text_is_user(notice.user)) {
            hearers[notice.type](plugin, &notice);
        }
    }
}
