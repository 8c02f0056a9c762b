/*
 * The version of the stored formats, tables and journal alike. It rises, once for each release of
 * Backchannel that changes any of them, by a field as well: an older build has to know that it is
 * older, or it would take what it doesn't know for damage. Each build reads all versions before.
 *
 * 1: 0.1. 2: 0.2. 3: 0.3.
 */
#ifndef BC_STORAGE_VERSION_H
#define BC_STORAGE_VERSION_H

#define BC_STORED_VERSION 3

#endif
