/* The fake view's insides, for its own files. */
#ifndef BC_TESTS_UNIT_FAKE_VIEW_INTERNAL_H
#define BC_TESTS_UNIT_FAKE_VIEW_INTERNAL_H

#include "fake_view.h"
#include "tests/naive/naive.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WRITTEN 1024

/* A title or a note in one of the tables that are gone through for them. */
struct written {
    enum bc_erasure_step step;
    uint32_t user;
    uint64_t id;
    bool kept;
};

/* A view is const to those who read it; what counts their calls is not. */
struct failure {
    bool planned;
    bool happened;
    unsigned calls;
    enum bc_error error;
};

struct bc_view {
    struct naive *naive;
    struct written written[WRITTEN];
    size_t written_count;
    uint64_t hidden_upto; /* mailboxes have, up to this id, what isn't shown as well */
    struct bc_timeline timeline;
    struct failure *failure;
};

/* Set *${outcome}, of ${size} bytes, to ${answer}; without one it is BC_NOTFOUND. Or fail. */
enum bc_error fake_view_answer(
    const struct bc_view *view, void *outcome, size_t size, const void *answer);

/* BC_OK, or the error with which this call fails; then *${outcome} is rubbish. */
enum bc_error fake_view_call(const struct bc_view *view, void *outcome, size_t size);

#endif
