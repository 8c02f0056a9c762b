#include "gateway/tls.h"

#include <openssl/err.h>
#include <stdio.h>

static bool load(SSL_CTX *context, const char *certificate, const char *key)
{
    return SSL_CTX_use_certificate_chain_file(context, certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
}

bool bc_tls_check(const char *certificate, const char *key, char *line, size_t size)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    bool good = context != NULL && load(context, certificate, key);
    unsigned long error = ERR_peek_last_error();

    if (!good)
        (void)snprintf(line, size, "%s and %s are no certificate and its key: %s", certificate, key,
            error != 0 ? ERR_reason_error_string(error) : "out of memory");
    ERR_clear_error();
    SSL_CTX_free(context);
    return good;
}

void bc_tls_prepare(SSL_CTX *context)
{
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* An idle connection keeps no buffers, and nothing for a session that may be resumed. */
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

bool bc_tls_reload(
    SSL_CTX *context, const char *certificate, const char *key, char *line, size_t size)
{
    if (!bc_tls_check(certificate, key, line, size))
        return false;
    if (load(context, certificate, key))
        return true;
    (void)snprintf(line, size, "%s or %s changed while they were read", certificate, key);
    return false;
}
