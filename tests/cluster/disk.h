/*
 * A disk whose power can be cut: ext4 in a file, mounted by the kernel.
 *
 * What the kernel has written when the power is cut is there afterwards, whether somebody waited
 * for it or not, and nothing else: no page that only memory had, no change of a name or a length
 * that ext4's journal hadn't committed. From then on whoever writes or syncs is told that it fails.
 * The kernel does by itself after 5 to 30 seconds what disk_write_some() and disk_write_all() do
 * at once, so these are called at any time.
 *
 * What it is not: a drive with a cache of its own, which may lose what it was given, in any order,
 * and by half sectors. It keeps all that it was given. tests/crash/disk is such a one, for the
 * broker's store.
 *
 * As with broker.h, whatever goes wrong fails the running test.
 */
#ifndef BC_TESTS_CLUSTER_DISK_H
#define BC_TESTS_CLUSTER_DISK_H

#include <stdbool.h>

#include "dice.h"

struct disk;

/*
 * Whether disks can be had here, by a user who may mount, with ext4's tools. This process, and all
 * that it starts from now on, see mounts of their own: call it before anything else is started.
 */
bool disk_available(void);

/*
 * The folder ${dir}, which is made, is an empty disk of ${megabytes}; its file, beside it, takes as
 * much room as has been written. Memory: to be freed with disk_free(), which removes both, when
 * nobody has a file there.
 */
struct disk *disk_new(const char *dir, unsigned megabytes);
void disk_free(struct disk *disk);

/* Cut the power. Whoever uses the disk has to be killed now. */
void disk_cut(struct disk *disk);

/* The power is back, if it was cut, and nobody has a file there: mount it again. */
void disk_mount(struct disk *disk);

/*
 * Write all that memory has, or begin to write any part of any file that has changed in the last
 * seconds. Without power nothing happens.
 */
void disk_write_all(const struct disk *disk);
void disk_write_some(const struct disk *disk, struct dice *dice);

#endif
