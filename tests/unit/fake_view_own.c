/* Own data in the fake view. */
#include "fake_view_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct own *find(const struct bc_view *view, uint32_t user, struct bc_bytes key)
{
    for (size_t i = 0; i < view->own_count; i++) {
        const struct own *row = &view->own[i];
        if (row->user == user && row->there && bc_bytes_equal(row->key, key)) {
            return (struct own *)row;
        }
    }
    return NULL;
}

void fake_view_apply_stored(struct bc_view *view, const struct bc_fact_stored *fact)
{
    uint32_t user = fake_view_intern(view, fact->user);
    struct own *row = find(view, user, fact->key);
    if (row == NULL) {
        assert_true(view->own_count < OWN);
        row = &view->own[view->own_count++];
    }
    *row = (struct own){
        .user = user, .key = fact->key, .value = fact->value, .there = !fact->removed
    };
}

enum bc_error bc_view_own(
    const struct bc_view *view, uint32_t user, struct bc_bytes key, struct bc_bytes *value)
{
    if (fake_view_fails(view, value, sizeof(*value))) {
        return view->failure->error;
    }
    const struct own *row = find(view, user, key);
    if (row != NULL) {
        *value = row->value;
    }
    return row != NULL ? BC_OK : BC_NOTFOUND;
}

enum bc_error bc_view_own_bytes(const struct bc_view *view, uint32_t user, uint32_t *bytes)
{
    if (fake_view_fails(view, bytes, sizeof(*bytes))) {
        return view->failure->error;
    }
    *bytes = 0;
    for (size_t i = 0; i < view->own_count; i++) {
        const struct own *row = &view->own[i];
        *bytes += row->user == user && row->there ? (uint32_t)(row->key.len + row->value.len) : 0;
    }
    return BC_OK;
}
