/*
 * What the store alone costs: rules, journal, tables and deliveries, without a broker.
 *
 * usage: store_alone [-m messages] [-u users] [-k contacts] [-b batch] [-r rate] [-f checkpoint
 * facts]
 *              [-c checkpoint bytes] [-s] <directory>
 *
 * Appends messages of 200 bytes to the store in the directory, in batches that are synced as the
 * plugin does, and prints what that cost. Senders are drawn from a Zipf distribution of users, and
 * the recipient likewise from the sender's contacts. With -s, only makes every user a contact of
 * all of theirs. With -r, batches are due at so many messages a second, and late from then on. Run
 * it again on the same directory to measure it with more in it.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "messaging/decide.h"
#include "messaging/deliver.h"
#include "storage/store.h"

#define PAYLOAD 200

struct bench {
    struct bc_store *store;
    struct bc_id_source ids;
    const char *dir;
    unsigned messages;
    unsigned users;
    unsigned contacts; /* of each user */
    unsigned batch;
    unsigned rate; /* messages a second, 0 for as many as can be */
    bool setup;
    struct bc_store_options options;
    uint64_t random;
    double *zipf_users; /* sums of the shares of those before and with it */
    double *zipf_contacts;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "store_alone: %s\n", what);
    exit(1);
}

static double now_s(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void say(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)fprintf(stderr, "%s\n", line);
}

/* ---- traffic ---- */

static double draw(struct bench *bench)
{
    bench->random = bench->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(bench->random >> 11) / 9007199254740992.0;
}

static double *zipf(unsigned count)
{
    double *sums = calloc(count, sizeof(*sums));
    double sum = 0;

    if (sums == NULL) {
        die("out of memory");
    }
    for (unsigned i = 0; i < count; i++) {
        sum += 1.0 / (i + 1);
        sums[i] = sum;
    }
    for (unsigned i = 0; i < count; i++) {
        sums[i] /= sum;
    }
    return sums;
}

static unsigned pick(const double *sums, unsigned count, double share)
{
    unsigned low = 0;

    for (unsigned high = count - 1; low < high;) {
        unsigned middle = (low + high) / 2;

        if (sums[middle] < share) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Who has the most to say is anywhere among the users. */
static unsigned scattered(const struct bench *bench, unsigned rank)
{
    return (unsigned)((rank * UINT64_C(2654435761)) % bench->users);
}

/* The contacts of a user are those who have them for a contact, too. */
static unsigned contact(const struct bench *bench, unsigned user, unsigned rank)
{
    uint64_t others = bench->users > 1 ? bench->users - 1 : 1;
    uint64_t distance = 1 + (rank / 2) * UINT64_C(7919) % others;

    return (unsigned)((user + (rank % 2 == 0 ? distance : bench->users - distance)) % bench->users);
}

static struct bc_bytes name_of(unsigned user, char name[16])
{
    (void)snprintf(name, 16, "user%u", user);
    return bc_bytes_text(name);
}

/* ---- the store ---- */

static enum bc_error count_message(void *context, const struct bc_view *view, struct bc_bytes to,
    enum bc_box box, const struct bc_message *message)
{
    (void)view;
    (void)to;
    (void)box;
    (void)message;
    ++*(uint64_t *)context;
    return BC_OK;
}

static enum bc_error count_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    (void)to;
    (void)event;
    ++*(uint64_t *)context;
    return BC_OK;
}

static const struct bc_limits limits = { .kinds = UINT32_MAX,
    .request_kinds = UINT32_MAX,
    .request_max_messages = 1000,
    .request_max_pending = 1000000,
    .request_max_bytes = 65536,
    .request_days = 30,
    .message_max_bytes = 65536,
    .group_max_members = 100,
    .groups_per_user = 100,
    .msgid_days = 7 };

static void ask(struct bench *bench, struct bc_request *request)
{
    const struct bc_view *view = bc_store_view(bench->store);
    uint64_t delivered = 0;
    struct bc_delivery_sink sink = { &delivered, count_message, count_event };
    struct bc_decision decision;

    request->now_ms = (uint64_t)(now_s(CLOCK_REALTIME) * 1000);
    request->id = bc_id_draw(&bench->ids, request->now_ms, bc_request_ids(request));
    request->within_rate = true;
    if (bc_decide(view, &limits, request, &decision) != BC_OK) {
        die("deciding failed");
    }
    if (decision.verdict == BC_NOTHING) {
        return;
    }
    if (decision.verdict != BC_CHANGES) {
        die(decision.sentence);
    }
    if (bc_store_append(bench->store, &decision.fact) != BC_OK) {
        die("appending failed");
    }
    if (bc_deliver(view, &decision.fact, &sink) != BC_OK) {
        die("delivering failed");
    }
}

static void send_one(struct bench *bench)
{
    static uint8_t payload[PAYLOAD];
    char from[16];
    char to[16];
    unsigned sender = scattered(bench, pick(bench->zipf_users, bench->users, draw(bench)));
    unsigned other =
        contact(bench, sender, pick(bench->zipf_contacts, bench->contacts, draw(bench)));
    struct bc_request request = {
        .action = BC_SEND, .from = name_of(sender, from), .to = name_of(other, to)
    };

    for (size_t i = 0; i < sizeof(payload); i += 1) {
        payload[i] = (uint8_t)('a' + (bench->ids.newest + i) % 26);
    }
    request.message.payload = bc_bytes(payload, sizeof(payload));
    ask(bench, &request);
}

static void end_batch(struct bench *bench)
{
    if (bc_store_sync(bench->store) != BC_OK) {
        die("syncing failed");
    }
    bc_store_delivered(bench->store, bc_store_last(bench->store));
    (void)!bc_store_checkpoint(bench->store, false);
}

/* Every user adds all of their contacts. */
static void set_up(struct bench *bench)
{
    double began = now_s(CLOCK_MONOTONIC);

    for (unsigned user = 0; user < bench->users; user++) {
        char from[16];
        char to[16];

        for (unsigned rank = 0; rank < bench->contacts; rank++) {
            struct bc_request request = { .action = BC_APPROVE,
                .from = name_of(user, from),
                .to = name_of(contact(bench, user, rank), to) };

            ask(bench, &request);
        }
        if (user % 64 == 63 || user == bench->users - 1) {
            end_batch(bench);
        }
    }
    printf("%u users with %u contacts each: %.1f s\n", bench->users, bench->contacts,
        now_s(CLOCK_MONOTONIC) - began);
}

/* ---- measuring ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y ? 1 : 0;
}

/* A number behind ${name} in a file of /proc/self. */
static uint64_t number_in(const char *path, const char *name)
{
    char line[256];
    uint64_t number = 0;
    FILE *file = fopen(path, "r");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            number = strtoull(line + strlen(name), NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return number;
}

static void wait_until(double due)
{
    double left = due - now_s(CLOCK_MONOTONIC);

    if (left > 0) {
        struct timespec pause = { .tv_sec = (time_t)left,
            .tv_nsec = (long)((left - (double)(time_t)left) * 1e9) };

        (void)nanosleep(&pause, NULL);
    }
}

/* How long each batch took, or was late, in ms. */
static void run(struct bench *bench, double *took, unsigned batches, uint64_t *rss_kb)
{
    double began = now_s(CLOCK_MONOTONIC);
    double apart = bench->rate > 0 ? (double)bench->batch / bench->rate : 0;

    for (unsigned i = 0; i < batches; i++) {
        double from = now_s(CLOCK_MONOTONIC);

        if (bench->rate > 0) {
            from = began + apart * i;
            wait_until(from);
        }
        for (unsigned j = 0; j < bench->batch; j++) {
            send_one(bench);
        }
        end_batch(bench);
        took[i] = (now_s(CLOCK_MONOTONIC) - from) * 1e3;
        if (i % 64 == 0) {
            uint64_t rss = number_in("/proc/self/status", "RssAnon:");

            *rss_kb = rss > *rss_kb ? rss : *rss_kb;
        }
    }
}

static void measure(struct bench *bench)
{
    unsigned batches = bench->messages / bench->batch;
    double *took = calloc(batches, sizeof(*took));
    uint64_t written = number_in("/proc/self/io", "write_bytes: ");
    double cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
    double own_cpu = now_s(CLOCK_THREAD_CPUTIME_ID);
    double began = now_s(CLOCK_MONOTONIC);
    uint64_t rss_kb = 0;
    double messages;

    if (took == NULL || batches == 0) {
        die("nothing to do");
    }
    run(bench, took, batches, &rss_kb);
    began = now_s(CLOCK_MONOTONIC) - began;
    cpu = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    own_cpu = now_s(CLOCK_THREAD_CPUTIME_ID) - own_cpu;
    messages = (double)batches * bench->batch;
    qsort(took, batches, sizeof(*took), by_value);
    printf("%.0f messages, %.0f/s, each %.2f us, of them %.2f us of this thread's CPU and %.2f us "
           "of all threads'\n",
        messages, messages / began, began / messages * 1e6, own_cpu / messages * 1e6,
        cpu / messages * 1e6);
    printf("batches of %u: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms\n", bench->batch,
        took[batches / 2], took[(unsigned)(batches * 0.99)], took[(unsigned)(batches * 0.999)],
        took[batches - 1]);
    printf("%.0f bytes written each, %.1f MB RssAnon at most\n",
        (double)(number_in("/proc/self/io", "write_bytes: ") - written) / messages,
        (double)rss_kb / 1024);
    free(took);
}

static void report_size(const struct bench *bench)
{
    char path[4096];
    struct stat status;

    (void)snprintf(path, sizeof(path), "%s/data.mdb", bench->dir);
    if (stat(path, &status) == 0) {
        printf("data.mdb: %.1f MB, %llu facts in all\n", (double)status.st_blocks * 512 / 1e6,
            (unsigned long long)bc_store_last(bench->store));
    }
}

static unsigned number(const char *text)
{
    unsigned long value = strtoul(text, NULL, 10);

    if (value == 0 || value > 1000000000) {
        die("a number from 1 to 1000000000 is wanted");
    }
    return (unsigned)value;
}

static void read_arguments(struct bench *bench, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "m:u:k:b:r:f:c:s")) != -1) {
        switch (option) {
        case 'm':
            bench->messages = number(optarg);
            break;
        case 'u':
            bench->users = number(optarg);
            break;
        case 'k':
            bench->contacts = number(optarg);
            break;
        case 'b':
            bench->batch = number(optarg);
            break;
        case 'r':
            bench->rate = number(optarg);
            break;
        case 'f':
            bench->options.checkpoint_facts = number(optarg);
            break;
        case 'c':
            bench->options.checkpoint_bytes = number(optarg);
            break;
        case 's':
            bench->setup = true;
            break;
        default:
            exit(2);
        }
    }
    if (optind != argc - 1 || bench->users <= bench->contacts) {
        die("usage: store_alone [options] <directory>, with more users than contacts");
    }
    bench->options.dir = bench->dir = argv[optind];
}

int main(int argc, char **argv)
{
    struct bench bench = { .messages = 100000,
        .users = 1000,
        .contacts = 20,
        .batch = 50,
        .random = (uint64_t)time(NULL),
        .options = { .checkpoint_facts = 1000,
            .checkpoint_bytes = 8388608,
            .message_max_bytes = 1048576,
            .log = say } };
    double began;

    read_arguments(&bench, argc, argv);
    bench.zipf_users = zipf(bench.users);
    bench.zipf_contacts = zipf(bench.contacts);
    (void)mkdir(bench.dir, 0700);
    if (bc_store_open(&bench.store, &bench.options) != BC_OK) {
        die("the store can't be opened");
    }
    bench.ids.newest = bc_store_newest_id(bench.store);
    if (bench.setup) {
        set_up(&bench);
    } else {
        measure(&bench);
    }
    report_size(&bench);
    began = now_s(CLOCK_MONOTONIC);
    bc_store_close(bench.store);
    printf("closed in %.2f s\n", now_s(CLOCK_MONOTONIC) - began);
    free(bench.zipf_users);
    free(bench.zipf_contacts);
    return 0;
}
