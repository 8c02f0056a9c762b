/* The ledger's insides, for ledger.c (writing, and what comes of it) and compare.c (checking). */
#ifndef BC_TESTS_CLUSTER_LEDGER_INTERNAL_H
#define BC_TESTS_CLUSTER_LEDGER_INTERNAL_H

#include "client.h"
#include "ledger.h"

enum {
    WINDOW = 8, /* messages of a writer on their way */
    ID_SIZE = 17,
    PAYLOAD_SIZE = 400
};

#define CREW   "crew"
#define READER "reader"

enum fate {
    FLYING, /* not known yet */
    KEPT,   /* seen by a check */
    GONE    /* not there at a check, and not sent again */
};

/* One message; its number, which is its payload's beginning, is its index. */
struct sent {
    unsigned writer;
    enum fate fate;
    bool group;
    bool acked;
    bool acked_here;              /* ... by its writer's broker, and not where it was sent again */
    bool refused_here;            /* the same */
    bool shown_back;              /* to its writer */
    bool loose;                   /* sent again by another broker, so that it may be out of order */
    char shown[ID_SIZE];          /* the id that somebody was shown it with, or "" */
    char stored[ID_SIZE];         /* ... and that a check has found it with */
    unsigned live[WORLD_BROKERS]; /* the connection on which the reader was shown it last */
};

/* A user's connection to one broker. */
struct talker {
    char name[16];
    struct client *client;
    unsigned connection; /* counts them */
    bool stood;          /* since ledger_meet() */
    struct {
        int number;
        int mid;
    } flying[WINDOW];
    int flying_count;
    int64_t next_ms;
};

struct ledger {
    struct world *world;
    struct dice *dice;
    enum ledger_promise promise;
    struct talker writers[WORLD_BROKERS];
    struct talker twins[WORLD_BROKERS]; /* of the writer of this index, on the next broker */
    struct talker readers[WORLD_BROKERS];
    struct sent *sent;
    int count;
    int size;
    int met;                 /* the first number since ledger_meet() */
    int settled;             /* all numbers below have had a check */
    int last[WORLD_BROKERS]; /* of each writer, that a check has seen */
    char after[ID_SIZE];     /* the cursor up to which all was compared */
    char *complaint;
};

/* Keep the first complaint. */
void ledger_complain(struct ledger *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The number that ${payload} begins with, or -1 and a complaint if that was never sent. */
int ledger_number(struct ledger *l, const char *payload);

/* Take what has come to everybody; serve all brokers that run once. */
void ledger_serve(struct ledger *l);

/* Have a new message sent by ${writer}, whose window isn't full. Returns its number. */
int ledger_send_new(struct ledger *l, unsigned writer);

/* Connect whoever isn't, to brokers that run. */
void ledger_tend(struct ledger *l);

/* Let everybody go, after what has come is taken. */
void ledger_part(struct ledger *l);

#endif
