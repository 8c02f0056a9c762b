/* Which version of the formats a store says that it has, changed on the disk. */
#ifndef BC_TESTS_STORAGE_STORED_VERSION_H
#define BC_TESTS_STORAGE_STORED_VERSION_H

#include <stdint.h>

/* That of the tables in ${dir}, which no broker has open. */
uint32_t stored_version_of_tables(const char *dir);

/* Set that of the tables, or of the segments of the journal that are in use, in ${dir}. */
void stored_version_set_tables(const char *dir, uint32_t version);
void stored_version_set_journal(const char *dir, uint32_t version);

/* Take out of the tables whose the groups' titles are, as no version before 3 said it. */
void stored_version_forget_titlers(const char *dir);

#endif
