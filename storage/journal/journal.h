/*
 * The journal: facts in the order in which they were decided, in two preallocated segment files,
 * and for moments in a third (unwritten.h). What is appended survives a killed process; what is
 * synced survives a power cut.
 *
 * A segment file: a header in BC_JOURNAL_HEADER bytes, then frames, each aligned to 8 bytes.
 *
 * header | magic 8 | crc u32 | version u32 | mark u64 | first number u64 | bytes of the file u64 |
 * frame  | crc u32 | length u32 | number u64 | mark u64 | synced u64 | payload, padded |
 *
 * Little-endian. crc is CRC-32C over what follows it, padding included. mark is the segment's
 * generation << 32 with 32 random bits. The generation rises by one each time a segment is begun,
 * so that a recycled file's old frames are told from its own; the random bits keep a payload from
 * passing for a frame where frames are searched for. synced is the number of the last frame that
 * was known to be durable when this one was written.
 *
 * One segment is written to; the other is kept until it is recycled, so that the facts of the last
 * checkpoint are there for a backup. A header of zeros says that the file was never begun, and one
 * with the first number 0 that there is nothing in it.
 *
 * The unsynced frames are in one of three states:
 *
 *                begin a sync beside
 *      SETTLED <---------------------> BESIDE      append and take back: in both
 *         ^ |        it is done          |
 *         | |                            |
 *         | | a sync fails               | it has failed
 *         | v                            |
 *        FAILED <------------------------+         append: no more, bc_journal_sync() is next
 *
 * From FAILED the frames are written anew to the other segment, or lost; where that segment isn't
 * free, sync is BC_BUSY and it stays FAILED. Beside that, what failed may leave remains behind the
 * end of the frames, or a header in the other segment that must not count: they are undone on the
 * disk before the next frame is appended.
 */
#ifndef BC_STORAGE_JOURNAL_JOURNAL_H
#define BC_STORAGE_JOURNAL_JOURNAL_H

#include "messaging/bytes.h"
#include "messaging/error.h"
#include "storage/base/histogram.h"
#include "storage/base/log.h"
#include "storage/base/version.h"
#include "storage/journal/mapping.h"

#define BC_JOURNAL_HEADER       4096
#define BC_JOURNAL_FRAME_HEADER 32
#define BC_JOURNAL_PAYLOAD_MAX  (1U << 28)
#define BC_JOURNAL_SEGMENT_MIN  (2 * BC_JOURNAL_HEADER)

struct bc_journal;

/**
 * bc_journal_open(journal, dir, segment_bytes, log, log_context):
 * Open the journal in the directory ${dir}, which this process owns, making the two segment files
 * of ${segment_bytes} each (at least BC_JOURNAL_SEGMENT_MIN) if there are none. A torn tail is cut,
 * and said. Files of another size are taken as they are until they are recycled. What was found is
 * durable when this returns.
 *
 * A bad frame at the end of what was written last is a torn tail unless a later frame says that it
 * was durable: damage to the very last frames can't be told from a power cut.
 *
 * Errors: BC_DAMAGED if a frame that was known to be durable is unreadable or a file is missing,
 * BC_NEWER, BC_FULL, BC_IO, BC_NOMEM; each but BC_NOMEM has been logged, with the file's name.
 * *${journal} is NULL.
 * Memory: to be closed with bc_journal_close(). ${log} is called until then.
 */
enum bc_error bc_journal_open(struct bc_journal **journal, const char *dir, uint64_t segment_bytes,
    bc_log_fn log, void *log_context) BC_MUST_CHECK;

/**
 * bc_journal_map(journal, dir):
 * Have a mapped file in ${dir} for bc_journal_gather(), if there can be one: bc_journal_mapping()
 * says whether there is, or why not. What a killed process has left in it bc_journal_open() takes
 * in any case.
 */
void bc_journal_map(struct bc_journal *journal, const char *dir);
enum bc_mapping bc_journal_mapping(const struct bc_journal *journal);

/**
 * bc_journal_gather(journal, on):
 * While it is ${on}, have what is appended wait in the mapped file, where it survives a killed
 * process as it does in the segment, until there is much of it, or a sync: then it is written with
 * one call. Should that fail, it is as if the sync had failed. Without a file nothing waits.
 */
void bc_journal_gather(struct bc_journal *journal, bool on);

/* Have the thread that syncs share the process's table of descriptors: none has been begun. */
void bc_journal_share_files(struct bc_journal *journal);

/*
 * Have ${done} called with ${context}, on another thread, when a sync beside is done, and now and
 * then again until bc_journal_sync_beside() has seen it. None has been begun.
 */
void bc_journal_tell(struct bc_journal *journal, void (*done)(void *context), void *context);

/* Close it; nothing is synced. NULL is allowed. */
void bc_journal_close(struct bc_journal *journal);

/* The number of the last frame, 0 before the first. Numbers rise by one from 1. */
uint64_t bc_journal_last(const struct bc_journal *journal);

/* The number of the first frame that has not been recycled: one above the last if there is none. */
uint64_t bc_journal_first(const struct bc_journal *journal);

/* The number of the last frame that is durable. */
uint64_t bc_journal_synced(const struct bc_journal *journal);

/* The number of the last frame that is durable, or that a sync is under way for. */
uint64_t bc_journal_syncing(const struct bc_journal *journal);

/* The generation of the segment that is written to; from 1. Failed attempts use some up. */
uint64_t bc_journal_generation(const struct bc_journal *journal);

/* Bytes that frames take in the segment that is written to, and those that it has for them. */
uint64_t bc_journal_bytes(const struct bc_journal *journal);
uint64_t bc_journal_room(const struct bc_journal *journal);

/* Syncs so far: how long those took that succeeded, of how many frames each was; who failed. */
struct bc_journal_syncs {
    struct bc_histogram us;
    struct bc_histogram frames;
    uint64_t failed;
};

const struct bc_journal_syncs *bc_journal_syncs(const struct bc_journal *journal);

/**
 * bc_journal_append(journal, payload):
 * Append a frame with ${payload} (1 byte to BC_JOURNAL_PAYLOAD_MAX). It has the number
 * bc_journal_last() when this returns BC_OK.
 *
 * Errors: BC_FULL if the segment or the disk has no room for it, BC_IO, BC_NOMEM; nothing is
 * appended. Failures of the disk have been logged, here and below.
 */
enum bc_error bc_journal_append(struct bc_journal *journal, struct bc_bytes payload) BC_MUST_CHECK;

/**
 * bc_journal_sync_beside(journal, begin):
 * Learn of the sync that is under way in a thread, without waiting for it: once it is done,
 * bc_journal_synced() has risen. With ${begin}, if none is under way, begin one for the frames that
 * are there; meanwhile more can be appended.
 *
 * Errors: BC_NOMEM if there can be no thread, BC_FULL, BC_IO if the disk refused: bc_journal_sync()
 * is next, before anything else.
 */
enum bc_error bc_journal_sync_beside(struct bc_journal *journal, bool begin) BC_MUST_CHECK;

/**
 * bc_journal_sync(journal):
 * Make every frame durable, and wait for it, also for what is under way. Since the page cache may
 * lie after a failed sync, the frames that it was for are then written anew to the other segment,
 * if what is in there is free (see bc_journal_free_upto()), and that one is written to from then
 * on: bc_journal_generation() has risen.
 *
 * Errors: BC_BUSY if the other segment isn't free: call it again once it may be, or else
 * bc_journal_lose(), before anything else. BC_FULL, BC_IO, if the disk refuses this too; the frames
 * have then been lost, as by bc_journal_lose().
 */
enum bc_error bc_journal_sync(struct bc_journal *journal) BC_MUST_CHECK;

/**
 * bc_journal_lose(journal):
 * After bc_journal_sync() was BC_BUSY: take back the frames since bc_journal_synced(), so that
 * bc_journal_last() is that. Returns the error that the sync failed with. The next append first
 * undoes on the disk what is left of them, and fails while that fails.
 */
enum bc_error bc_journal_lose(struct bc_journal *journal) BC_MUST_CHECK;

/**
 * bc_journal_take_back(journal):
 * Take back the last frame, which must not be synced.
 *
 * Errors: BC_FULL, BC_IO; the frame is taken back, but until the next append succeeds it is in the
 * file and would be found after a crash.
 */
enum bc_error bc_journal_take_back(struct bc_journal *journal) BC_MUST_CHECK;

/**
 * bc_journal_free_upto(journal, generation):
 * Say that segments of ${generation} and older hold nothing that a replay needs. Nothing is said by
 * a generation that isn't below bc_journal_generation(): what is written to is never free. At
 * opening nothing but files that were never begun is.
 */
void bc_journal_free_upto(struct bc_journal *journal, uint64_t generation);

/**
 * bc_journal_switch(journal):
 * Begin a new segment in the file that is not written to, and make its header durable. Every frame
 * must be synced.
 *
 * Errors: BC_BUSY if what is in that file is not free, BC_FULL, BC_IO; the segment that is written
 * to is the same as before, though the other may have lost what was in it.
 */
enum bc_error bc_journal_switch(struct bc_journal *journal) BC_MUST_CHECK;

/**
 * bc_journal_wipe(journal):
 * Overwrite all that is in the file that is not written to, in a thread: it is void from then on.
 * Until bc_journal_wiped() has said that it is done, the file isn't free for anything else.
 *
 * Errors: BC_BUSY if what is in it is not free, or this is under way; BC_FULL, BC_IO, BC_NOMEM.
 */
enum bc_error bc_journal_wipe(struct bc_journal *journal) BC_MUST_CHECK;
bool bc_journal_wiping(const struct bc_journal *journal);

/**
 * bc_journal_wiped(journal, wait):
 * Learn what came of that, which ${wait} waits for; BC_BUSY if it isn't done. BC_OK also if none is
 * under way. BC_FULL, BC_IO, BC_NOMEM: anything may be left.
 */
enum bc_error bc_journal_wiped(struct bc_journal *journal, bool wait) BC_MUST_CHECK;

/* Called for each frame; another value than BC_OK ends the replay with it. */
typedef enum bc_error (*bc_replay_fn)(void *context, uint64_t number, struct bc_bytes payload);

/**
 * bc_journal_replay(journal, after, fn, context):
 * Call ${fn} with every frame that has a number above ${after}, in order; what waits is written
 * first. The payload is borrowed for the call, in which the journal must not be changed.
 *
 * Errors: BC_DAMAGED, logged, if a frame above ${after} is unreadable or was recycled, after the
 * frames before it; those of ${fn}; BC_FULL, BC_IO, BC_NOMEM.
 */
enum bc_error bc_journal_replay(
    struct bc_journal *journal, uint64_t after, bc_replay_fn fn, void *context) BC_MUST_CHECK;

#endif
