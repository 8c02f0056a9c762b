#include "gateway/metrics.h"

#include "door/metric_text.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_token(const char *token)
{
    size_t len = strlen(token);

    for (const char *at = token; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~')
            return false;
    }
    return len >= BC_METRICS_TOKEN_MIN;
}

bool bc_metrics_token(const char *path, char token[BC_METRICS_TOKEN_MAX], char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    bool read = file != NULL && fgets(token, BC_METRICS_TOKEN_MAX, file) != NULL;

    if (!read) {
        (void)snprintf(line, size, "metrics_token_file: %s can't be read: %s", path,
            file == NULL ? strerror(errno) : "there is nothing in it");
    } else {
        token[strcspn(token, "\r\n")] = '\0';
        read = is_token(token);
        if (!read)
            (void)snprintf(line, size,
                "metrics_token_file: the first line of %s is not a token, %d to %d visible "
                "characters",
                path, BC_METRICS_TOKEN_MIN, BC_METRICS_TOKEN_MAX - 2);
    }
    if (file != NULL)
        (void)fclose(file);
    return read;
}

bool bc_metrics_is_allowed(const char *authorization, const char *token)
{
    static const char scheme[] = "Bearer ";
    const size_t len = strlen(token);
    const char *said = authorization + sizeof(scheme) - 1;

    return strncmp(authorization, scheme, sizeof(scheme) - 1) == 0 && strlen(said) == len &&
           CRYPTO_memcmp(said, token, len) == 0;
}

/* ---- the text ---- */

/* One number of struct bc_metrics, or of what is in it. */
struct figure {
    const char *name;
    const char *kind;
    const char *help;
    double value;
};

static void put(FILE *out, const struct figure *figure)
{
    (void)fprintf(out, "# HELP backchannel_gateway_%s %s\n# TYPE backchannel_gateway_%s %s\n",
        figure->name, figure->help, figure->name, figure->kind);
    (void)fprintf(out, "backchannel_gateway_%s %.17g\n", figure->name, figure->value);
}

static void put_all(FILE *out, const struct figure *figures, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(out, &figures[i]);
}

static void put_own(FILE *out, const struct bc_metrics *m)
{
    const struct figure figures[] = {
        { "broker_up", "gauge", "1 if the broker can be reached.", m->broker_up ? 1 : 0 },
        { "start_time_seconds", "gauge", "When the gateway was started.",
            (double)m->started_ms / 1000 },
        { "connections", "gauge", "Sockets of clients.", m->connections },
        { "max_connections", "gauge", "As many as there may be.", m->max_connections },
        { "clients", "gauge", "WebSockets.", m->relays.open },
        { "accepted_clients", "gauge", "WebSockets that the broker has accepted.",
            m->relays.accepted },
        { "refused_logins_total", "counter", "Logins that the broker refused.",
            (double)m->relays.refused },
        { "violations_total", "counter", "Connections that broke a limit.",
            (double)m->relays.violated },
        { "unreached_total", "counter", "Connections for which there was no broker.",
            (double)m->relays.unreached },
        { "files", "gauge", "Files of the app that are served.", (double)m->files },
    };

    put_all(out, figures, sizeof(figures) / sizeof(figures[0]));
}

static void put_push(FILE *out, const struct bc_push_counts *push)
{
    const struct figure figures[] = {
        { "push_connected", "gauge", "1 if wakes are heard.", push->connected ? 1 : 0 },
        { "push_waiting", "gauge", "Pushes that wait or are on their way.", push->waiting },
        { "push_taken_total", "counter", "Pushes that services took.", (double)push->taken },
        { "push_gone_total", "counter", "Endpoints that are gone.", (double)push->gone },
        { "push_refused_total", "counter", "Pushes refused for good.", (double)push->refused },
        { "push_failed_total", "counter", "Pushes given up after all attempts.",
            (double)push->failed },
        { "push_dropped_total", "counter", "Pushes dropped for want of room.",
            (double)push->dropped },
    };

    put_all(out, figures, sizeof(figures) / sizeof(figures[0]));
}

char *bc_metrics_text(const struct bc_metrics *metrics)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    (void)fputs("# HELP backchannel_gateway_build_info The version that runs.\n"
                "# TYPE backchannel_gateway_build_info gauge\n"
                "backchannel_gateway_build_info{version=\"" BACKCHANNEL_VERSION "\"} 1\n",
        out);
    put_own(out, metrics);
    if (metrics->has_push)
        put_push(out, &metrics->push);
    if (metrics->plugin != NULL) {
        (void)fputs(metrics->plugin, out);
        bc_metric_print_up(out, metrics->plugin_up);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
