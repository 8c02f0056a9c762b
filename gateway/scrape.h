/*
 * The plugin's metrics, asked for at its door: the Unix socket `control` in the plugin's data_dir,
 * which is for the user that owns that folder. It is asked now and then, in the gateway's loop, so
 * that who wants to know is answered at once.
 */
#ifndef BC_GATEWAY_SCRAPE_H
#define BC_GATEWAY_SCRAPE_H

#include <stdbool.h>
#include <uv.h>

struct bc_scrape;

/*
 * Ask at the door in ${dir}, which is borrowed, now and every few seconds. NULL without memory.
 * Memory: bc_scrape_end() ends it, and frees it once the loop has run.
 */
struct bc_scrape *bc_scrape_begin(uv_loop_t *loop, const char *dir);
void bc_scrape_end(struct bc_scrape *scrape);

/* The plugin's metrics as of the last answer, in Prometheus' text format; empty before the first,
 * and when the door doesn't answer any more. Borrowed until the loop goes on. */
const char *bc_scrape_text(const struct bc_scrape *scrape);

/* Did the door answer when it was asked last? */
bool bc_scrape_up(const struct bc_scrape *scrape);

#endif
