#include "messaging/error.h"
#include "messaging/group.h"
#include "messaging/message.h"
#include "messaging/refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void refusals_have_the_codes_of_the_protocol_and_a_sentence(void **state)
{
    (void)state;
    static const struct {
        enum bc_refusal refusal;
        const char *code;
    } rows[] = {
        { BC_NOT_AUTHORIZED, "not-authorized" },
        { BC_BAD_TOPIC, "bad-topic" },
        { BC_BAD_NAME, "bad-name" },
        { BC_BAD_REQUEST, "bad-request" },
        { BC_EMPTY_MESSAGE, "empty-message" },
        { BC_TOO_LARGE, "too-large" },
        { BC_KIND_NOT_ALLOWED, "kind-not-allowed" },
        { BC_NOT_A_MEMBER, "not-a-member" },
        { BC_NO_SUCH_MESSAGE, "no-such-message" },
        { BC_GROUP_EXISTS, "group-exists" },
        { BC_GROUP_FULL, "group-full" },
        { BC_REQUEST_LIMIT, "request-limit" },
        { BC_RATE_LIMIT, "rate-limit" },
        { BC_SUSPENDED, "suspended" },
        { BC_NOT_POSSIBLE, "not-possible" },
        { BC_NOT_FOUND, "not-found" },
        { BC_STORAGE_FULL, "storage-full" },
        { BC_STORAGE_ERROR, "storage-error" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *sentence = bc_refusal_sentence(rows[i].refusal);
        assert_string_equal(bc_refusal_code(rows[i].refusal), rows[i].code);
        if (strlen(sentence) < 10 || sentence[strlen(sentence) - 1] != '.') {
            fail_msg("row %s: \"%s\" is no sentence", rows[i].code, sentence);
        }
    }
}

static void message_states_have_the_names_of_the_protocol(void **state)
{
    (void)state;
    assert_string_equal(bc_message_state_name(BC_STATE_SENT), "sent");
    assert_string_equal(bc_message_state_name(BC_STATE_INBOX), "inbox");
    assert_string_equal(bc_message_state_name(BC_STATE_HELD), "held");
    assert_string_equal(bc_message_state_name(BC_STATE_DECLINED), "declined");
    assert_string_equal(bc_message_state_name(BC_STATE_GROUP), "group");
}

static void roles_have_the_names_of_the_protocol(void **state)
{
    (void)state;
    assert_string_equal(bc_role_names[BC_ROLE_NONE], "");
    assert_string_equal(bc_role_names[BC_ROLE_OWNER], "owner");
    assert_string_equal(bc_role_names[BC_ROLE_ADMIN], "admin");
    assert_string_equal(bc_role_names[BC_ROLE_MEMBER], "member");
}

static void every_error_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (enum bc_error error = BC_OK; error <= BC_MISSING; error++) {
        for (enum bc_error other = BC_OK; other < error; other++) {
            assert_string_not_equal(bc_error_text(error), bc_error_text(other));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_have_the_codes_of_the_protocol_and_a_sentence),
        cmocka_unit_test(message_states_have_the_names_of_the_protocol),
        cmocka_unit_test(roles_have_the_names_of_the_protocol),
        cmocka_unit_test(every_error_has_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
