/*
 * A plugin that does only what `durability publish` can't do without: one write to a preallocated
 * file and one fdatasync for each publish, before it is acknowledged. How much of its rate the real
 * plugin reaches tells what that one costs beside the disk.
 */
#include <fcntl.h>
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES  (32 * 1024 * 1024)
#define WRITE_BYTES 320 /* about what the journal writes for a message of 200 bytes */

#define ENTRY_POINT __attribute__((visibility("default")))

static int file = -1;
static off_t end;

static int on_message(int event, void *event_data, void *context)
{
    static const char bytes[WRITE_BYTES] = "a message";

    (void)event;
    (void)event_data;
    (void)context;
    end = end + WRITE_BYTES > FILE_BYTES ? 0 : end;
    if (pwrite(file, bytes, WRITE_BYTES, end) != WRITE_BYTES || fdatasync(file) != 0) {
        return MOSQ_ERR_ERRNO;
    }
    end += WRITE_BYTES;
    return MOSQ_ERR_SUCCESS;
}

static bool make_file(const char *path)
{
    static const char zeros[1 << 16];
    bool good;

    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    good = file >= 0;
    for (off_t at = 0; good && at < FILE_BYTES; at += (off_t)sizeof(zeros)) {
        good = pwrite(file, zeros, sizeof(zeros), at) == (ssize_t)sizeof(zeros);
    }
    return good && fsync(file) == 0;
}

ENTRY_POINT int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    (void)supported_version_count;
    (void)supported_versions;
    return 5;
}

ENTRY_POINT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **user_data,
    struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    if (option_count != 1 || strcmp(options[0].key, "file") != 0 || !make_file(options[0].value)) {
        return MOSQ_ERR_INVAL;
    }
    return mosquitto_callback_register(identifier, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
}

ENTRY_POINT int mosquitto_plugin_cleanup(
    void *user_data, struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    (void)options;
    (void)option_count;
    return close(file) == 0 ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ERRNO;
}
