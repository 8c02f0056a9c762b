#include "storage/tables/scrub.h"

#include <errno.h>
#include <stdlib.h>

#include "storage/tables/pages.h"

/* No tree is as high. */
#define DEPTH_MAX 32

/* A pass over the file. */
struct pass {
    const struct bc_pages *pages;
    struct bc_wipe *wipe;
    struct bc_scrub *scrub;
    bool resumes; /* this tree, from its key on */
    bool keeps;   /* how far it has come in this tree is kept */
};

static enum bc_error wiped(int code)
{
    switch (code) {
    case 0:
        return BC_OK;
    case ECANCELED:
        return BC_BUSY;
    case ENOMEM:
        return BC_NOMEM;
    case ENOSPC:
    case EDQUOT:
        return BC_FULL;
    default:
        return BC_IO;
    }
}

/* Overwrite [from..upto) of the file, if there is anything, as the map shows. */
static enum bc_error clean(const struct pass *pass, size_t from, size_t upto)
{
    if (bc_bytes_zero(bc_bytes(pass->pages->map + from, upto - from))) {
        return BC_OK;
    }
    return wiped(bc_wipe_range(pass->wipe, from, upto));
}

static enum bc_error clean_gap(const struct pass *pass, const struct bc_page *page)
{
    size_t at = page->number * pass->pages->size;

    return clean(pass, at + page->lower, at + page->upper);
}

static enum bc_error clean_tail(const struct pass *pass, const struct bc_node *node)
{
    return node->elsewhere
               ? clean(pass, node->tail, (node->child + node->pages) * pass->pages->size)
               : BC_OK;
}

/* ---- trees ---- */

static enum bc_error clean_leaf(const struct pass *pass, const struct bc_page *page)
{
    struct bc_node node;
    enum bc_error error = clean_gap(pass, page);

    for (unsigned i = 0; error == BC_OK && i < page->nodes; i++) {
        error = bc_pages_node(pass->pages, page, i, &node);
        if (error == BC_OK && i == 0 && pass->keeps && node.key.len <= BC_KEY_MAX) {
            pass->scrub->key.len = node.key.len; /* all before this one is clean */
            memcpy(pass->scrub->key.bytes, node.key.data, node.key.len);
        }
        if (error == BC_OK) {
            error = clean_tail(pass, &node);
        }
    }
    return error;
}

/* Is all that is below the node ${index} of the branch before the key that was reached? */
static enum bc_error is_behind(
    const struct pass *pass, const struct bc_page *page, unsigned index, bool *behind)
{
    struct bc_node next;
    enum bc_error error = BC_OK;

    *behind = false;
    if (pass->resumes && index + 1 < page->nodes) {
        error = bc_pages_node(pass->pages, page, index + 1, &next);
        *behind = error == BC_OK && bc_key_compare(next.key, bc_key_bytes(&pass->scrub->key)) <= 0;
    }
    return error;
}

/* A branch that is gone through. */
struct level {
    struct bc_page page;
    unsigned index;
};

/* Go down from the page ${number}, by a stack: the leaf it comes to is cleaned. */
static enum bc_error enter(
    const struct pass *pass, size_t number, struct level *levels, unsigned *depth)
{
    struct bc_page page;
    enum bc_error error =
        *depth < DEPTH_MAX ? bc_pages_get(pass->pages, number, &page) : BC_DAMAGED;

    if (error != BC_OK) {
        return error;
    }
    if (bc_wipe_stops(pass->wipe)) {
        return BC_BUSY;
    }
    if (page.leaf) {
        return clean_leaf(pass, &page);
    }
    levels[(*depth)++] = (struct level){ .page = page };
    return clean_gap(pass, &page);
}

static enum bc_error clean_tree(const struct pass *pass, const struct bc_tree *tree)
{
    struct level levels[DEPTH_MAX];
    unsigned depth = 0;
    enum bc_error error =
        tree->root == BC_NO_PAGE ? BC_OK : enter(pass, tree->root, levels, &depth);

    while (error == BC_OK && depth > 0) {
        struct level *level = &levels[depth - 1];
        struct bc_node node;
        bool behind = false;

        if (level->index == level->page.nodes) {
            depth--;
            continue;
        }
        error = bc_pages_node(pass->pages, &level->page, level->index, &node);
        if (error == BC_OK) {
            error = is_behind(pass, &level->page, level->index, &behind);
        }
        level->index++;
        if (error == BC_OK && !behind) {
            error = enter(pass, node.child, levels, &depth);
        }
    }
    return error;
}

/* Call ${fn} with each row of the tree ${root}, which has one leaf, or more below one branch ... */
typedef enum bc_error each_fn(struct pass *pass, const struct bc_node *node, void *context);

static enum bc_error each_row(
    struct pass *pass, size_t number, unsigned depth, each_fn *fn, void *context)
{
    struct bc_page page;
    struct bc_node node;
    enum bc_error error = depth < DEPTH_MAX ? bc_pages_get(pass->pages, number, &page) : BC_DAMAGED;

    for (unsigned i = 0; error == BC_OK && i < page.nodes; i++) {
        error = bc_pages_node(pass->pages, &page, i, &node);
        if (error == BC_OK) {
            error = page.leaf ? fn(pass, &node, context)
                              : each_row(pass, node.child, depth + 1, fn, context);
        }
    }
    return error;
}

static enum bc_error each_row_of(
    struct pass *pass, const struct bc_tree *tree, each_fn *fn, void *context)
{
    return tree->root == BC_NO_PAGE ? BC_OK : each_row(pass, tree->root, 0, fn, context);
}

static size_t pages_of(const struct bc_tree *tree)
{
    return tree->branches + tree->leaves + tree->overflows;
}

/* The tables, by name. Those before the one that was reached are clean. */
static enum bc_error clean_table(struct pass *pass, const struct bc_node *node, void *context)
{
    struct bc_scrub *scrub = pass->scrub;
    struct bc_bytes reached = bc_bytes_text(scrub->table);
    struct bc_tree tree;
    int order = bc_key_compare(node->key, reached);

    (void)context;
    if (!node->is_tree || node->value.len != sizeof(tree) ||
        node->key.len >= sizeof(scrub->table)) {
        return BC_DAMAGED;
    }
    if (order < 0) {
        return BC_OK;
    }
    memcpy(&tree, node->value.data, sizeof(tree));
    pass->resumes = order == 0;
    if (!pass->resumes) {
        memcpy(scrub->table, node->key.data, node->key.len);
        scrub->table[node->key.len] = '\0';
        scrub->key.len = 0;
    }
    return clean_tree(pass, &tree);
}

static enum bc_error clean_tables(struct pass *pass)
{
    enum bc_error error;

    pass->keeps = true;
    error = each_row_of(pass, &pass->pages->main, clean_table, NULL);
    pass->resumes = pass->keeps = false;
    if (error == BC_OK) {
        error = clean_tree(pass, &pass->pages->main);
    }
    pass->scrub->tables_done = error == BC_OK;
    return error;
}

/* ---- free pages ---- */

/* The pages that are free, and how many pages are known to be anything. */
struct map {
    uint8_t *bits;
    size_t counted;
};

static enum bc_error add_free(struct pass *pass, const struct bc_node *node, void *context)
{
    struct map *map = context;
    size_t count = 0;

    (void)pass;
    if (node->value.len >= sizeof(count)) {
        memcpy(&count, node->value.data, sizeof(count));
    }
    if (node->value.len < sizeof(count) || count > node->value.len / sizeof(count) - 1) {
        return BC_DAMAGED;
    }
    for (size_t i = 1; i <= count; i++) {
        size_t number;

        memcpy(&number, node->value.data + i * sizeof(number), sizeof(number));
        if (number < 2 || number >= pass->pages->count) {
            return BC_DAMAGED;
        }
        map->bits[number / 8] |= (uint8_t)(1U << number % 8);
        map->counted++;
    }
    return BC_OK;
}

static enum bc_error count_table(struct pass *pass, const struct bc_node *node, void *context)
{
    struct map *map = context;
    struct bc_tree tree;

    (void)pass;
    memcpy(&tree, node->value.data, sizeof(tree));
    map->counted += pages_of(&tree);
    return BC_OK;
}

/* A page that is neither free nor anybody's could hold anything: then nothing can be said. */
static enum bc_error find_free(struct pass *pass, struct map *map)
{
    const struct bc_pages *pages = pass->pages;
    enum bc_error error;

    map->counted = 2 + pages_of(&pages->free) + pages_of(&pages->main);
    error = each_row_of(pass, &pages->main, count_table, map);
    if (error == BC_OK) {
        error = each_row_of(pass, &pages->free, add_free, map);
    }
    return error == BC_OK && map->counted != pages->count ? BC_DAMAGED : error;
}

static bool is_set(const struct map *map, size_t number)
{
    return (map->bits[number / 8] >> number % 8 & 1) != 0;
}

static enum bc_error clean_marked(struct pass *pass, const struct map *map)
{
    const struct bc_pages *pages = pass->pages;
    size_t *at = &pass->scrub->page;
    enum bc_error error = BC_OK;

    while (error == BC_OK && *at < pages->count) {
        size_t first = *at;
        size_t upto = first;

        while (upto < pages->count && upto - first < 16 && is_set(map, upto)) {
            upto++;
        }
        if (upto > first) {
            error = wiped(bc_wipe_range(pass->wipe, first * pages->size, upto * pages->size));
        }
        if (error == BC_OK) {
            *at = upto > first ? upto : first + 1;
        }
    }
    return error;
}

/* The list of the free pages changes with each transaction: it is clean when they are. */
static enum bc_error clean_free(struct pass *pass)
{
    const struct bc_pages *pages = pass->pages;
    struct map map = { .bits = calloc(pages->count / 8 + 1, 1) };
    enum bc_error error = map.bits != NULL ? find_free(pass, &map) : BC_NOMEM;

    if (error == BC_OK) {
        error = clean_tree(pass, &pages->free);
    }
    if (error == BC_OK) {
        error = clean_marked(pass, &map);
    }
    if (error == BC_OK) { /* what failed transactions wrote there */
        error = wiped(bc_wipe_range(pass->wipe, pages->count * pages->size, pages->bytes));
    }
    free(map.bits);
    return error;
}

enum bc_error bc_scrub(struct bc_scrub *scrub, struct bc_wipe *wipe, uint64_t oldest)
{
    struct bc_pages pages;
    struct pass pass = { .pages = &pages, .wipe = wipe, .scrub = scrub };
    uint64_t before = wipe->bytes;
    enum bc_error error = bc_pages_map(&pages, wipe->fd);

    if (error == BC_OK && !scrub->tables_done) {
        error = clean_tables(&pass);
    }
    if (error == BC_OK && oldest < pages.transaction) {
        error = BC_BUSY;
    }
    if (error == BC_OK) {
        error = clean_free(&pass);
    }
    bc_pages_unmap(&pages);
    scrub->bytes += wipe->bytes - before;
    if (error == BC_OK) { /* also what the passes before this one wrote */
        error = wiped(bc_wipe_sync(wipe));
    }
    return error;
}
