/*
 * What the gateway is told: by the command line (`--listen-port 8443`) and by a file of lines
 * `listen_port 8443`. One table says what each setting is called, takes and means; reading, the
 * error lines, --help and the table in docs/gateway.md come from it.
 */
#ifndef BC_GATEWAY_SETTING_H
#define BC_GATEWAY_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct bc_settings {
    /* The texts are never NULL; what isn't given and has no default is empty. */
    char *listen_address;
    uint32_t listen_port;
    char *web_root;
    uint32_t web_max_bytes;
    char *broker;
    bool spread_addresses;
    uint32_t max_connections;
    uint32_t connections_per_address;
    uint32_t login_bytes;
    uint32_t login_seconds;
    uint32_t wrong_logins;
    uint32_t ping_seconds;
    char *trusted_proxies;
    char *origins;
    char *tls_certificate;
    char *tls_key;
    char *push_user;
    char *push_password_file;
    char *topic_prefix;
    char *push_key;
    char *push_contact;
    uint32_t push_ttl;
    uint32_t push_queue;
    uint32_t push_parallel;
    uint32_t push_seconds;
    uint32_t push_attempts;
    bool push_private_addresses;
    char *push_authorities;
    char *metrics_token_file;
    char *metrics_data_dir;
    bool test_push_without_tls;
};

/* What reading the command line came to. */
enum bc_settings_outcome {
    BC_SETTINGS_READ,
    BC_SETTINGS_HELP,    /* --help was asked for */
    BC_SETTINGS_VERSION, /* --version was */
    BC_SETTINGS_TABLE,   /* --settings was: the table, as docs/gateway.md has it */
    BC_SETTINGS_WRONG    /* the line says why */
};

/**
 * bc_settings_read(settings, argc, argv, line, size):
 * Fill *${settings} from the program's arguments, from the file that `--config` names where those
 * are silent, and by the defaults where both are. The file has a setting a line, its name and its
 * value with spaces between; empty lines and those that begin with # don't count. A setting is
 * given once in each. On BC_SETTINGS_WRONG, ${line} of ${size} bytes has a sentence and
 * *${settings} is empty. Memory: freed by bc_settings_free(), which may always be called.
 */
enum bc_settings_outcome bc_settings_read(
    struct bc_settings *settings, int argc, char *const *argv, char *line, size_t size);

void bc_settings_free(struct bc_settings *settings);

/* Print what --help says, and the table in Markdown. */
void bc_settings_help(FILE *out);
void bc_settings_table(FILE *out);

/**
 * bc_settings_next_word(&text, &len):
 * The next of the words in ${*text}, which have spaces between; ${*text} moves behind it. Returns
 * NULL after the last.
 */
const char *bc_settings_next_word(const char **text, size_t *len);

#endif
