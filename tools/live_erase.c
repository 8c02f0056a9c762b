/* The commands erase and erasures. */
#include <stdio.h>
#include <string.h>

#include "messaging/shown.h"
#include "tools/live.h"
#include "json/operator_rows.h"

/* The beginning of a text of somebody's, as it is shown. */
#define SHOWN_MAX 400

static bool is_in(const cJSON *erasure, const char *state)
{
    return strcmp(bc_live_text(erasure, "state"), state) == 0;
}

static void print_how_much(const cJSON *erasure)
{
    double rows = bc_live_number(erasure, "rows");

    printf("%.0f message%s, %.0f bytes", bc_live_number(erasure, "messages"),
        bc_live_number(erasure, "messages") == 1 ? "" : "s", bc_live_number(erasure, "bytes"));
    if (rows > 0) {
        printf(", %.0f other thing%s", rows, rows == 1 ? "" : "s");
    }
}

static void print_kept(const cJSON *erasure)
{
    double kept = bc_live_number(erasure, "kept");

    if (kept > 0) {
        printf(
            "%.0f message%s or note%s of theirs %s evidence in open reports: moderators still see "
            "%s, and what is stored goes when those are resolved\n",
            kept, kept == 1 ? "" : "s", kept == 1 ? "" : "s", kept == 1 ? "is" : "are",
            kept == 1 ? "it" : "them");
    }
}

static void print_progress(const struct bc_tool *tool, const cJSON *row)
{
    (void)tool;
    if (strcmp(bc_live_text(row, "step"), "disk") == 0) {
        (void)fprintf(stderr, "overwriting what is left on the disk\n");
    } else {
        (void)fprintf(stderr, "%.0f messages so far\n", bc_live_number(row, "messages"));
    }
}

static void print_erased(const struct bc_tool *tool, const cJSON *last)
{
    printf("erasure %s: ", bc_live_text(last, "erasure"));
    print_how_much(last);
    if (is_in(last, "proven")) {
        printf("; no byte of %s holds any of it\n", tool->dir);
    } else if (is_in(last, "waits")) {
        printf("\n");
    } else {
        printf(" so far; it goes on: backchannel erasures %s\n", tool->dir);
    }
    print_kept(last);
}

/* Something is still there, and stays. */
static enum bc_exit code_of(const cJSON *last)
{
    return is_in(last, "waits") ? BC_EXIT_PROBLEM : BC_EXIT_WELL;
}

const struct bc_live bc_live_erase = {
    .acts = true, .row = print_progress, .last = print_erased, .code = code_of
};

/* ---- erasures ---- */

static void print_erasure(const struct bc_tool *tool, const cJSON *row)
{
    char time[32];
    char shown[SHOWN_MAX];

    (void)tool;
    printf("%s  %s  by %s", bc_live_text(row, "erasure"),
        bc_tool_time((uint64_t)bc_live_number(row, "time"), time), bc_live_text(row, "by"));
    if (bc_live_text(row, "user")[0] != '\0') {
        printf("  of %s", bc_live_shown(row, "user", shown, sizeof(shown)));
    }
    if (bc_live_text(row, "with")[0] != '\0') {
        printf(" with %s", bc_live_shown(row, "with", shown, sizeof(shown)));
    }
    if (bc_live_text(row, "message")[0] != '\0') {
        printf(" the message %s", bc_live_text(row, "message"));
    }
    printf("\n    reason: %s\n    ", bc_live_shown(row, "reason", shown, sizeof(shown)));
    print_how_much(row);
    if (is_in(row, "proven")) {
        printf("; gone from the disk %s\n",
            bc_tool_time((uint64_t)bc_live_number(row, "proven"), time));
    } else {
        printf("; %s\n", is_in(row, "waits") ? "done, but for evidence" : "going on");
    }
    if (bc_live_number(row, "kept") > 0) {
        printf("    ");
        print_kept(row);
    }
}

static cJSON *next_erasure(
    const struct bc_tool *tool, const struct bc_view *view, uint64_t *at, enum bc_error *error)
{
    (void)tool;
    return bc_row_erasure(view, at, error);
}

static enum bc_exit erasures_of_store(const struct bc_tool *tool)
{
    return bc_live_from_store(tool, &bc_live_erasures, next_erasure);
}

const struct bc_live bc_live_erasures = { .row = print_erasure, .offline = erasures_of_store };
