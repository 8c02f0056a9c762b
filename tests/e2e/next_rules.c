/*
 * A plugin of rules that are one number further than those there are, to be linked with those of
 * the tests' build: from number ${NEXT} on, nobody may send what is in ${UNWANTED}.
 */
#include <string.h>

#include "messaging/decide.h"
#include "messaging/rules.h"

#define NEXT     (__real_bc_rules_newest() + 1)
#define UNWANTED "by the next rules"

/* By the linker (--wrap), in place of those without the prefix.
 * NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
uint32_t __wrap_bc_rules_newest(void);
uint32_t __real_bc_rules_newest(void);
enum bc_error __wrap_bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision);
enum bc_error __real_bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision) BC_MUST_CHECK;

uint32_t __wrap_bc_rules_newest(void)
{
    return NEXT;
}

enum bc_error __wrap_bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision)
{
    enum bc_error error = __real_bc_decide(view, limits, request, decision);

    if (error == BC_OK && request->rules >= NEXT && request->action == BC_SEND &&
        bc_bytes_equal(request->message.payload, bc_bytes_text(UNWANTED))) {
        decision->verdict = BC_REFUSED;
        decision->refusal = BC_NOT_POSSIBLE;
        decision->sentence = "By the next rules it isn't possible.";
    }
    return error;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
