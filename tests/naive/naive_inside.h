/* What the files of the naive state share. */
#ifndef BC_TESTS_NAIVE_NAIVE_INSIDE_H
#define BC_TESTS_NAIVE_NAIVE_INSIDE_H

#include "tests/naive/naive.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* One more of ${rows}, of which there are ${count}: all zero. */
#define NAIVE_NEXT(rows, count)                                                                    \
    ((rows) = naive_grow((rows), sizeof((rows)[0]), (count)++), &(rows)[(count)-1])
void *naive_grow(void *rows, size_t size, uint32_t count);

/* What facts make of groups, own data, profiles, reactions, accounts, reports and erasures. */
void naive_apply_group(struct naive *naive, uint64_t id, const struct bc_fact_group *fact);
void naive_apply_stored(struct naive *naive, const struct bc_fact_stored *fact);
void naive_apply_profile(struct naive *naive, uint64_t id, const struct bc_fact_profile *fact);
void naive_apply_reacted(struct naive *naive, const struct bc_fact_reacted *fact);
void naive_apply_token(struct naive *naive, uint64_t id, const struct bc_fact_token *fact);
void naive_apply_push(struct naive *naive, uint64_t id, const struct bc_fact_push *fact);
void naive_apply_invite(struct naive *naive, uint64_t id, const struct bc_fact_invite *fact);
void naive_apply_reported(struct naive *naive, const struct bc_fact_reported *fact);
void naive_apply_moderated(struct naive *naive, const struct bc_moderation *moderation);
void naive_apply_erased(struct naive *naive, const struct bc_fact_erased *fact);
void naive_apply_retained(struct naive *naive, const struct bc_fact_retained *fact);

#endif
