#include "gateway/scrape.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "door/door_words.h"
#include "door/metric_text.h"
#include "gateway/log.h"

enum {
    EVERY_MS = 10000, /* who hasn't answered by the next time doesn't */
    ANSWER_MAX = 1 << 20
};

#define TEXT_OF(number)    TEXT_OF_IT(number)
#define TEXT_OF_IT(number) #number

static char request[] = "{\"door\":" TEXT_OF(BC_DOOR_VERSION) ",\"verb\":\"metrics\"}\n";

struct bc_scrape {
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_pipe_t pipe;
    uv_connect_t connecting;
    uv_write_t writing;
    const char *dir;
    bool asking;  /* the pipe is in use */
    bool closing; /* of the pipe, not done yet */
    bool ending;
    bool up;
    bool told;    /* that it doesn't answer has been said */
    char *text;   /* of the last answer; NULL for none */
    char *coming; /* what has come of this one */
    size_t len;
    unsigned open; /* handles that are not closed yet */
};

/* ---- from lines of JSON to text ---- */

/* The answer's lines, between the greeting and the last. NULL if it isn't one that is whole. */
static char *translate(char *lines)
{
    char *text = NULL;
    char *rest = NULL;
    size_t size = 0;
    bool whole = false;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL && !whole;
         line = strtok_r(NULL, "\n", &rest)) {
        cJSON *json = cJSON_Parse(line);

        whole = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "ok"));
        if (cJSON_HasObjectItem(json, "type"))
            bc_metric_print(out, json);
        cJSON_Delete(json);
    }
    if (fclose(out) != 0 || !whole) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- the conversation ---- */

static void let_go(struct bc_scrape *scrape)
{
    if (scrape->open == 0) {
        free(scrape->coming);
        free(scrape->text);
        free(scrape);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct bc_scrape *scrape = handle->data;

    scrape->open--;
    if (handle == (uv_handle_t *)&scrape->pipe)
        scrape->closing = false;
    if (scrape->ending)
        let_go(scrape);
}

/* It is over: with what was answered, or without. */
static void finish(struct bc_scrape *scrape, char *text)
{
    if (!scrape->asking)
        return;
    scrape->asking = false;
    scrape->closing = true;
    uv_close((uv_handle_t *)&scrape->pipe, on_closed);
    free(scrape->text);
    scrape->text = text;
    scrape->up = text != NULL;
    if (!scrape->up && !scrape->told && !scrape->ending)
        bc_log("metrics_data_dir: the broker doesn't answer at %s/" BC_DOOR_NAME, scrape->dir);
    scrape->told = !scrape->up;
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct bc_scrape *scrape = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(scrape->coming + scrape->len, (unsigned)(ANSWER_MAX - scrape->len));
}

/* The last line is the one with "ok"; it ends what has come. */
static bool is_whole(const struct bc_scrape *scrape)
{
    const char *end = scrape->coming + scrape->len;
    const char *line = end - 1;

    if (scrape->len == 0 || *line != '\n')
        return false;
    while (line > scrape->coming && line[-1] != '\n')
        line--;
    return strncmp(line, "{\"ok\":", strlen("{\"ok\":")) == 0;
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct bc_scrape *scrape = stream->data;

    (void)buffer;
    if (got < 0) {
        finish(scrape, NULL);
        return;
    }
    scrape->len += (size_t)got;
    if (is_whole(scrape)) {
        scrape->coming[scrape->len] = '\0';
        finish(scrape, translate(scrape->coming));
    } else if (scrape->len == ANSWER_MAX) {
        finish(scrape, NULL);
    }
}

static void on_written(uv_write_t *writing, int status)
{
    if (status != 0 && status != UV_ECANCELED)
        finish(writing->data, NULL);
}

static void on_connected(uv_connect_t *connecting, int status)
{
    struct bc_scrape *scrape = connecting->data;
    uv_buf_t line = uv_buf_init(request, sizeof(request) - 1);

    if (status == UV_ECANCELED)
        return;
    scrape->writing.data = scrape;
    if (status != 0 ||
        uv_write(&scrape->writing, (uv_stream_t *)&scrape->pipe, &line, 1, on_written) != 0 ||
        uv_read_start((uv_stream_t *)&scrape->pipe, on_allocate, on_read) != 0)
        finish(scrape, NULL);
}

static void ask(struct bc_scrape *scrape)
{
    struct sockaddr_un address;
    int held;

    scrape->len = 0;
    if (uv_pipe_init(scrape->loop, &scrape->pipe, 0) != 0)
        return;
    scrape->pipe.data = scrape;
    scrape->connecting.data = scrape;
    scrape->open++;
    scrape->asking = true;
    if (!bc_door_address(scrape->dir, &address, &held)) {
        finish(scrape, NULL);
        return;
    }
    uv_pipe_connect(&scrape->connecting, &scrape->pipe, address.sun_path, on_connected);
    if (held >= 0)
        (void)close(held);
}

static void on_timer(uv_timer_t *timer)
{
    struct bc_scrape *scrape = timer->data;

    if (scrape->asking)
        finish(scrape, NULL);
    else if (!scrape->closing)
        ask(scrape);
}

struct bc_scrape *bc_scrape_begin(uv_loop_t *loop, const char *dir)
{
    struct bc_scrape *scrape = calloc(1, sizeof(*scrape));

    if (scrape == NULL || (scrape->coming = malloc(ANSWER_MAX + 1)) == NULL ||
        uv_timer_init(loop, &scrape->timer) != 0) {
        if (scrape != NULL)
            free(scrape->coming);
        free(scrape);
        return NULL;
    }
    scrape->loop = loop;
    scrape->dir = dir;
    scrape->timer.data = scrape;
    scrape->open = 1;
    (void)uv_timer_start(&scrape->timer, on_timer, 0, EVERY_MS);
    return scrape;
}

void bc_scrape_end(struct bc_scrape *scrape)
{
    if (scrape == NULL)
        return;
    scrape->ending = true;
    finish(scrape, NULL);
    uv_close((uv_handle_t *)&scrape->timer, on_closed);
}

const char *bc_scrape_text(const struct bc_scrape *scrape)
{
    return scrape->text != NULL ? scrape->text : "";
}

bool bc_scrape_up(const struct bc_scrape *scrape)
{
    return scrape->up;
}
