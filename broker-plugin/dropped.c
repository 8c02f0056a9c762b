#include "broker-plugin/dropped.h"

#include <dlfcn.h>
#include <string.h>

/* After so many it is looked for what was dropped, though nobody went. */
#define MOST_MESSAGES 4096
#define MOST_BYTES    (size_t)(16 * 1024 * 1024)

/* Fewer than these fit into any queue: Mosquitto's default is 1000. */
#define FEW_MESSAGES 1000

struct bc_dropped bc_dropped_find(void)
{
    struct bc_dropped dropped = { .forget = NULL };
    void *symbol = dlsym(RTLD_DEFAULT, "db__msg_store_compact");

    memcpy(&dropped.forget, &symbol, sizeof(symbol)); /* C has no cast for it */
    return dropped;
}

void bc_dropped_note(struct bc_dropped *dropped, size_t bytes)
{
    dropped->messages++;
    dropped->bytes += bytes;
}

void bc_dropped_gone(struct bc_dropped *dropped)
{
    dropped->gone = true;
}

void bc_dropped_turn(struct bc_dropped *dropped)
{
    bool due = dropped->messages >= MOST_MESSAGES || dropped->bytes >= MOST_BYTES ||
               (dropped->gone && dropped->messages >= FEW_MESSAGES);

    dropped->gone = false;
    if (due && dropped->forget != NULL) {
        dropped->forget();
    }
    if (due) {
        dropped->messages = 0;
        dropped->bytes = 0;
    }
}
