/* Runs a target once on each file that is named, for builds without libFuzzer. */
#include <stdio.h>

#include "fuzz.h"

static void run(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    size_t size;

    MUST(file != NULL && data != NULL);
    size = fread(data, 1, 1 << 20, file);
    (void)fclose(file);
    /* In memory of just its size, so that reading beyond it is found. */
    uint8_t *exact = malloc(size > 0 ? size : 1);

    MUST(exact != NULL);
    memcpy(exact, data, size);
    free(data);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        run(argv[i]);
    }
    (void)printf("%d files\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
