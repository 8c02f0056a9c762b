/* Reading, writing and syncing a file, whole, however often the system interrupts it. */
#ifndef BC_STORAGE_BASE_IO_H
#define BC_STORAGE_BASE_IO_H

#include <stddef.h>
#include <stdint.h>

#include "messaging/bytes.h"
#include "messaging/error.h"

/* All return 0 or errno. */

/* Write ${bytes} at ${offset}. ENOSPC also where the system writes nothing and has no error. */
int bc_io_write(int fd, uint64_t offset, struct bc_bytes bytes) BC_MUST_CHECK;

/* Read ${len} bytes at ${offset} into ${to}: *${got} is less only at the end of the file. */
int bc_io_read(int fd, uint64_t offset, uint8_t *to, size_t len, size_t *got) BC_MUST_CHECK;

/* Make the file's data durable. */
int bc_io_sync(int fd) BC_MUST_CHECK;

#endif
