/* What the files of the store have in common: its clock, what it says, its states. */
#include "storage/store_inside.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void bc_store_waits(const struct bc_store *store)
{
    if (store->waits != NULL) {
        store->waits(store->waits_context);
    }
}

void bc_store_say(const struct bc_store *store, bool warning, const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    store->log(store->log_context, warning, line);
}

static const bool allowed[BC_STORE_STATES][BC_STORE_STATES] = {
    [BC_STORE_OPENING] = { [BC_STORE_WHOLE] = true, [BC_STORE_BROKEN] = true },
    [BC_STORE_WHOLE] = { [BC_STORE_BROKEN] = true },
    [BC_STORE_BROKEN] = { [BC_STORE_WHOLE] = true, [BC_STORE_BROKEN] = true },
};

void bc_store_go(struct bc_store *store, enum bc_store_state next)
{
    bool may = allowed[store->state][next];

    assert(may);
    (void)may; /* without assertions */
    store->state = next;
}

/* Those of the facts: what is durable was appended, and what is in the tables is in the journal. */
static void check_numbers(const struct bc_store *store)
{
    assert(store->base.applied <= store->meta.applied);
    assert(store->base.newest_id <= store->meta.newest_id);
    assert(store->base.generation <= bc_journal_generation(store->journal));
    assert(store->meta.applied == bc_journal_last(store->journal));
    assert(store->base.applied <= bc_journal_synced(store->journal));
    (void)store; /* without assertions */
}

void bc_store_check(const struct bc_store *store)
{
    assert(store->journal != NULL && store->tables != NULL);
    assert(store->stored.tables == store->tables && store->stored.view.tables == store->tables);
    assert(store->state != BC_STORE_OPENING);
    if (store->state == BC_STORE_WHOLE) {
        assert(bc_tables_readable(store->tables));
        check_numbers(store);
    }
}
