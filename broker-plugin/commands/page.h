/*
 * Answers that come in pages: what the reading commands share. Items are encoded one by one, as
 * many as fit, so that no answer outgrows its limit.
 */
#ifndef BC_BROKER_PLUGIN_COMMANDS_PAGE_H
#define BC_BROKER_PLUGIN_COMMANDS_PAGE_H

#include "broker-plugin/commands/command.h"

/* The most items that a page has, whatever is asked for. */
#define BC_PAGE_LIMIT_MAX 200

/* `limit`: 50 if it isn't given; more than BC_PAGE_LIMIT_MAX means that. */
uint32_t bc_page_limit(struct bc_arguments *arguments);

enum bc_format {
    BC_FORMAT_JSON,
    BC_FORMAT_PROTOBUF
};

/* What `format` and `max-bytes` ask for: all zero is JSON, no larger than the option allows. */
struct bc_page_form {
    enum bc_format format;
    uint32_t max_bytes;
};

/* The arguments `format` and `max-bytes`. */
struct bc_page_form bc_page_form(struct bc_arguments *arguments);

/* The argument `max-bytes` alone: the form of lists, which are in JSON. */
struct bc_page_form bc_page_form_list(struct bc_arguments *arguments);

/* Does ${name} come after ${after}, in the order of their bytes? */
bool bc_page_comes_after(struct bc_bytes name, struct bc_bytes after);

/* What is in a page; in protobuf there are those of messages and of items. */
enum bc_page_type {
    BC_PAGE_LIST,     /* anything, in JSON */
    BC_PAGE_MESSAGES, /* of a history */
    BC_PAGE_ITEMS     /* of a mailbox: messages and events */
};

/* A message or an event, for both encoders. What it points to is borrowed. */
struct bc_item {
    const struct bc_message *message; /* NULL for an event */
    enum bc_message_state state;
    bool omit_payload;                    /* for the encoders */
    const struct bc_view *view;           /* of the names in the reactions */
    const struct bc_reactions *reactions; /* to a message; NULL: none are shown ... */
    bool omit_reactions;                  /* ... though there are some */
    const struct bc_event *event;
};

/* An encoded item: of malloc() in protobuf, of cJSON in JSON. */
struct bc_encoded {
    void *data; /* NULL without memory */
    size_t len;
};

struct bc_page {
    enum bc_page_type type;
    enum bc_format format;
    bool backwards; /* items are added last first */
    struct bc_encoded items[BC_PAGE_LIMIT_MAX];
    uint32_t count;
    size_t bytes; /* of the answer so far */
    size_t max;
    bool stuck;      /* the first item doesn't fit, whatever is left out of it */
    uint32_t looked; /* groups and reactions that were looked at: beyond some it is full */
    struct bc_reaction_reading reading;
    enum bc_error error; /* why there is no page: an item could not be read, or made */
};

/*
 * An empty page, of at most ${form}'s bytes and the option reply_max_bytes; ${backwards} if its
 * items are added last first. To be ended with bc_page_answer(), _error() or _free().
 */
struct bc_page bc_page_begin(const struct bc_command *command, enum bc_page_type type,
    struct bc_page_form form, bool backwards);

/*
 * Add an item: of a list in JSON, which is freed, or of the other pages, where a message that
 * doesn't fit alone goes without its reactions, then without its payload and, should that not be
 * enough, without its content type and msgid, and an event without its title and note. False if it
 * doesn't fit or memory is short.
 */
bool bc_page_add_json(struct bc_page *page, cJSON *item);
bool bc_page_add(struct bc_page *page, const struct bc_item *item);

/*
 * Add a row of a list, which ${make} makes of ${row}: in full, and if it comes first and doesn't
 * fit, with less at each ${level} up to ${levels}. ${make} returns NULL without memory, or after
 * bc_page_read() was false.
 */
typedef cJSON *bc_page_row_fn(struct bc_page *page, void *context, const void *row, unsigned level);
bool bc_page_add_row(
    struct bc_page *page, bc_page_row_fn *make, void *context, const void *row, unsigned levels);

/*
 * For who makes an item: set *${reactions} to what the asking user, ${user}, sees of those to the
 * message of ${item}, and show it in the item. A page for which much was looked at is full.
 */
enum bc_error bc_page_react(const struct bc_command *command, struct bc_page *page, uint32_t user,
    struct bc_item *item, struct bc_reactions *reactions) BC_MUST_CHECK;

/*
 * For the encoders: ${reactions} as protocol section 5 has them, in a message's object. False
 * without memory, or if a name can't be read.
 */
bool bc_page_add_reactions(cJSON *json, const struct bc_item *item);

/* For who makes an item: keeps ${error} of reading what it shows. False if there is one. */
bool bc_page_read(struct bc_page *page, enum bc_error error);

/*
 * For who makes an item of a list: add `profile`, the version of ${owner}'s that ${viewer} sees, if
 * there is one; a page for which much has been looked at for that is full. With ${known}, whether
 * they may see it isn't asked. False if it can't be read, or without memory.
 */
bool bc_page_add_profile(struct bc_page *page, const struct bc_view *view, uint32_t viewer,
    uint32_t owner, bool known, cJSON *item);

/* What an answer says beside its items. */
struct bc_page_end {
    const char *list; /* the name of the items' list, in JSON */
    bool more;
    const char *cursor;   /* the argument that the cursor goes into; NULL: no cursor */
    struct bc_bytes name; /* the cursor, where it is a name ... */
    uint64_t id;          /* ... or an id */
    bool reset;           /* the cursor that was given is of no use: this one goes in its place */
};

/*
 * Answer with the page, or refuse the command if an item could not be read, or the first doesn't
 * fit; free the page.
 */
void bc_page_answer(
    struct bc_command *command, struct bc_page *page, const struct bc_page_end *end);

/* Refuse the command because reading failed, and free the page. */
void bc_page_error(struct bc_command *command, struct bc_page *page, enum bc_error error);

/* Free the page, without an answer. */
void bc_page_free(struct bc_page *page);

/*
 * For page.c, the encoder of page_protobuf.c. A page of ${type} with the one ${item}, and one with
 * ${end} alone: pages that are written one after the other are read as one.
 */
struct bc_encoded bc_page_protobuf_item(enum bc_page_type type, const struct bc_item *item);
struct bc_encoded bc_page_protobuf_end(
    enum bc_page_type type, struct bc_bytes ref, const struct bc_page_end *end);

#endif
