/* What libFuzzer calls, and each target defines (llvm.org/docs/LibFuzzer.html). */
#ifndef BC_TESTS_FUZZ_H
#define BC_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold of every input; the fuzzer takes the abort for a finding. */
#define MUST(condition) ((condition) ? (void)0 : abort())

/* ${data} as a NUL-terminated string of its own, to be freed. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    MUST(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}

/* A directory of this process's own; tests/fuzz/run removes it. */
static inline const char *fuzz_directory(void)
{
    static char path[256];
    const char *parent = getenv("TMPDIR");

    if (path[0] == '\0') {
        (void)snprintf(path, sizeof(path), "%s/fuzz-XXXXXX", parent != NULL ? parent : "/tmp");
        MUST(mkdtemp(path) != NULL);
    }
    return path;
}

#endif
