/* The client's insides, for client.c (its life) and client_traffic.c (what it sends and gets). */
#ifndef BC_TESTS_E2E_CLIENT_INTERNAL_H
#define BC_TESTS_E2E_CLIENT_INTERNAL_H

#include "client.h"

enum {
    MIDS = 65536,
    NO_CODE = CLIENT_WAITING
};

struct answer {
    cJSON *json;
    struct answer *next;
};

struct client {
    struct broker *broker;
    struct mosquitto *mosquitto;
    struct ws_relay *relay;
    struct message *waiting;
    struct message **waiting_end;
    struct message *taken;
    struct answer *answers;
    struct client *next;
    char name[128]; /* for sentences */
    bool lost;
    bool session_present;
    int connect_code;
    int disconnect_code;
    int16_t codes[MIDS]; /* the last acknowledgement's of each packet id */
};

/* One round of all clients on the way to ${deadline}. Returns false when it has passed. */
bool client_serve(struct broker *b, int64_t deadline);

/* Fail the test if libmosquitto returned ${rc} for our own settings: the test is wrong. */
void client_must(const struct client *c, int rc, const char *what);

#endif
