#include "gateway/log.h"
#include "gateway/server_internal.h"
#include "gateway/tls.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    TICK_MS = 100,
    SWEEP_TICKS = 50,
    END_TICKS = 20, /* for clients to hear that the service goes away */
    SPARE_FILES = 128,
    KEEPALIVE_SECONDS = 30,
    HEADERS_MAX = 8192,
    READ_MAX = 16384 /* from a client at once */
};

/* ---- timers and signals ---- */

static void on_tick(uv_timer_t *timer)
{
    struct bc_server *server = timer->data;
    struct bc_relays_counts counts;

    bc_relays_tick(server->relays);
    bc_listener_resume(server->listener);
    if (uv_now(&server->loop) / TICK_MS % SWEEP_TICKS == 0)
        bc_visitors_sweep(server->visitors, uv_now(&server->loop) / 1000);
    if (server->ending == 0)
        return;
    bc_relays_count(server->relays, &counts);
    if (counts.open == 0 || ++server->ending > END_TICKS)
        uv_stop(&server->loop);
}

static void reload(struct bc_server *server)
{
    const struct bc_settings *settings = server->settings;
    char line[512];
    struct bc_files *files =
        bc_files_read(settings->web_root, settings->web_max_bytes, line, sizeof(line));

    if (files == NULL) {
        bc_log("%s; the former files stay", line);
    } else {
        bc_files_release(server->files);
        server->files = files;
        bc_log("%zu files are served", bc_files_count(files));
    }
    if (server->tls == NULL)
        return;
    if (bc_tls_reload(
            server->tls, settings->tls_certificate, settings->tls_key, line, sizeof(line)))
        bc_log("the certificate was read again");
    else
        bc_log("%s; the former certificate stays", line);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct bc_server *server = handle->data;

    if (number == SIGHUP) {
        reload(server);
        return;
    }
    if (server->ending != 0)
        return;
    bc_log("ends");
    server->ending = 1;
    bc_listener_close(server->listener);
    server->listener = NULL;
    bc_relays_end(server->relays);
}

/* ---- the start ---- */

/* Have as many descriptors as connections need: two for each, of the client and of the broker. */
static void raise_files(uint32_t connections)
{
    rlim_t wanted = (rlim_t)connections * 2 + SPARE_FILES;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted) {
        bc_log("max_connections %u takes %llu open files, and no more than %llu are allowed "
               "(LimitNOFILE)",
            connections, (unsigned long long)wanted, (unsigned long long)limit.rlim_max);
        wanted = limit.rlim_max;
    }
    limit.rlim_cur = wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void log_lws(int level, const char *line)
{
    (void)level;
    bc_log("libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

/* Whom the process runs as stays so. These are int up to libwebsockets 4.1, later unsigned. */
#define UNCHANGED(member) ((__typeof__(member))-1)

static bool open_lws(struct bc_server *server, char *line, size_t size)
{
    const struct bc_settings *settings = server->settings;
    bool tls = settings->tls_certificate[0] != '\0';
    void *loops[1] = { &server->loop };
    struct lws_context_creation_info info = { .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = bc_protocols,
        .user = server,
        .foreign_loops = loops,
        .pcontext = &server->context,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
                   LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .timeout_secs = settings->login_seconds,
        .timeout_secs_ah_idle = settings->login_seconds,
        .keepalive_timeout = KEEPALIVE_SECONDS,
        .pt_serv_buf_size = READ_MAX,
        .max_http_header_data2 = HEADERS_MAX,
        .max_http_header_pool2 = settings->max_connections,
        .alpn = "http/1.1" };

    info.gid = UNCHANGED(info.gid);
    info.uid = UNCHANGED(info.uid);
    lws_set_log_level(LLL_ERR, log_lws);
    if (tls) {
        if (!bc_tls_check(settings->tls_certificate, settings->tls_key, line, size))
            return false;
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = settings->tls_certificate;
        info.ssl_private_key_filepath = settings->tls_key;
    }
    server->context = lws_create_context(&info);
    if (server->context != NULL)
        server->vhost = lws_create_vhost(server->context, &info);
    if (server->vhost != NULL && tls == (server->tls != NULL))
        return true;
    (void)snprintf(line, size, "libwebsockets can't be started (is libwebsockets-evlib-uv there?)");
    return false;
}

static bool open_metrics(struct bc_server *server, char *line, size_t size)
{
    const struct bc_settings *settings = server->settings;

    if (!bc_metrics_token(settings->metrics_token_file, server->metrics_token, line, size))
        return false;
    if (settings->metrics_data_dir[0] == '\0')
        return true;
    server->scrape = bc_scrape_begin(&server->loop, settings->metrics_data_dir);
    if (server->scrape == NULL)
        (void)snprintf(line, size, "out of memory");
    return server->scrape != NULL;
}

static bool open_parts(struct bc_server *server, char *line, size_t size)
{
    const struct bc_settings *settings = server->settings;
    struct bc_visitor_limits limits = { .connections = settings->connections_per_address,
        .wrong_logins = settings->wrong_logins };
    struct bc_relays_options options = { .loop = &server->loop,
        .spread_addresses = settings->spread_addresses,
        .login_bytes = settings->login_bytes,
        .login_seconds = settings->login_seconds,
        .ping_seconds = settings->ping_seconds };

    server->files = bc_files_read(settings->web_root, settings->web_max_bytes, line, size);
    if (server->files == NULL)
        return false;
    server->visitors = bc_visitors_new(&limits);
    options.visitors = server->visitors;
    if (!bc_endpoint_parse(&options.broker, settings->broker)) {
        (void)snprintf(line, size, "broker: %s is no address", settings->broker);
        return false;
    }
    server->relays = bc_relays_new(&options);
    if (server->visitors == NULL || server->relays == NULL) {
        (void)snprintf(line, size, "out of memory");
        return false;
    }
    if (!open_lws(server, line, size))
        return false;
    if (settings->metrics_token_file[0] != '\0' && !open_metrics(server, line, size))
        return false;
    if (settings->push_user[0] != '\0') {
        server->push = bc_push_start(settings, line, size);
        if (server->push == NULL)
            return false;
    }
    server->listener = bc_listener_open(&server->loop, settings->listen_address,
        (uint16_t)settings->listen_port, bc_connection_take, server, line, size);
    return server->listener != NULL;
}

static void open_handles(struct bc_server *server)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

    (void)signal(SIGPIPE, SIG_IGN);
    (void)uv_timer_init(&server->loop, &server->tick);
    server->tick.data = server;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        (void)uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        (void)uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    (void)uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
}

struct bc_server *bc_server_new(const struct bc_settings *settings, char *line, size_t size)
{
    struct bc_server *server = calloc(1, sizeof(*server));

    if (server == NULL || uv_loop_init(&server->loop) != 0) {
        (void)snprintf(line, size, "out of memory");
        free(server);
        return NULL;
    }
    server->settings = settings;
    server->started = uv_now(&server->loop) / 1000;
    server->started_ms = (uint64_t)time(NULL) * 1000;
    raise_files(settings->max_connections);
    open_handles(server);
    if (open_parts(server, line, size))
        return server;
    bc_server_free(server);
    return NULL;
}

void bc_server_run(struct bc_server *server)
{
    const struct bc_settings *settings = server->settings;

    bc_log("listens on %s, port %u, for the broker at %s, and serves %zu files",
        settings->listen_address, settings->listen_port, settings->broker,
        bc_files_count(server->files));
    (void)uv_run(&server->loop, UV_RUN_DEFAULT);
}

void bc_server_free(struct bc_server *server)
{
    if (server == NULL)
        return;
    bc_push_end(server->push);
    bc_scrape_end(server->scrape);
    bc_listener_close(server->listener);
    uv_close((uv_handle_t *)&server->tick, NULL);
    for (size_t i = 0; i < sizeof(server->signals) / sizeof(server->signals[0]); i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    if (server->relays != NULL)
        bc_relays_end(server->relays);
    if (server->context != NULL)
        lws_context_destroy(server->context);
    (void)uv_run(&server->loop, UV_RUN_DEFAULT);
    /* In a loop of ours it ends in two steps, the second of which may have been made by now. */
    if (server->context != NULL)
        lws_context_destroy(server->context);
    (void)uv_run(&server->loop, UV_RUN_DEFAULT);
    bc_relays_free(server->relays);
    bc_visitors_free(server->visitors);
    bc_files_release(server->files);
    (void)uv_loop_close(&server->loop);
    free(server);
}
