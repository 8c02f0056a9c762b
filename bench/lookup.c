/*
 * What of the processor it takes the view to look up what one user holds about another, in a large
 * store that preload has written and no broker has open. Prints the mean in us, over pairs as the
 * traffic of such a store has them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/acquaintance.h"
#include "storage/store.h"

#define LOOKUPS 1000000

static void say(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)fprintf(stderr, "lookup: %s\n", line);
}

static uint64_t cpu_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Users are numbered in the order in which preload first names them: asked by name, for once. */
static enum bc_error number_of(const struct bc_view *view, uint32_t user, uint32_t *number)
{
    char name[BC_CROWD_NAME_BYTES];

    return bc_view_user(view, bc_crowd_name(user, name), number);
}

static enum bc_error look_up(
    const struct bc_view *view, uint32_t users, uint32_t degree, uint64_t *taken_ns)
{
    uint32_t *numbers = calloc(users, sizeof(*numbers));
    uint64_t random = BC_CROWD_SEED;
    uint32_t found = 0;
    enum bc_error error = numbers != NULL ? BC_OK : BC_NOMEM;

    for (uint32_t i = 0; error == BC_OK && i < users; i++) {
        error = number_of(view, i, &numbers[i]);
    }
    *taken_ns = cpu_ns();
    for (uint32_t i = 0; error == BC_OK && i < LOOKUPS; i++) {
        struct bc_relation relation;
        uint32_t user = bc_ranked_user(users, bc_crowd_rank(&random, users));
        uint32_t other = bc_acquaintance(users, user, bc_crowd_rank(&random, degree));

        error = bc_view_relation(view, numbers[user], numbers[other], &relation);
        found += relation.stance == BC_CONTACT;
    }
    *taken_ns = cpu_ns() - *taken_ns;
    free(numbers);
    return error == BC_OK && found != LOOKUPS ? BC_NOTFOUND : error;
}

int main(int argc, char **argv)
{
    struct bc_store_options options = { .checkpoint_facts = 20000,
        .checkpoint_bytes = 32U << 20,
        .message_max_bytes = 1 << 20,
        .log = say };
    struct bc_store *store;
    uint64_t taken_ns = 0;
    enum bc_error error;

    if (argc != 4) {
        (void)fputs("usage: lookup DIR USERS DEGREE\n", stderr);
        return 2;
    }
    options.dir = argv[1];
    error = bc_store_open(&store, &options);
    if (error == BC_OK) {
        error = look_up(bc_store_view(store), (uint32_t)strtoul(argv[2], NULL, 10),
            (uint32_t)strtoul(argv[3], NULL, 10), &taken_ns);
    }
    if (error != BC_OK) {
        (void)fprintf(stderr, "lookup: %s\n", bc_error_text(error));
        bc_store_close(store);
        return 1;
    }
    printf("%.3f\n", (double)taken_ns / 1e3 / LOOKUPS);
    bc_store_close(store);
    return 0;
}
