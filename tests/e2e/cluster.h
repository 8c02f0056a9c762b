/*
 * Two brokers on one PostgreSQL. As with broker.h, whatever goes wrong fails the running test with
 * a sentence.
 */
#ifndef BC_TESTS_E2E_CLUSTER_H
#define BC_TESTS_E2E_CLUSTER_H

#include "postgres.h"
#include "talk.h"

#define CLUSTER_BROKERS 2

struct cluster {
    struct postgres *postgres;
    struct broker *brokers[CLUSTER_BROKERS];
    char nodes[CLUSTER_BROKERS][16];
    const char *options[CLUSTER_BROKERS][12];
};

/* For struct broker_options: what libpq needs in a process with sanitizers. */
extern const char *const cluster_preload;

/* Start the brokers, with ${durability}, ${quorum} and, if it isn't NULL, ${more}: plugin options.
 */
void cluster_start_brokers(
    struct cluster *cluster, const char *durability, const char *quorum, const char *more);

/* Start one server, and the brokers without a quorum. */
void cluster_start(struct cluster *cluster, const char *durability);
void cluster_end(struct cluster *cluster);

/* Stop all brokers, which have what is in the log, and demand that their stores are the same. */
void cluster_expect_same(struct cluster *cluster);

/* The folder of the store of the broker ${index}; good until the next call. */
const char *cluster_data(const struct cluster *cluster, unsigned index);

/*
 * Run the tool's ${verb} for the broker ${index}, with the arguments ${more}, ended by NULL, if
 * there are, demanding success. What it prints is the caller's to free.
 */
char *cluster_tool(
    const struct cluster *cluster, unsigned index, const char *verb, const char *const *more);

/* Wait until the tool's ${verb} says ${text} of the broker ${index}. */
void cluster_expect_said(
    const struct cluster *cluster, unsigned index, const char *verb, const char *text);

/* Each has the other as a contact. */
void cluster_befriend(struct client *alice, struct client *bob);

/* Wait until ${c}, whose broker may have to catch up, has ${count} messages of bob's. */
void cluster_expect_history(struct client *c, size_t count);

#endif
