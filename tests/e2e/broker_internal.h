/* The broker's insides, for broker.c (its process) and broker_conf.c (the files it reads). */
#ifndef BC_TESTS_E2E_BROKER_INTERNAL_H
#define BC_TESTS_E2E_BROKER_INTERNAL_H

#include "broker.h"

enum {
    DIR_SIZE = 128,
    PATH_SIZE = 160
};

struct broker {
    const struct broker_options *options;
    struct broker_options own_options;
    struct client *clients;
    char dir[DIR_SIZE];
    char conf[PATH_SIZE];
    char log[PATH_SIZE];
    off_t log_start; /* of the last start */
    uint16_t ports[BROKER_LISTENERS];
    pid_t pid;
};

/* Find free ports for all listeners. Another program may take one before the broker does. */
void broker_choose_ports(struct broker *b);

/* Write mosquitto.conf, with the ports as they are chosen. */
void broker_write_conf(const struct broker *b);

/* Write the password file, and the certificates if there is to be TLS. */
void broker_write_credentials(const struct broker *b);

#endif
