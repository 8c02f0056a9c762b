/* /metrics: what the gateway counts, in the text format that Prometheus reads. */
#ifndef BC_GATEWAY_METRICS_H
#define BC_GATEWAY_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/push.h"
#include "gateway/relay.h"

/* Bytes of a token, without and with a NUL. */
enum {
    BC_METRICS_TOKEN_MIN = 16,
    BC_METRICS_TOKEN_MAX = 512
};

/**
 * bc_metrics_token(path, token, line, size):
 * Read the token that lets somebody read the metrics, the first line of the file ${path}. False,
 * with a sentence in ${line} of ${size} bytes, if it can't be read, is too short, or has something
 * else in it than visible characters.
 */
bool bc_metrics_token(const char *path, char token[BC_METRICS_TOKEN_MAX], char *line, size_t size);

/* Does the header Authorization say ${token}? Takes as long for every text of the same length. */
bool bc_metrics_is_allowed(const char *authorization, const char *token);

/* What is told. */
struct bc_metrics {
    bool broker_up;
    uint64_t started_ms; /* since the Unix epoch */
    uint32_t connections;
    uint32_t max_connections;
    size_t files;
    struct bc_relays_counts relays;
    bool has_push;
    struct bc_push_counts push;
    const char *plugin; /* the plugin's own, to stand behind; NULL if they aren't asked for */
    bool plugin_up;     /* it answered when it was asked last */
};

/* The text; NULL without memory. Memory: the caller frees. */
char *bc_metrics_text(const struct bc_metrics *metrics);

#endif
