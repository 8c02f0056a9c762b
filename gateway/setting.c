#include "gateway/setting.h"
#include "gateway/address.h"
#include "gateway/endpoint.h"
#include "gateway/origin.h"
#include "gateway/setting_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_MAX = 100, /* the longest value that an error line repeats */
    LINE_MAX_BYTES = 4096
};

/* Where reading stands: ${from} is said before a complaint. */
struct reading {
    struct bc_settings *settings;
    char *line;
    size_t size;
    bool given[BC_SETTINGS_MAX];  /* in what is being read */
    bool before[BC_SETTINGS_MAX]; /* in what goes before it */
    const char *config;           /* the file that --config named, or NULL */
};

__attribute__((format(printf, 2, 3))) static bool complain(
    struct reading *r, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(r->line, r->size, format, arguments);
    va_end(arguments);
    return false;
}

static const char *takes_text(const struct bc_setting *setting, char *text, size_t size)
{
    switch (setting->takes) {
    case TAKES_NUMBER:
        (void)snprintf(text, size, "%" PRIu64 " to %" PRIu64, setting->min, setting->max);
        return text;
    case TAKES_YES_NO:
        return "yes or no";
    case TAKES_PATH:
        return "a path";
    case TAKES_ADDRESS:
        return "an address of IPv4 or IPv6";
    case TAKES_ADDRESSES:
        return "addresses, separated by spaces";
    case TAKES_ORIGINS:
        return "origins such as https://chat.example, separated by spaces, or *";
    case TAKES_BROKER:
        return "ADDRESS:PORT, [ADDRESS]:PORT, or the absolute path of a socket";
    case TAKES_TOPIC:
        return "1 to 64 bytes without / + #";
    case TAKES_CONTACT:
        return "a mailto: or https: address";
    }
    return "";
}

const char *bc_settings_next_word(const char **text, size_t *len)
{
    const char *word = *text + strspn(*text, " ");

    *len = strcspn(word, " ");
    *text = word + *len;
    return *len > 0 ? word : NULL;
}

/* Only digits, so that nothing is read as octal, a sign or a unit. */
static bool read_number(const char *value, const struct bc_setting *setting, uint32_t *number)
{
    uint64_t sum = 0;

    for (const char *digit = value; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        sum = sum * 10 + (uint64_t)(*digit - '0');
        if (sum > setting->max)
            return false;
    }
    *number = (uint32_t)sum;
    return *value != '\0' && sum >= setting->min;
}

static bool are_addresses(const char *value)
{
    const char *word;
    size_t len;

    while ((word = bc_settings_next_word(&value, &len)) != NULL) {
        struct bc_address address;

        if (!bc_address_parse(&address, word, len))
            return false;
    }
    return true;
}

static bool is_text_good(const struct bc_setting *setting, const char *value)
{
    struct bc_endpoint endpoint;
    struct bc_address address;

    if (value[0] == '\0')
        return setting->fallback[0] == '\0';
    switch (setting->takes) {
    case TAKES_PATH:
        return true;
    case TAKES_ADDRESS:
        return bc_address_parse(&address, value, strlen(value));
    case TAKES_ADDRESSES:
        return are_addresses(value);
    case TAKES_ORIGINS:
        return bc_origins_are_valid(value);
    case TAKES_BROKER:
        return bc_endpoint_parse(&endpoint, value);
    case TAKES_TOPIC:
        return strlen(value) <= 64 && strpbrk(value, "/+#") == NULL;
    case TAKES_CONTACT:
        return (strncmp(value, "mailto:", 7) == 0 || strncmp(value, "https:", 6) == 0) &&
               strpbrk(value, " \"\\") == NULL;
    case TAKES_NUMBER:
    case TAKES_YES_NO:
        break;
    }
    return false;
}

/* Set ${setting}'s field to ${value}. Returns false if it can't be. */
static bool set(struct bc_settings *settings, const struct bc_setting *setting, const char *value)
{
    char *field = (char *)settings + setting->offset;
    bool yes = strcmp(value, "yes") == 0;
    uint32_t number = 0;
    char *text = NULL;

    switch (setting->takes) {
    case TAKES_NUMBER:
        if (!read_number(value, setting, &number))
            return false;
        memcpy(field, &number, sizeof(number));
        return true;
    case TAKES_YES_NO:
        if (!yes && strcmp(value, "no") != 0)
            return false;
        memcpy(field, &yes, sizeof(yes));
        return true;
    case TAKES_PATH:
    case TAKES_ADDRESS:
    case TAKES_ADDRESSES:
    case TAKES_ORIGINS:
    case TAKES_BROKER:
    case TAKES_TOPIC:
    case TAKES_CONTACT:
        break;
    }
    if (!is_text_good(setting, value) || (text = strdup(value)) == NULL)
        return false;
    memcpy(field, &text, sizeof(text));
    return true;
}

/* The setting called name[0..${len}), where a - is as good as a _; NULL if there is none. */
static const struct bc_setting *find(const char *name, size_t len)
{
    for (size_t i = 0; i < bc_setting_count; i++) {
        const char *own = bc_setting_table[i].name;
        size_t at = 0;

        while (at < len && own[at] != '\0' &&
               (own[at] == name[at] || (own[at] == '_' && name[at] == '-')))
            at++;
        if (at == len && own[at] == '\0')
            return &bc_setting_table[i];
    }
    return NULL;
}

/* Take one setting. What ${r} has from before goes before this. */
static bool take(struct reading *r, const char *name, size_t len, const char *value)
{
    const struct bc_setting *setting = find(name, len);
    char takes[64];
    size_t at;

    if (setting == NULL)
        return complain(
            r, "there is no setting %.*s", len < SHOWN_MAX ? (int)len : SHOWN_MAX, name);
    at = (size_t)(setting - bc_setting_table);
    if (r->given[at])
        return complain(r, "%s is given twice", setting->name);
    r->given[at] = true;
    if (r->before[at])
        return true;
    if (!set(r->settings, setting, value))
        return complain(r, "%s: \"%.*s\" is not what it takes: %s", setting->name, SHOWN_MAX, value,
            takes_text(setting, takes, sizeof(takes)));
    return true;
}

/* One line of the file, without its newline. */
static bool take_line(struct reading *r, char *text)
{
    char *name = text + strspn(text, " \t");
    size_t len = strcspn(name, " \t");
    char *value = name + len + strspn(name + len, " \t");
    size_t end = strlen(value);

    if (name[0] == '\0' || name[0] == '#')
        return true;
    while (end > 0 && strchr(" \t\r", value[end - 1]) != NULL)
        end--;
    value[end] = '\0';
    return take(r, name, len, value);
}

static bool take_lines(struct reading *r, FILE *file)
{
    char text[LINE_MAX_BYTES];

    for (unsigned number = 1; fgets(text, sizeof(text), file) != NULL; number++) {
        size_t len = strcspn(text, "\n");
        char why[256];

        if (text[len] != '\n' && !feof(file))
            return complain(r, "%s, line %u is too long", r->config, number);
        text[len] = '\0';
        if (!take_line(r, text)) {
            (void)snprintf(why, sizeof(why), "%s", r->line);
            return complain(r, "%s, line %u: %s", r->config, number, why);
        }
    }
    return true;
}

static bool take_file(struct reading *r)
{
    FILE *file = fopen(r->config, "re");
    bool good;

    if (file == NULL)
        return complain(r, "can't read %s: %s", r->config, strerror(errno));
    memcpy(r->before, r->given, sizeof(r->before));
    memset(r->given, 0, sizeof(r->given));
    good = take_lines(r, file);
    (void)fclose(file);
    for (size_t i = 0; i < bc_setting_count; i++)
        r->given[i] = r->given[i] || r->before[i];
    return good;
}

/* What ends reading at once, by its argument. */
static enum bc_settings_outcome word_outcome(const char *argument)
{
    static const struct {
        const char *word;
        enum bc_settings_outcome outcome;
    } words[] = {
        { "--help", BC_SETTINGS_HELP },
        { "-h", BC_SETTINGS_HELP },
        { "--version", BC_SETTINGS_VERSION },
        { "--settings", BC_SETTINGS_TABLE },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(argument, words[i].word) == 0)
            return words[i].outcome;
    }
    return BC_SETTINGS_READ;
}

/* Take `--name value` or `--name=value` at *${at}, which moves to its last word. */
static bool take_argument(struct reading *r, int argc, char *const *argv, int *at)
{
    const char *name = argv[*at];
    const char *value = strchr(name, '=');
    size_t len = strcspn(name, "=");

    if (strncmp(name, "--", 2) != 0)
        return complain(r, "%.*s is not an option (try --help)", SHOWN_MAX, name);
    if (value != NULL) {
        value++;
    } else if (++*at < argc) {
        value = argv[*at];
    } else {
        return complain(r, "%.*s needs a value (try --help)", SHOWN_MAX, name);
    }
    if (len == strlen("--config") && strncmp(name, "--config", len) == 0) {
        r->config = value;
        return true;
    }
    return take(r, name + 2, len - 2, value);
}

static bool take_defaults(struct reading *r)
{
    for (size_t i = 0; i < bc_setting_count; i++) {
        if (!r->given[i] && !set(r->settings, &bc_setting_table[i], bc_setting_table[i].fallback))
            return complain(r, "%s: out of memory", bc_setting_table[i].name);
    }
    return true;
}

/* Whether what belongs together is given together. */
static bool is_whole(struct reading *r)
{
    const struct bc_settings *settings = r->settings;

    if ((settings->tls_certificate[0] == '\0') != (settings->tls_key[0] == '\0'))
        return complain(r, "tls_certificate and tls_key are given together, or neither is");
    if (settings->push_user[0] != '\0' && settings->push_password_file[0] == '\0')
        return complain(r, "push_user needs a push_password_file");
    return true;
}

enum bc_settings_outcome bc_settings_read(
    struct bc_settings *settings, int argc, char *const *argv, char *line, size_t size)
{
    struct reading r = { .settings = settings, .line = line, .size = size };
    bool good = true;

    *settings = (struct bc_settings){ 0 };
    line[0] = '\0';
    for (int i = 1; i < argc && good; i++) {
        enum bc_settings_outcome outcome = word_outcome(argv[i]);

        if (outcome != BC_SETTINGS_READ) {
            bc_settings_free(settings);
            return outcome;
        }
        good = take_argument(&r, argc, argv, &i);
    }
    if (good && (r.config == NULL || take_file(&r)) && take_defaults(&r) && is_whole(&r))
        return BC_SETTINGS_READ;
    bc_settings_free(settings);
    return BC_SETTINGS_WRONG;
}

void bc_settings_free(struct bc_settings *settings)
{
    for (size_t i = 0; i < bc_setting_count; i++) {
        char *text = NULL;

        if (bc_setting_table[i].takes == TAKES_NUMBER || bc_setting_table[i].takes == TAKES_YES_NO)
            continue;
        memcpy(&text, (char *)settings + bc_setting_table[i].offset, sizeof(text));
        free(text);
    }
    *settings = (struct bc_settings){ 0 };
}

void bc_settings_help(FILE *out)
{
    fprintf(out,
        "usage: backchannel-gateway [--config FILE] [--SETTING VALUE]...\n\n"
        "Serves Backchannel's app, carries MQTT over WebSockets at /mqtt to the broker on this\n"
        "machine, and wakes sleeping devices by Web Push. SIGHUP reads the app's files and the\n"
        "certificate again; SIGTERM ends it.\n\n"
        "  --config FILE   read settings from FILE, a line each: its name, a space, its value\n"
        "  --settings      print the settings as a table\n"
        "  --version       print the version\n"
        "  --help          print this\n\nSettings:\n");
    for (size_t i = 0; i < bc_setting_count; i++) {
        const struct bc_setting *setting = &bc_setting_table[i];
        char takes[64];
        char name[64];

        (void)snprintf(name, sizeof(name), "%s", setting->name);
        for (char *at = name; (at = strchr(at, '_')) != NULL;)
            *at = '-';
        fprintf(out, "\n  --%s   (%s; %s)\n      %s\n", name,
            setting->fallback[0] != '\0' ? setting->fallback : "none",
            takes_text(setting, takes, sizeof(takes)), setting->sentence);
    }
}

void bc_settings_table(FILE *out)
{
    fprintf(out, "| setting | default | takes | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < bc_setting_count; i++) {
        const struct bc_setting *setting = &bc_setting_table[i];
        const char *tick = setting->fallback[0] != '\0' ? "`" : "";
        char takes[64];

        fprintf(out, "| `%s` | %s%s%s | %s | %s |\n", setting->name, tick,
            setting->fallback[0] != '\0' ? setting->fallback : "none", tick,
            takes_text(setting, takes, sizeof(takes)), setting->sentence);
    }
}
