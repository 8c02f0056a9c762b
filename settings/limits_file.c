#include "settings/limits_file.h"
#include "messaging/shown.h"
#include "settings/option_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest file that is read, and the room for a name that an error line repeats, in bytes. */
#define FILE_MAX  65536
#define SHOWN_MAX 106

#define LINE_MAX_BYTES 512

/* Of so many wrong entries the log is told; further ones are counted. */
#define TOLD_MAX 10

/* Some editors begin a file with this, which says that it is UTF-8. */
static const char byte_order_mark[] = "\xEF\xBB\xBF";

/* A file that is being read. */
struct reading {
    const struct bc_limits_file *file;
    struct bc_options options; /* becomes what the file says */
    bool given[BC_OPTIONS_MAX];
    unsigned number; /* of the line */
    unsigned wrong;
    bool stopped;
};

/* Tell that something is wrong in the present line, or with the file when there is none yet. */
static void tell(struct reading *reading, const char *what)
{
    char line[LINE_MAX_BYTES];

    if (++reading->wrong > TOLD_MAX) {
        return;
    }
    if (reading->number == 0) {
        (void)snprintf(line, sizeof(line), "limits_file %s: %s", reading->file->path, what);
    } else {
        (void)snprintf(line, sizeof(line), "limits_file %s:%u: %s", reading->file->path,
            reading->number, what);
    }
    reading->stopped = !reading->file->wrong(reading->file->context, line);
}

/* A larger message than the journal's segments were made for would have no room in them. */
static bool has_room(const struct reading *reading, char *why, size_t size)
{
    uint32_t wanted = reading->options.limits.message_max_bytes;
    uint32_t room = reading->file->message_room;

    if (wanted > room) {
        (void)snprintf(why, size,
            "message_max_bytes: the journal was made for messages of up to %" PRIu32
            " bytes; restart the broker for %" PRIu32,
            room, wanted);
    }
    return wanted <= room;
}

/* What is wrong with the name of an entry for ${limit}, -1 for none; NULL if nothing is. */
static const char *wrong_name(const struct reading *reading, int limit, const char *name,
    const char *value, char *why, size_t size)
{
    char shown[SHOWN_MAX];

    if (strchr(name, '=') != NULL || value[0] == '=') {
        return "a limit and its value have a space between them, and no '='";
    }
    (void)bc_shown(bc_bytes_text(name), shown, sizeof(shown));
    if (limit < 0) {
        (void)snprintf(why, size, "there is no limit of the name %s", shown);
        return why;
    }
    if (reading->given[limit]) {
        (void)snprintf(why, size, "%s: given twice", name);
        return why;
    }
    return NULL;
}

static void read_entry(struct reading *reading, const char *name, const char *value)
{
    int limit = bc_options_limit(name);
    char why[LINE_MAX_BYTES];
    const char *wrong = wrong_name(reading, limit, name, value, why, sizeof(why));

    if (wrong != NULL) {
        tell(reading, wrong);
        return;
    }
    reading->given[limit] = true;
    if (!bc_options_set_limit(&reading->options, limit, value, why, sizeof(why)) ||
        !has_room(reading, why, sizeof(why))) {
        tell(reading, why);
    }
}

/* Cut white space off both ends of ${text}. */
static char *trim(char *text)
{
    static const char space[] = " \t\r\n";
    size_t len;

    text += strspn(text, space);
    len = strlen(text);
    while (len > 0 && strchr(space, text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
    return text;
}

static void read_line(struct reading *reading, char *line)
{
    char *value;

    line[strcspn(line, "#")] = '\0';
    line = trim(line);
    if (line[0] == '\0') {
        return;
    }
    value = line + strcspn(line, " \t");
    if (value[0] != '\0') {
        *value++ = '\0';
    }
    read_entry(reading, line, trim(value));
}

/* No line may hide behind a NUL: it becomes a byte that no entry may have. */
static void unveil(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        text[i] = text[i] == '\0' ? '\x01' : text[i];
    }
}

/* The whole file, with a NUL behind it; NULL, with errno, if it can't be had. */
static char *read_all(const char *path)
{
    char *text = malloc(FILE_MAX + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not stop the broker */
    struct stat status;
    ssize_t len = -1;
    int error = 0;

    if (text != NULL && fd >= 0 && fstat(fd, &status) == 0) {
        errno = S_ISDIR(status.st_mode)     ? EISDIR
                : !S_ISREG(status.st_mode)  ? EINVAL
                : status.st_size > FILE_MAX ? EFBIG
                                            : 0;
        len = errno == 0 ? read(fd, text, FILE_MAX) : -1;
    }
    error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (len < 0) {
        free(text);
        errno = error;
        return NULL;
    }
    unveil(text, (size_t)len);
    text[len] = '\0';
    return text;
}

unsigned bc_limits_file_read(const struct bc_limits_file *file, struct bc_options *options)
{
    struct reading reading = { .file = file, .options = *options };
    char *text = read_all(file->path);
    char *next = text;
    char *line;

    if (text == NULL) {
        char why[LINE_MAX_BYTES];

        (void)snprintf(why, sizeof(why), "can't be read: %s", strerror(errno));
        tell(&reading, why);
        return reading.wrong;
    }
    if (strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0) {
        next += strlen(byte_order_mark);
    }
    bc_options_copy_limits(&reading.options, file->base);
    while (!reading.stopped && (line = strsep(&next, "\n")) != NULL) {
        reading.number++;
        read_line(&reading, line);
    }
    free(text);
    if (reading.wrong == 0) {
        bc_options_copy_limits(options, &reading.options);
    }
    return reading.wrong;
}
