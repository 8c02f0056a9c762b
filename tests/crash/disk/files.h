/*
 * What of each file would be there after a power cut: for each sector of 512 bytes, what was last
 * made durable and all that has been written since; any of these may be on the disk. The same for
 * the file's length. The files themselves show what was written last, as through the page cache.
 *
 * Not thread-safe: the caller has one lock around all of it.
 */
#ifndef BC_TESTS_CRASH_DISK_FILES_H
#define BC_TESTS_CRASH_DISK_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct file;

/* What ${fd}, opened as ${name}, is from now on. What is in it when it is first seen is durable. */
void files_add(int fd, const char *name);

/* The file that ${fd} is open on, NULL if it was not added. */
struct file *files_find(int fd);

const char *files_name(const struct file *file);

/* Before ${len} bytes at ${offset}, and the length, change; and after they have. */
void files_before(struct file *file, off_t offset, size_t len);
void files_after(struct file *file, off_t offset, size_t len);

/*
 * From now on ${file}, whose length stays, is written to through memory as well. Whoever does so
 * tells nobody: what has come in there is seen whenever files_look() is called, which returns
 * whether anything has.
 */
void files_map(struct file *file);
bool files_look(void);

/* The same range is durable now, with the length; and all of the file is. */
void files_durable(struct file *file, off_t offset, size_t len);
void files_all_durable(struct file *file);

/* All of the file will be durable when files_keep_promises() has been called ${calls} times. */
void files_promise(struct file *file, unsigned calls);
void files_keep_promises(void);

/* Leave all files as a power cut may; ${draw} draws 0 to n - 1. */
void files_cut(uint32_t (*draw)(uint32_t n));

#endif
