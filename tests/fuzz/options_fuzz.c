/* Options as mosquitto.conf has them: lines of a name, a space and a value. */
#include "fuzz.h"
#include "settings/option.h"

#define PAIRS_MAX 64

/* Cut ${text} into pairs, in place. */
static size_t read_pairs(char *text, struct bc_option_pair pairs[PAIRS_MAX])
{
    size_t count = 0;

    for (char *line = strtok(text, "\n"); line != NULL && count < PAIRS_MAX;
         line = strtok(NULL, "\n")) {
        char *space = strchr(line, ' ');

        if (space != NULL) {
            *space = '\0';
        }
        pairs[count++] =
            (struct bc_option_pair){ .key = line, .value = space != NULL ? space + 1 : NULL };
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size);
    struct bc_option_pair pairs[PAIRS_MAX];
    size_t count = read_pairs(text, pairs);
    struct bc_options options;
    char line[512] = "";

    if (bc_options_read(&options, pairs, count, line, sizeof(line))) {
        MUST(options.data_dir[0] != '\0' && options.rate_per_minute > 0);
        MUST(options.limits.message_max_bytes > 0 && options.checkpoint_facts > 0);
        bc_options_free(&options);
    } else {
        MUST(line[0] != '\0' && strlen(line) < sizeof(line));
    }
    free(text);
    return 0;
}
