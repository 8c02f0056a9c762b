/* Can a file be written to through memory, whatever happens to its disk? */
#ifndef BC_STORAGE_JOURNAL_MAPPING_H
#define BC_STORAGE_JOURNAL_MAPPING_H

#include <stdbool.h>

enum bc_mapping {
    BC_MAPPING_NONE, /* nobody has asked for one */
    BC_MAPPING_GOOD,
    BC_MAPPING_NO_FILE,        /* which can't be made, or written */
    BC_MAPPING_NO_FILE_SYSTEM, /* that is known to be fit, see docs/design.md */
    BC_MAPPING_NO_DATA_JOURNAL,
    BC_MAPPING_NO_MEMORY /* can be locked */
};

/* BC_MAPPING_GOOD if the file system of ${fd} allows it, or why not. */
enum bc_mapping bc_mapping_of(int fd);

/* A few words for the operator. */
const char *bc_mapping_text(enum bc_mapping mapping);

#endif
