/* The certificate: read at the start, and again on SIGHUP. */
#ifndef BC_GATEWAY_TLS_H
#define BC_GATEWAY_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * bc_tls_check(certificate, key, line, size):
 * Whether both files can be read and belong to each other; if not, ${line} of ${size} bytes says
 * why.
 */
bool bc_tls_check(const char *certificate, const char *key, char *line, size_t size);

/* What holds of every connection that comes from ${context}. */
void bc_tls_prepare(SSL_CTX *context);

/**
 * bc_tls_reload(context, certificate, key, line, size):
 * Have new connections use what the files have now. If they are no good ${line} says why, false is
 * returned, and the former certificate stays.
 */
bool bc_tls_reload(
    SSL_CTX *context, const char *certificate, const char *key, char *line, size_t size);

#endif
