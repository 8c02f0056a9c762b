/*
 * Memory that the plugin, and the libraries that work for it alone, can't get: calls are theirs if
 * they come from their code. What the broker or the C library allocates for them is not counted.
 */
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

static const char *const libraries[] = { "/mosquitto_backchannel.so", "/liblmdb.so",
    "/libprotobuf-c.so", "/libcjson.so" };

enum {
    LIBRARIES = sizeof libraries / sizeof *libraries
};

/* Where each library's code is, 0 while it is not known. */
static struct {
    _Atomic uintptr_t from;
    _Atomic uintptr_t upto;
} code[LIBRARIES];

/* The C library's own, behind those here. NOLINTBEGIN(bugprone-reserved-identifier) */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *data, size_t bytes);
/* NOLINTEND(bugprone-reserved-identifier) */

static void note_code(size_t library, const struct dl_phdr_info *info)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];

        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            atomic_store(&code[library].upto, info->dlpi_addr + part->p_vaddr + part->p_memsz);
            atomic_store(&code[library].from, info->dlpi_addr + part->p_vaddr);
        }
    }
}

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    for (size_t i = 0; i < LIBRARIES; i++) {
        if (strstr(info->dlpi_name, libraries[i]) != NULL)
            note_code(i, info);
    }
    return 0;
}

static int is_ours(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;

    if (atomic_load(&code[0].from) == 0)
        (void)dl_iterate_phdr(look, NULL);
    for (size_t i = 0; i < LIBRARIES; i++) {
        if (at >= atomic_load(&code[i].from) && at < atomic_load(&code[i].upto))
            return 1;
    }
    return 0;
}

/* Whether the call that is to return to ${caller} gets nothing. */
static int refused(const void *caller)
{
    if (!disk_memory_matters() || !is_ours(caller) || disk_fault(DISK_MEMORY) == 0)
        return 0;
    errno = ENOMEM;
    return 1;
}

DISK_EXPORT void *malloc(size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
}

DISK_EXPORT void *calloc(size_t count, size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, bytes);
}

DISK_EXPORT void *realloc(void *data, size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_realloc(data, bytes);
}
