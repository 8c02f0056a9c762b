/* Reading a store beside its owner. */
#include "storage/snapshot.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "storage/base/directory.h"
#include "storage/state/view_inside.h"
#include "storage/store.h"

struct bc_snapshot {
    struct bc_tables *tables;
    struct bc_view view;
    struct bc_arenas arenas;
    struct bc_meta meta;
};

/* What tools open. Who can write to the directory may have put anything there. */
static const struct {
    const char *name;
    bool written;
} opened_files[] = {
    { "data.mdb", false },
    { "lock.mdb", true },
    { "journal.0", false },
    { "journal.1", false },
    { "journal.unwritten", false },
};

static void say(bc_log_fn log, void *context, const char *dir, const char *what)
{
    char line[PATH_MAX + 160];

    (void)snprintf(line, sizeof(line), "%s %s", dir, what);
    log(context, true, line);
}

static const char *sentence(enum bc_error error)
{
    switch (error) {
    case BC_DAMAGED:
        return "is damaged: data.mdb is not what was written, or was cut short";
    case BC_NEWER:
        return "was written by a newer version of Backchannel";
    case BC_IO:
        return "can't be read: is this the user that the broker runs as?";
    case BC_OK:
    case BC_NOTFOUND:
    case BC_NOMEM:
    case BC_FULL:
    case BC_BUSY:
    case BC_MISSING:
        break;
    }
    return bc_error_text(error);
}

static enum bc_error read_meta(struct bc_snapshot *snapshot)
{
    enum bc_error error =
        bc_codec_get_meta(snapshot->view.tables, &snapshot->arenas.scratch, &snapshot->meta);

    if (error == BC_NOTFOUND) { /* nothing was ever committed */
        snapshot->meta = (struct bc_meta){ .version = BC_STORED_VERSION, .generation = 1 };
        error = BC_OK;
    }
    return error == BC_OK && snapshot->meta.version > BC_STORED_VERSION ? BC_NEWER : error;
}

enum bc_error bc_snapshot_open(
    struct bc_snapshot **snapshot, const char *dir, bc_log_fn log, void *context)
{
    struct bc_snapshot *opened;
    enum bc_error error;

    *snapshot = NULL;
    if (!bc_directory_has(dir, "data.mdb")) {
        say(log, context, dir, "holds no store: there is no data.mdb that can be seen");
        return BC_MISSING;
    }
    for (size_t i = 0; i < sizeof(opened_files) / sizeof(opened_files[0]); i++) {
        if (!bc_directory_is_plain(dir, opened_files[i].name, opened_files[i].written)) {
            say(log, context, dir,
                "has something else than a plain file where one should be: it is not opened");
            return BC_IO;
        }
    }
    opened = calloc(1, sizeof(*opened));
    if (opened == NULL) {
        return BC_NOMEM;
    }
    bc_view_init(&opened->view, &opened->arenas);
    opened->view.timeline = &opened->meta.timeline;
    opened->view.erased = &opened->meta.erased;
    opened->view.retained = &opened->meta.retained;
    error = bc_tables_open_snapshot(&opened->tables, dir, !bc_directory_has(dir, "lock.mdb"));
    opened->view.tables = opened->tables;
    if (error == BC_OK) {
        error = read_meta(opened);
    }
    if (error != BC_OK) {
        if (error != BC_NOMEM) {
            say(log, context, dir, sentence(error));
        }
        bc_snapshot_close(opened);
        return error;
    }
    *snapshot = opened;
    return BC_OK;
}

enum bc_error bc_snapshot_renew(struct bc_snapshot *snapshot)
{
    enum bc_error error = bc_tables_renew_snapshot(snapshot->tables);

    return error == BC_OK ? read_meta(snapshot) : error;
}

void bc_snapshot_close(struct bc_snapshot *snapshot)
{
    if (snapshot != NULL) {
        bc_tables_close(snapshot->tables);
        bc_view_free(&snapshot->view);
        free(snapshot);
    }
}

const struct bc_view *bc_snapshot_view(const struct bc_snapshot *snapshot)
{
    return &snapshot->view;
}

const struct bc_tables *bc_snapshot_tables(const struct bc_snapshot *snapshot)
{
    return snapshot->tables;
}

const struct bc_meta *bc_snapshot_meta(const struct bc_snapshot *snapshot)
{
    return &snapshot->meta;
}

/*
 * Asked of the system's list of locks. Trying to lock would tell as well, but a broker that started
 * in that moment would find the directory in use.
 */
long bc_directory_owner(const char *dir)
{
    char wanted[64];
    char line[256];
    struct stat lock;
    FILE *locks;
    long owner = 0;

    if (stat(dir, &lock) != 0) {
        return 0;
    }
    (void)snprintf(wanted, sizeof(wanted), " %02x:%02x:%llu ", major(lock.st_dev),
        minor(lock.st_dev), (unsigned long long)lock.st_ino);
    locks = fopen("/proc/locks", "re");
    while (locks != NULL && owner == 0 && fgets(line, sizeof(line), locks) != NULL) {
        char *at = strstr(line, "WRITE ");

        if (strstr(line, "FLOCK") != NULL && at != NULL && strstr(line, wanted) != NULL) {
            owner = strtol(at + strlen("WRITE "), NULL, 10);
        }
    }
    if (locks != NULL) {
        (void)fclose(locks);
    }
    return owner;
}
