/* The order of keys. */
#include "storage/tables/key.h"

#include <string.h>

int bc_key_compare(struct bc_bytes a, struct bc_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    if (order == 0 && a.len != b.len) {
        order = a.len < b.len ? -1 : 1;
    }
    return order;
}
