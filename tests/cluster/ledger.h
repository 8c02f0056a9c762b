/*
 * What users write on several brokers, and what becomes of it on each:
 *
 *     ledger = ledger_new(world, &dice);
 *     ledger_found(ledger);
 *     for each round:
 *         ledger_meet(ledger);               everybody connects
 *         ledger_live(ledger, 300);          they write, while anything may happen ...
 *         ...                                                                    ... all runs again
 *         if (!ledger_check(ledger))
 *             fail_msg("%s", ledger_complaint(ledger));
 *
 * On each broker a writer sends numbered messages to the reader, who is there on all, and to a
 * group of both. Each message that is acknowledged is there once, in its writer's order, under one
 * id, on every broker; whose connection has stood was shown it once; and nobody was shown what
 * isn't there afterwards. Nothing here fails the test for what is lost, so that one can demand that
 * it is found.
 */
#ifndef BC_TESTS_CLUSTER_LEDGER_H
#define BC_TESTS_CLUSTER_LEDGER_H

#include "dice.h"
#include "world.h"

struct ledger;

/* For struct broker_options. */
extern const char *const ledger_users[];
extern const char *const ledger_lines[];

/*
 * When a message may not be missing any more: when it is acknowledged, or, as with durability
 * batch, when its writer is shown it.
 */
enum ledger_promise {
    LEDGER_ACKNOWLEDGED,
    LEDGER_SHOWN
};

/* Memory: to be freed with ledger_free(), before its world. */
struct ledger *ledger_new(struct world *world, struct dice *dice, enum ledger_promise promise);
void ledger_free(struct ledger *ledger);

/* Contacts, and the group. */
void ledger_found(struct ledger *ledger);

/* Connect everybody, to brokers that run. */
void ledger_meet(struct ledger *ledger);

/* Write for ${ms}, on all brokers that run. Who has lost the connection connects again. */
void ledger_live(struct ledger *ledger, int ms);

/*
 * All runs: compare what each broker has with what was sent, acknowledged and shown since the last
 * time, and let everybody go. Returns whether there is no complaint. Whatever is there now is
 * expected to stay, and what is not, to stay away.
 */
bool ledger_check(struct ledger *ledger);

/* The same of all that there ever was. */
bool ledger_check_all(struct ledger *ledger);

/* The first complaint, or NULL. */
const char *ledger_complaint(const struct ledger *ledger);

/* Messages acknowledged so far. */
unsigned ledger_acknowledged(const struct ledger *ledger);

/*
 * How many messages there are; and of those behind the first ${from}, how many of the writer of the
 * broker ${index} that broker has acknowledged, or refused for want of the log.
 */
unsigned ledger_sent(const struct ledger *ledger);
unsigned ledger_acknowledged_since(const struct ledger *ledger, unsigned index, unsigned from);
unsigned ledger_refused_since(const struct ledger *ledger, unsigned index, unsigned from);

/*
 * Write until the writers of ${set}, a bit for each broker, are ${told} of a message behind the
 * first ${from}: one of those two. Returns how many milliseconds that takes; the test fails when it
 * is a minute.
 */
typedef unsigned ledger_told_fn(const struct ledger *ledger, unsigned index, unsigned from);
int64_t ledger_live_until(struct ledger *ledger, unsigned set, ledger_told_fn *told, unsigned from);

void ledger_print(const struct ledger *ledger);

#endif
