#include "broker_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

static const char *const default_users[] = { "alice", "bob", "carol", "dave", NULL };

/* Free ports are asked for all at once, so that they differ. */
void broker_choose_ports(struct broker *b)
{
    int sockets[BROKER_LISTENERS];

    for (int i = 0; i < BROKER_LISTENERS; i++) {
        struct sockaddr_in address = { .sin_family = AF_INET };
        socklen_t len = sizeof address;

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (sockets[i] == -1 ||
            bind(sockets[i], (const struct sockaddr *)&address, sizeof address) == -1 ||
            getsockname(sockets[i], (struct sockaddr *)&address, &len) == -1)
            fail_msg("no free port on 127.0.0.1: %s", strerror(errno));
        b->ports[i] = ntohs(address.sin_port);
    }
    for (int i = 0; i < BROKER_LISTENERS; i++)
        close(sockets[i]);
}

static void write_lines(FILE *f, const char *prefix, const char *const *lines)
{
    for (; lines != NULL && *lines != NULL; lines++)
        fprintf(f, "%s%s\n", prefix, *lines);
}

static void write_listeners(const struct broker *b, FILE *f)
{
    fprintf(f, "listener %u 127.0.0.1\n", (unsigned)b->ports[BROKER_TCP]);
    if (b->options->websockets)
        fprintf(f, "listener %u 127.0.0.1\nprotocol websockets\n", (unsigned)b->ports[BROKER_WS]);
    if (b->options->tls || b->options->tls_identity)
        fprintf(f, "listener %u 127.0.0.1\ncertfile %s/server.crt\nkeyfile %s/server.key\n",
            (unsigned)b->ports[BROKER_TLS], b->dir, b->dir);
    if (b->options->tls_identity)
        fprintf(f, "cafile %s/ca.crt\nrequire_certificate true\nuse_identity_as_username true\n",
            b->dir);
}

/* Write ${line} with the first ${from} in it replaced, and return whether there was one. */
static bool write_replaced(FILE *f, const char *line, const char *from, const char *to)
{
    const char *at = strstr(line, from);

    if (at != NULL)
        fprintf(f, "%.*s%s%s", (int)(at - line), line, to, at + strlen(from));
    return at != NULL;
}

const char *broker_plugin_file(void)
{
    const char *named = getenv("BACKCHANNEL_PLUGIN");

    return named ? named : BACKCHANNEL_PLUGIN;
}

/* A deployment's file, line by line; what of its machine is not this one's is replaced. */
static void write_deployed(const struct broker *b, FILE *f)
{
    enum {
        LINE_SIZE = 512
    };
    char tls[DIR_SIZE];
    char websockets[DIR_SIZE];
    char data[PATH_SIZE];
    char path[PATH_SIZE];
    char line[LINE_SIZE];
    const struct {
        const char *from, *to;
    } places[] = {
        { "/usr/lib/backchannel/mosquitto_backchannel.so", broker_plugin_file() },
        { "/var/lib/mosquitto/backchannel", data },
        { "/var/lib/mosquitto", b->dir },
        { "/etc/mosquitto/passwd", path },
        { "/etc/mosquitto/certs", b->dir },
        { "listener 8883", tls },
        { "listener 8884", websockets },
        { "log_dest stderr", "log_dest stderr\nlog_type information" },
        { "", "" },
    };
    FILE *from;

    snprintf(tls, sizeof tls, "listener %u 127.0.0.1", (unsigned)b->ports[BROKER_TLS]);
    snprintf(websockets, sizeof websockets, "listener %u 127.0.0.1", (unsigned)b->ports[BROKER_WS]);
    snprintf(path, sizeof path, "%s/%s", BACKCHANNEL_CONFIG, b->options->deployed);
    from = fopen(path, "r");
    if (from == NULL)
        fail_msg("cannot read %s: %s", path, strerror(errno));
    snprintf(data, sizeof data, "%s/data", b->dir);
    snprintf(path, sizeof path, "%s/passwords", b->dir);
    while (fgets(line, sizeof line, from) != NULL) {
        size_t i = 0;

        while (!write_replaced(f, line, places[i].from, places[i].to))
            i++;
    }
    fclose(from);
}

/* The options in BACKCHANNEL_OPTIONS, "name value;name value", but for those that the test gives.
 */
static void write_given(const struct broker_options *o, FILE *f)
{
    const char *given = getenv("BACKCHANNEL_OPTIONS");

    while (given != NULL && *given != '\0') {
        size_t len = strcspn(given, ";");
        size_t name = strcspn(given, " ") + 1;
        const char *const *own = o->plugin_options;

        while (own != NULL && *own != NULL && strncmp(*own, given, name) != 0)
            own++;
        if (own == NULL || *own == NULL)
            fprintf(f, "plugin_opt_%.*s\n", (int)len, given);
        given += len + (given[len] == ';');
    }
}

static void write_plugin(const struct broker *b, FILE *f)
{
    const struct broker_options *o = b->options;

    if (o->plugin == NULL || o->plugin[0] != '\0')
        fprintf(f, "plugin %s\n", o->plugin ? o->plugin : broker_plugin_file());
    if (!o->without_data_dir)
        fprintf(f, "plugin_opt_data_dir %s/data\n", b->dir);
    write_lines(f, "plugin_opt_", o->plugin_options);
    if (o->plugin == NULL)
        write_given(o, f);
}

static void write_own(const struct broker *b, FILE *f)
{
    const struct broker_options *o = b->options;

    fputs("per_listener_settings false\n", f);
    write_lines(f, "", o->lines_before);
    if (!o->bare)
        write_plugin(b, f);
    fprintf(f, "allow_anonymous %s\npassword_file %s/passwords\n",
        o->allow_anonymous ? "true" : "false", b->dir);
    fprintf(
        f, "persistence %s\npersistence_location %s\n", o->persistence ? "true" : "false", b->dir);
    fputs("sys_interval 0\nconnection_messages true\nlog_dest stderr\n", f);
    write_listeners(b, f);
    write_lines(f, "", o->lines_after);
}

void broker_write_conf(const struct broker *b)
{
    FILE *f = fopen(b->conf, "w");

    if (f == NULL)
        fail_msg("cannot write %s: %s", b->conf, strerror(errno));
    /* Only a broker started by root looks at user: without it, it could not read its directory. */
    fprintf(f, "user %s\n", b->options->user ? b->options->user : "root");
    if (b->options->deployed != NULL)
        write_deployed(b, f);
    else
        write_own(b, f);
    if (fclose(f) != 0)
        fail_msg("cannot write %s: %s", b->conf, strerror(errno));
}

/* mosquitto_passwd makes the hashes of a whole file of name:password in one go. */
static void write_passwords(const struct broker *b)
{
    const char *const *user = b->options->users ? b->options->users : default_users;
    char path[PATH_SIZE];
    FILE *f;

    snprintf(path, sizeof path, "%s/passwords", b->dir);
    f = fopen(path, "w");
    if (f == NULL)
        fail_msg("cannot write %s: %s", path, strerror(errno));
    for (; *user != NULL; user++)
        fprintf(f, "%s:%s\n", *user, *user);
    if (fclose(f) != 0 || chmod(path, S_IRUSR | S_IWUSR) != 0)
        fail_msg("cannot write %s: %s", path, strerror(errno));
    process_run((const char *const[]){ "mosquitto_passwd", "-U", path, NULL }, b->log);
}

static void make_certificates(const struct broker *b)
{
    char script[1024];

    snprintf(script, sizeof script,
        "cd '%s' && new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
        "-nodes -days 2 \"$@\"; } && "
        "new -keyout ca.key -out ca.crt -subj '/CN=throw-away CA' && "
        "new -keyout server.key -out server.crt -subj /CN=127.0.0.1 -CA ca.crt -CAkey ca.key "
        "-addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE",
        b->dir);
    process_run((const char *const[]){ "sh", "-c", script, NULL }, b->log);
}

static void make_certificates_of_users(const struct broker *b)
{
    const char *const *user = b->options->users ? b->options->users : default_users;
    char script[1024];

    for (; *user != NULL; user++) {
        snprintf(script, sizeof script,
            "cd '%s' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
            "-days 2 -keyout '%s.key' -out '%s.crt' -subj '/CN=%s' -CA ca.crt -CAkey ca.key "
            "-addext basicConstraints=critical,CA:FALSE",
            b->dir, *user, *user, *user);
        process_run((const char *const[]){ "sh", "-c", script, NULL }, b->log);
    }
}

/* What the broker needs when it has become somebody else; its configuration it reads before. */
static void give_away(const struct broker *b)
{
    static const char *const files[] = { "", "/data", "/passwords" };
    const struct passwd *user = getpwnam(b->options->user);

    if (user == NULL)
        fail_msg("there is no user %s", b->options->user);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[PATH_SIZE];

        snprintf(path, sizeof path, "%s%s", b->dir, files[i]);
        if (chown(path, user->pw_uid, user->pw_gid) != 0)
            fail_msg("cannot give %s away: %s", path, strerror(errno));
    }
}

void broker_write_credentials(const struct broker *b)
{
    write_passwords(b);
    if (b->options->tls || b->options->tls_identity || b->options->deployed != NULL)
        make_certificates(b);
    if (b->options->tls_identity)
        make_certificates_of_users(b);
    if (b->options->user != NULL)
        give_away(b);
}
