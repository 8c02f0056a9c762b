/*
 * The journal: facts in the order in which they were decided, in two preallocated segment files.
 * What is appended survives a killed process; what is synced survives a power cut.
 *
 * A segment file: a header of BC_JOURNAL_HEADER bytes, then frames, each aligned to 8 bytes.
 *
 *     header | magic 8 | version u32 | crc u32 | generation u64 | first number u64 |
 *     frame  | length u32 | crc u32 | number u64 | generation u64 | synced u64 | payload, padded |
 *
 * Little-endian. crc is CRC-32C over the rest of the header, or over the frame's header behind it
 * and the payload. generation rises by one each time a segment is begun, so that a recycled file's
 * old frames are told from its own. synced is the number of the last frame that was known to be
 * durable when this one was written.
 *
 * One segment is written to; the other is kept until it is recycled, so that the facts of the last
 * checkpoint are there for a backup.
 */
#ifndef BC_STORAGE_JOURNAL_H
#define BC_STORAGE_JOURNAL_H

#include "messaging/bytes.h"
#include "messaging/error.h"

#define BC_JOURNAL_VERSION      1
#define BC_JOURNAL_HEADER       4096
#define BC_JOURNAL_FRAME_HEADER 32

struct bc_journal;

/* Says one line to the operator; ${warning} for what should be looked at. */
typedef void (*bc_log_fn)(void *context, bool warning, const char *line);

/**
 * bc_journal_open(journal, dir, segment_bytes, log, log_context):
 * Open the journal in the directory ${dir}, which this process owns, making the two segment files
 * of ${segment_bytes} each if there are none. A torn tail is cut, and said. Files of another size
 * are taken as they are until they are recycled.
 *
 * Errors: BC_DAMAGED if a frame that was known to be durable is unreadable, BC_NEWER, BC_FULL,
 * BC_IO, BC_NOMEM; each but BC_NOMEM has been logged, with the file's name. *${journal} is NULL.
 * Memory: to be closed with bc_journal_close().
 */
enum bc_error bc_journal_open(struct bc_journal **journal, const char *dir, uint64_t segment_bytes,
    bc_log_fn log, void *log_context) BC_MUST_CHECK;

/* Close it; nothing is synced. NULL is allowed. */
void bc_journal_close(struct bc_journal *journal);

/* The number of the last frame, 0 before the first. Numbers rise by one from 1. */
uint64_t bc_journal_last(const struct bc_journal *journal);

/* The number of the last frame that is durable. */
uint64_t bc_journal_synced(const struct bc_journal *journal);

/* The generation of the segment that is written to; from 1. */
uint64_t bc_journal_generation(const struct bc_journal *journal);

/* Bytes that frames take in the segment that is written to. */
uint64_t bc_journal_bytes(const struct bc_journal *journal);

/**
 * bc_journal_append(journal, payload):
 * Append a frame with ${payload} (1 byte to 256 MiB). It has the number bc_journal_last() when this
 * returns BC_OK.
 *
 * Errors: BC_FULL if the segment has no room for it, BC_IO, BC_NOMEM; nothing is appended.
 */
enum bc_error bc_journal_append(struct bc_journal *journal, struct bc_bytes payload) BC_MUST_CHECK;

/**
 * bc_journal_sync(journal):
 * Make every frame durable. When the disk refuses, the frames since the last sync are written anew
 * to the other segment, if ${free_generation} or older is in it (see bc_journal_switch()), since
 * the page cache may lie after a failed sync.
 *
 * Errors: BC_FULL, BC_IO; the frames since bc_journal_synced() have then been taken back:
 * bc_journal_last() is bc_journal_synced().
 */
enum bc_error bc_journal_sync(struct bc_journal *journal) BC_MUST_CHECK;

/* Take back the last frame, which must not be synced. */
enum bc_error bc_journal_take_back(struct bc_journal *journal) BC_MUST_CHECK;

/**
 * bc_journal_free_upto(journal, generation):
 * Say that segments of ${generation} and older hold nothing that a replay needs.
 */
void bc_journal_free_upto(struct bc_journal *journal, uint64_t generation);

/**
 * bc_journal_switch(journal):
 * Begin a new segment in the file that is not written to, and make its header durable. Every frame
 * must be synced.
 *
 * Errors: BC_BUSY if what is in that file is not free, BC_FULL, BC_IO; nothing has changed.
 */
enum bc_error bc_journal_switch(struct bc_journal *journal) BC_MUST_CHECK;

/* Called for each frame; another value than BC_OK ends the replay with it. */
typedef enum bc_error (*bc_replay_fn)(void *context, uint64_t number, struct bc_bytes payload);

/**
 * bc_journal_replay(journal, after, fn, context):
 * Call ${fn} with every frame that is still there and has a number above ${after}, in order.
 *
 * Errors: BC_DAMAGED if a frame above ${after} is missing or unreadable; those of ${fn}; BC_IO,
 * BC_NOMEM.
 */
enum bc_error bc_journal_replay(
    struct bc_journal *journal, uint64_t after, bc_replay_fn fn, void *context) BC_MUST_CHECK;

#endif
