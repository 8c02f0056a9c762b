/* Answers that come in pages: what the reading commands share. */
#ifndef BC_BROKER_PLUGIN_PAGE_H
#define BC_BROKER_PLUGIN_PAGE_H

#include "broker-plugin/command.h"

/* The most items that a page has, whatever is asked for. */
#define BC_PAGE_LIMIT_MAX 200

/* `limit`: 50 if it isn't given; more than BC_PAGE_LIMIT_MAX means that. */
uint32_t bc_page_limit(struct bc_arguments *arguments);

/* The items of an answer, printed one by one, as many as fit. */
struct bc_page {
    cJSON *items;
    size_t bytes; /* of the answer so far */
    size_t max;
    bool failed; /* for want of memory */
};

/*
 * An empty page, of at most ${max_bytes} and the option reply_max_bytes. To be ended with
 * bc_page_answer() or bc_page_error().
 */
struct bc_page bc_page_begin(const struct bc_command *command, uint32_t max_bytes);

/*
 * Add ${item}, which is freed, behind the others or, if ${front}, before them. False if it doesn't
 * fit or memory is short.
 */
bool bc_page_add(struct bc_page *page, cJSON *item, bool front);

/*
 * Answer with the page's items under ${name} and, if there is ${more}, with ${cursor} under
 * ${cursor_name}.
 */
void bc_page_answer(struct bc_command *command, struct bc_page *page, const char *name, bool more,
    const char *cursor_name, struct bc_bytes cursor);

/* Refuse the command because reading failed, and free the page. */
void bc_page_error(struct bc_command *command, struct bc_page *page, enum bc_error error);

#endif
