#include "storage/tables/pages.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MAGIC   0xBEEFC0DEU
#define VERSION 1U

/* Flags of pages and nodes. */
#define BRANCH   0x01U
#define LEAF     0x02U
#define OVERFLOW 0x04U
#define BIG      0x01U
#define TREE     0x02U

#define FILE_PAGE_MIN ((size_t)256)

/* Of a mapping so much is taken away at a time. */
#define UNMAP_BYTES ((size_t)4 * 1024 * 1024)

struct header {
    size_t number;
    uint16_t pad;
    uint16_t flags;
    union {
        struct {
            uint16_t lower;
            uint16_t upper;
        };
        uint32_t pages;
    };
};

struct meta {
    uint32_t magic;
    uint32_t version;
    void *address;
    size_t map_size;
    struct bc_tree free;
    struct bc_tree main;
    size_t last_page;
    size_t transaction;
};

struct node {
    uint16_t words[2]; /* the lower first, or, on a machine of the other order, last */
    uint16_t flags;
    uint16_t key_size;
};

static bool read_meta(const struct bc_pages *pages, size_t at, struct meta *meta)
{
    if (at + sizeof(struct header) + sizeof(*meta) > pages->bytes) {
        return false;
    }
    memcpy(meta, pages->map + at + sizeof(struct header), sizeof(*meta));
    return meta->magic == MAGIC && meta->version == VERSION;
}

static enum bc_error read_metas(struct bc_pages *pages)
{
    struct meta metas[2];
    const struct meta *meta;

    if (!read_meta(pages, 0, &metas[0])) {
        return BC_NEWER;
    }
    pages->size = metas[0].free.pad;
    if (pages->size < FILE_PAGE_MIN || (pages->size & (pages->size - 1)) != 0 ||
        !read_meta(pages, pages->size, &metas[1])) {
        return BC_DAMAGED;
    }
    meta = metas[1].transaction > metas[0].transaction ? &metas[1] : &metas[0];
    pages->count = meta->last_page + 1;
    pages->transaction = meta->transaction;
    pages->free = meta->free;
    pages->main = meta->main;
    return pages->count <= pages->bytes / pages->size ? BC_OK : BC_DAMAGED;
}

enum bc_error bc_pages_map(struct bc_pages *pages, int fd)
{
    struct stat file;
    enum bc_error error;
    void *map;

    *pages = (struct bc_pages){ .map = NULL };
    if (fstat(fd, &file) != 0) {
        return BC_IO;
    }
    if (file.st_size == 0 || (uint64_t)file.st_size > SIZE_MAX) {
        return BC_NOMEM;
    }
    pages->bytes = (size_t)file.st_size;
    map = mmap(NULL, pages->bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return BC_NOMEM;
    }
    pages->map = map;
    error = read_metas(pages);
    if (error != BC_OK) {
        bc_pages_unmap(pages);
    }
    return error;
}

/* Other threads can't get memory from the system meanwhile: of 3 GB at once, for a quarter of a
 * second. */
void bc_pages_unmap(struct bc_pages *pages)
{
    uint8_t *map = (uint8_t *)(uintptr_t)pages->map;

    for (size_t at = 0; map != NULL && at < pages->bytes; at += UNMAP_BYTES) {
        size_t left = pages->bytes - at;

        (void)munmap(map + at, left < UNMAP_BYTES ? left : UNMAP_BYTES);
    }
    pages->map = NULL;
}

/* The header of the page ${number}, if that may be one. */
static bool get_header(const struct bc_pages *pages, size_t number, struct header *header)
{
    if (number < 2 || number >= pages->count) {
        return false;
    }
    memcpy(header, pages->map + number * pages->size, sizeof(*header));
    return header->number == number;
}

enum bc_error bc_pages_get(const struct bc_pages *pages, size_t number, struct bc_page *page)
{
    struct header header;

    if (!get_header(pages, number, &header) || (header.flags & (BRANCH | LEAF)) == 0 ||
        header.lower < sizeof(header) || header.lower > header.upper ||
        header.upper > pages->size) {
        return BC_DAMAGED;
    }
    *page = (struct bc_page){ .at = pages->map + number * pages->size,
        .number = number,
        .leaf = (header.flags & LEAF) != 0,
        .nodes = (unsigned)(header.lower - sizeof(header)) / 2,
        .lower = header.lower,
        .upper = header.upper };
    return BC_OK;
}

static size_t word(const struct node *node, int index)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return node->words[index];
#else
    return node->words[1 - index];
#endif
}

/* A value of ${size} bytes that begins on the page ${first}. */
static enum bc_error find_value(
    const struct bc_pages *pages, size_t first, size_t size, struct bc_node *node)
{
    struct header header;

    if (!get_header(pages, first, &header) || (header.flags & OVERFLOW) == 0 || header.pages == 0 ||
        header.pages > pages->count - first || size > header.pages * pages->size - sizeof(header)) {
        return BC_DAMAGED;
    }
    node->elsewhere = true;
    node->child = first;
    node->pages = header.pages;
    node->tail = first * pages->size + sizeof(header) + size;
    node->value = bc_bytes(pages->map + first * pages->size + sizeof(header), size);
    return BC_OK;
}

enum bc_error bc_pages_node(
    const struct bc_pages *pages, const struct bc_page *page, unsigned index, struct bc_node *node)
{
    struct node found;
    uint16_t at;
    size_t room;
    size_t size;

    memcpy(&at, page->at + sizeof(struct header) + 2 * (size_t)index, sizeof(at));
    if (index >= page->nodes || at < page->upper || at + sizeof(found) > pages->size) {
        return BC_DAMAGED;
    }
    memcpy(&found, page->at + at, sizeof(found));
    room = pages->size - at - sizeof(found);
    if (found.key_size > room) {
        return BC_DAMAGED;
    }
    *node = (struct bc_node){ .key = bc_bytes(page->at + at + sizeof(found), found.key_size) };
    if (!page->leaf) {
        node->child = word(&found, 0) | word(&found, 1) << 16;
        if (sizeof(size_t) > 4) {
            node->child |= (size_t)((uint64_t)found.flags << 32);
        }
        return BC_OK;
    }
    room -= found.key_size;
    size = word(&found, 0) | word(&found, 1) << 16;
    node->is_tree = (found.flags & TREE) != 0;
    if ((found.flags & BIG) != 0) {
        size_t first;

        if (room < sizeof(first)) {
            return BC_DAMAGED;
        }
        memcpy(&first, page->at + at + sizeof(found) + found.key_size, sizeof(first));
        return find_value(pages, first, size, node);
    }
    if (size > room || (node->is_tree && size != sizeof(struct bc_tree))) {
        return BC_DAMAGED;
    }
    node->value = bc_bytes(page->at + at + sizeof(found) + found.key_size, size);
    return BC_OK;
}
