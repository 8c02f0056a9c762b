/*
 * The pages of an LMDB file, which LMDB shows to nobody: what lies between and behind its rows, and
 * on its free pages, is what was there before. Its format is version 1, of all of LMDB 0.9; another
 * is told from it by its number. Numbers are those of the machine.
 *
 * page     | number | pad u16 | flags u16 | lower u16, upper u16 | then: where each node begins u16
 *          [lower..upper) is nobody's; nodes are behind that
 * overflow | number | pad u16 | flags u16 | pages u32 | a value
 * node     | two u16 and flags u16: of a branch, 48 bits of a page's number, of a leaf 32 of the
 *          | value's size | size of the key u16 | key | value, or the page that it begins on
 * meta     | page | magic u32 | version u32 | address | map size | free pages' tree | main tree |
 *          | last page | transaction; pages 0 and 1, of which the younger counts
 * tree     | pad u32 (of the first: the size of a page) | flags u16 | depth u16 | branches |
 *          | leaves | overflow pages | rows | root, or ~0
 */
#ifndef BC_STORAGE_TABLES_PAGES_H
#define BC_STORAGE_TABLES_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "messaging/bytes.h"
#include "messaging/error.h"

#define BC_NO_PAGE (~(size_t)0)

struct bc_tree {
    uint32_t pad;
    uint16_t flags;
    uint16_t depth;
    size_t branches;
    size_t leaves;
    size_t overflows;
    size_t rows;
    size_t root;
};

/* A file, mapped. */
struct bc_pages {
    const uint8_t *map;
    size_t bytes; /* of the file */
    size_t size;  /* of a page */
    size_t count; /* of the pages in use, free or not */
    size_t transaction;
    struct bc_tree free;
    struct bc_tree main;
};

/* Map the file ${fd}. BC_NEWER if its format is another, BC_DAMAGED, BC_NOMEM, BC_IO. */
enum bc_error bc_pages_map(struct bc_pages *pages, int fd) BC_MUST_CHECK;
void bc_pages_unmap(struct bc_pages *pages);

/* A page with nodes, and how many. */
struct bc_page {
    const uint8_t *at;
    size_t number;
    bool leaf;
    unsigned nodes;
    size_t lower; /* of the page: from here ... */
    size_t upper; /* ... up to here it is nobody's */
};

/* A node. */
struct bc_node {
    struct bc_bytes key;
    struct bc_bytes value; /* of a leaf, in the page; none if it is elsewhere: */
    size_t child;          /* of a branch: that page; of a leaf, the first of the value's */
    size_t pages;          /* so many of the value's ... */
    size_t tail;           /* ... and where in the file it ends */
    bool elsewhere;
    bool is_tree; /* the value is a struct bc_tree */
};

/* What is wrong with a file is BC_DAMAGED: nothing beyond it is looked at. */
enum bc_error bc_pages_get(
    const struct bc_pages *pages, size_t number, struct bc_page *page) BC_MUST_CHECK;
enum bc_error bc_pages_node(const struct bc_pages *pages, const struct bc_page *page,
    unsigned index, struct bc_node *node) BC_MUST_CHECK;

#endif
