/*
 * What `backchannel export` writes of a user: for its files alone. A person gets what the broker
 * would show them, and what it keeps of them besides; never what others decided about them.
 */
#ifndef BC_TOOLS_EXPORT_H
#define BC_TOOLS_EXPORT_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "storage/snapshot.h"
#include "tools/progress.h"
#include "tools/zip.h"

/* How much there was, for the line at the end. */
struct bc_export_counts {
    uint64_t messages;
    uint64_t events;
    uint64_t files; /* pictures and media */
    uint64_t kept;  /* erased messages and notes of theirs that open reports keep: not in it */
    uint64_t bytes; /* of the zip */
    uint64_t time;  /* as of when: ms since the Unix epoch */
};

struct bc_export {
    struct bc_snapshot *snapshot;
    const struct bc_view *view;
    const struct bc_tables *tables;
    struct bc_bytes name; /* whose it is */
    uint32_t user;
    uint64_t newest; /* what is younger isn't in it, so that all of it is as of one moment */
    struct bc_zip *zip;
    FILE *line; /* a line of JSON is made here, in text[0..size) */
    char *text;
    size_t size;
    bool unwritten; /* the zip is what failed */
    uint64_t renewed_ms;
    uint64_t items;
    struct bc_progress progress;
    struct bc_export_counts *counts;
};

/* Rows that are read at a time. */
#define BC_EXPORT_PAGE 200

/* Add ${line} to the file that was begun last, and free it; NULL is memory that was short. */
enum bc_error bc_export_put(struct bc_export *export, cJSON *line) BC_MUST_CHECK;

/* When ${id} was drawn, by the clock of that time. */
uint64_t bc_export_time(const struct bc_export *export, uint64_t id);

/* Room for the names of files that are made here. */
#define BC_EXPORT_NAME_MAX 64

/* The name of the file in ${folder} with what has the ${id}, by its media type. */
void bc_export_name(
    char name[BC_EXPORT_NAME_MAX], const char *folder, uint64_t id, struct bc_bytes content_type);

/* A file with ${bytes}. */
enum bc_error bc_export_file(
    struct bc_export *export, const char *name, struct bc_bytes bytes) BC_MUST_CHECK;

/*
 * Between two pages: let the broker use again what it has replaced, if that is long ago. What was
 * borrowed from the view is stale.
 */
enum bc_error bc_export_breathe(struct bc_export *export) BC_MUST_CHECK;

/* What is written, a file each, but for the pictures and media. */
enum bc_error bc_export_readme(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_account(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_profiles(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_own(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_devices(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_invitations(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_people(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_requests(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_conversations(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_groups(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_reports(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_erasures(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_messages(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_events(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_media(struct bc_export *export) BC_MUST_CHECK;
enum bc_error bc_export_pictures(struct bc_export *export) BC_MUST_CHECK;

#endif
