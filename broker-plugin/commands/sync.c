/* The command sync: everything in a user's mailbox, in one ascending stream. */
#include "broker-plugin/commands/page.h"
#include "messaging/visible.h"

/* A stretch of the mailbox: nothing up to what is reached is missing. */
struct stretch {
    struct bc_mail mail[BC_PAGE_LIMIT_MAX];
    struct bc_part part;
};

/* Add the message ${id}, as it is to the asking user now. */
static enum bc_error add_message(
    struct bc_command *command, uint32_t user, uint64_t id, struct bc_page *page, bool *added)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    struct bc_relation relation = { .blocked = false };
    struct bc_message message;
    struct bc_reactions reactions;
    struct bc_item item = { .message = &message };
    uint32_t other;
    enum bc_error error = bc_view_message(view, id, &message);

    if (error == BC_OK && message.to.len > 0) {
        error = bc_visible_sender(view, &message, &other);
        if (error == BC_OK) {
            error = bc_view_relation(view, user, other, &relation);
        }
    }
    if (error == BC_OK) {
        error = bc_page_react(command, page, user, &item, &reactions);
    }
    if (error == BC_OK) {
        item.state = bc_visible_state(command->asker->user, &message, &relation);
        *added = bc_page_add(page, &item);
    }
    return error;
}

static enum bc_error add_event(
    struct bc_command *command, uint64_t id, struct bc_page *page, bool *added)
{
    struct bc_event event;
    struct bc_item item = { .event = &event };
    enum bc_error error = bc_view_event(bc_store_view(command->plugin->store), id, &event);

    if (error == BC_OK) {
        *added = bc_page_add(page, &item);
    }
    return error;
}

/* Add as much of the stretch as fits; the rest is for the next page. */
static enum bc_error add_mail(
    struct bc_command *command, uint32_t user, struct stretch *stretch, struct bc_page *page)
{
    uint64_t last = 0;

    for (uint32_t i = 0; i < stretch->part.count; i++) {
        const struct bc_mail *mail = &stretch->mail[i];
        bool added = false;
        enum bc_error error = mail->event ? add_event(command, mail->id, page, &added)
                                          : add_message(command, user, mail->id, page, &added);

        if (error != BC_OK) {
            return error == BC_NOTFOUND ? BC_DAMAGED : error;
        }
        if (!added) {
            stretch->part.more = true;
            stretch->part.reached = last;
            return BC_OK;
        }
        last = mail->id;
    }
    return BC_OK;
}

/* Another broker, which gave a cursor out, may be so far before this one. */
#define BEHIND_MS BC_DAY_MS

/*
 * Is ${after} a cursor that was never given out? A backup was restored since, or a clock that had
 * been ahead. Nothing more is said than what `whoami` says: how busy others are shows in the newest
 * millisecond alone, and all of that passes.
 */
static bool is_beyond(struct bc_command *command, uint64_t after, uint64_t *newest)
{
    *newest = bc_plugin_cursor(command->plugin);
    return bc_id_time(after) >
           bc_id_time(*newest) + (command->plugin->replica != NULL ? BEHIND_MS : 1);
}

static void answer_reset(struct bc_command *command, struct bc_page_form form, uint64_t newest)
{
    struct bc_page page = bc_page_begin(command, BC_PAGE_ITEMS, form, false);

    bc_page_answer(command, &page,
        &(struct bc_page_end){ .list = "items", .cursor = "after", .id = newest, .reset = true });
}

void bc_command_sync(struct bc_command *command)
{
    const struct bc_view *view = bc_store_view(command->plugin->store);
    uint64_t after = bc_arguments_id(&command->arguments, "after", 0);
    uint32_t limit = bc_page_limit(&command->arguments);
    struct bc_page_form form = bc_page_form(&command->arguments);
    struct stretch stretch = { .part = { .after = after, .limit = limit } };
    struct bc_page page;
    uint64_t newest;
    uint32_t user;
    enum bc_error error;

    if (!bc_command_self(command, &user)) {
        return;
    }
    if (is_beyond(command, after, &newest)) {
        answer_reset(command, form, newest);
        return;
    }
    error = bc_view_mailbox(view, user, &stretch.part, stretch.mail);
    page = bc_page_begin(command, BC_PAGE_ITEMS, form, false);
    if (error == BC_OK) {
        error = add_mail(command, user, &stretch, &page);
    }
    if (error != BC_OK) {
        bc_page_error(command, &page, error);
    } else if (stretch.part.count > 0 && page.count == 0 && page.error == BC_OK) {
        bc_page_free(&page);
        bc_arguments_wrong(&command->arguments, "max-bytes", "is too small for the next item");
        bc_command_refuse(command, BC_BAD_REQUEST, NULL);
    } else {
        bc_page_answer(command, &page,
            &(struct bc_page_end){ .list = "items",
                .more = stretch.part.more,
                .cursor = "after",
                .id = stretch.part.reached });
    }
}
