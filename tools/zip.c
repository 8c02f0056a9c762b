/* Zip files, by libarchive. */
#include "tools/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <time.h>

struct bc_zip {
    struct archive *archive;
    struct archive_entry *entry;
};

struct bc_zip *bc_zip_begin(int fd)
{
    struct bc_zip *zip = calloc(1, sizeof(*zip));

    if (zip == NULL) {
        return NULL;
    }
    zip->archive = archive_write_new();
    zip->entry = archive_entry_new();
    if (zip->archive == NULL || zip->entry == NULL ||
        archive_write_set_format_zip(zip->archive) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(zip->archive, 1) != ARCHIVE_OK ||
        archive_write_open_fd(zip->archive, fd) != ARCHIVE_OK) {
        bc_zip_free(zip);
        return NULL;
    }
    return zip;
}

/* A plain file that its owner alone reads; what isn't said of it is as of one that is new. */
static struct archive_entry *fresh_entry(struct bc_zip *zip, const char *name)
{
    archive_entry_clear(zip->entry);
    archive_entry_set_pathname(zip->entry, name);
    archive_entry_set_filetype(zip->entry, AE_IFREG);
    archive_entry_set_perm(zip->entry, 0600);
    archive_entry_set_mtime(zip->entry, time(NULL), 0);
    return zip->entry;
}

bool bc_zip_file(struct bc_zip *zip, const char *name)
{
    return archive_write_zip_set_compression_deflate(zip->archive) == ARCHIVE_OK &&
           archive_write_header(zip->archive, fresh_entry(zip, name)) == ARCHIVE_OK;
}

bool bc_zip_add(struct bc_zip *zip, struct bc_bytes bytes)
{
    return archive_write_data(zip->archive, bytes.data, bytes.len) == (la_ssize_t)bytes.len;
}

bool bc_zip_whole_file(struct bc_zip *zip, const char *name, struct bc_bytes bytes)
{
    struct archive_entry *entry = fresh_entry(zip, name);

    archive_entry_set_size(entry, (la_int64_t)bytes.len);
    return archive_write_zip_set_compression_store(zip->archive) == ARCHIVE_OK &&
           archive_write_header(zip->archive, entry) == ARCHIVE_OK && bc_zip_add(zip, bytes);
}

bool bc_zip_end(struct bc_zip *zip)
{
    return archive_write_close(zip->archive) == ARCHIVE_OK;
}

const char *bc_zip_why(const struct bc_zip *zip)
{
    const char *why = archive_error_string(zip->archive);

    return why != NULL ? why : "out of memory";
}

void bc_zip_free(struct bc_zip *zip)
{
    if (zip != NULL) {
        archive_entry_free(zip->entry);
        (void)archive_write_free(zip->archive);
        free(zip);
    }
}
