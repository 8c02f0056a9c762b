/* Tokens as the store has them, and the connections that were signed in by them. */
#include "broker-plugin/signin/token.h"

enum bc_error bc_token_list(const struct bc_plugin *plugin, struct bc_bytes name, uint32_t *user,
    struct bc_token tokens[BC_TOKENS_MAX], uint32_t *count)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    enum bc_error error = bc_view_user(view, name, user);

    *count = 0;
    return error == BC_OK && *user != 0 ? bc_view_tokens(view, *user, tokens, count) : error;
}

enum bc_error bc_token_review(const struct bc_plugin *plugin, struct bc_bytes name,
    const struct mosquitto *heir, uint64_t token)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t user = 0;
    uint32_t count;
    enum bc_error error = bc_token_list(plugin, name, &user, tokens, &count);

    if (error == BC_OK) {
        bc_sessions_review(plugin->sessions, user, tokens, count, heir, token);
    }
    return error;
}
