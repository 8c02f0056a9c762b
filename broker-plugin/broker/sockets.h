/*
 * Which descriptor a client's connection is. The plugin API doesn't say, but the kernel does, in
 * /proc/self/fdinfo of the broker's epoll descriptor: with each descriptor, the word that the
 * broker gave for it, which is the client. What is not said there is not known.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_SOCKETS_H
#define BC_BROKER_PLUGIN_BROKER_SOCKETS_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bc_sockets;

/* How a connection is held: cork.h's. */
enum bc_cork_list {
    BC_CORK_WRITERS,
    BC_CORK_READERS,
    BC_CORK_LISTS
};

struct bc_socket {
    struct bc_socket *next;
    const struct mosquitto *client;
    int fd; /* -1: it isn't known */
    bool held[BC_CORK_LISTS];
    bool due;       /* as a writer it is held no longer than this turn */
    unsigned acks;  /* that are held of the writer */
    unsigned turns; /* for which it has been held */
    int unread;     /* bytes that wait to be read, since it was last looked at */
};

/* NULL without memory; free it with bc_sockets_free(), for which NULL is allowed. */
struct bc_sockets *bc_sockets_new(void);
void bc_sockets_free(struct bc_sockets *sockets);

/**
 * bc_sockets_find(sockets, epoll, client):
 * The connection of ${client} among those of the descriptor ${epoll}, which is looked through for
 * it if that has been earned: it takes up a hundredth of the time at the most. NULL if it isn't
 * known, or isn't now. What is found may be changed, and is there until it is forgotten.
 */
struct bc_socket *bc_sockets_find(
    struct bc_sockets *sockets, int epoll, const struct mosquitto *client);

/* The same of those that are known, without looking. */
struct bc_socket *bc_sockets_known(
    const struct bc_sockets *sockets, const struct mosquitto *client);

/* ${client} is gone, and its address may be another's from now on. */
void bc_sockets_forget(struct bc_sockets *sockets, const struct mosquitto *client);

#endif
