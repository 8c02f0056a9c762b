/* A request to the broker that runs, and its answer. */
#include "tools/live.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "door/door_words.h"
#include "messaging/shown.h"
#include "storage/snapshot.h"
#include "tools/json_line.h"

/* A broker that says nothing for so long hangs: what takes longer puts a line now and then. */
#define PATIENCE_MS 5000

/* The longest line of an answer. */
#define LINE_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct line {
    const char *unknown; /* what isn't known when no more comes, as the end of a sentence */
    char *text;          /* what has come, the line first */
    size_t len;
    size_t room;
    size_t taken; /* of the line before */
};

static enum bc_exit hangs(const struct bc_tool *tool, const char *unknown)
{
    return bc_tool_failed(
        "the broker of %s doesn't answer: it hangs, or waits for its disk%s", tool->dir, unknown);
}

/* ---- lines ---- */

static enum bc_exit wait_for(const struct bc_tool *tool, int fd, const char *unknown)
{
    struct pollfd what = { .fd = fd, .events = POLLIN };
    int ready;

    do {
        ready = poll(&what, 1, PATIENCE_MS);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 ? BC_EXIT_WELL : hangs(tool, unknown);
}

static bool grow(struct line *line)
{
    size_t room = line->room > 0 ? line->room * 2 : 4096;
    char *grown = room <= LINE_MAX_BYTES ? realloc(line->text, room) : NULL;

    if (grown != NULL) {
        line->text = grown;
        line->room = room;
    }
    return grown != NULL;
}

/* Read the next line into ${line}->text, which ends with NUL instead of its end. */
static enum bc_exit next_line(const struct bc_tool *tool, int fd, struct line *line)
{
    char *end;

    line->len -= line->taken;
    if (line->taken > 0) {
        memmove(line->text, line->text + line->taken, line->len);
    }
    line->taken = 0;
    while ((end = line->len > 0 ? memchr(line->text, '\n', line->len) : NULL) == NULL) {
        enum bc_exit code;
        ssize_t got;

        if (line->len == line->room && !grow(line)) {
            return bc_tool_failed("the broker's answer is too long");
        }
        code = wait_for(tool, fd, line->unknown);
        if (code != BC_EXIT_WELL) {
            return code;
        }
        got = recv(fd, line->text + line->len, line->room - line->len, 0);
        if (got <= 0) {
            return bc_tool_failed(
                "the broker of %s has ended the conversation%s", tool->dir, line->unknown);
        }
        line->len += (size_t)got;
    }
    *end = '\0';
    line->taken = (size_t)(end - line->text) + 1;
    return BC_EXIT_WELL;
}

static cJSON *parse(const char *text)
{
    cJSON *json = cJSON_Parse(text);

    if (!cJSON_IsObject(json)) {
        cJSON_Delete(json);
        json = NULL;
    }
    return json;
}

/* ---- the door ---- */

/* The descriptor of a conversation; -1 if nobody listens, -2 if it has been said why not. */
static int enter(const struct bc_tool *tool)
{
    const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
    struct sockaddr_un address;
    int held;
    int fd;
    int result;

    if (!bc_door_address(tool->dir, &address, &held)) {
        (void)bc_tool_failed("%s can't be opened: %s", tool->dir, strerror(errno));
        return -2;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    result = fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
                     connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0
                 ? errno
                 : 0;
    if (held >= 0) {
        (void)close(held);
    }
    if (result == 0) {
        return fd;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (result == ENOENT || result == ECONNREFUSED) {
        return -1;
    }
    (void)(result == EAGAIN ? hangs(tool, "")
                            : bc_tool_failed("%s/" BC_DOOR_NAME " can't be used: %s", tool->dir,
                                  strerror(result)));
    return -2;
}

static enum bc_exit put_request(const struct bc_tool *tool, int fd, const cJSON *request)
{
    char *text = cJSON_PrintUnformatted(request);
    size_t len = text != NULL ? strlen(text) : 0;
    enum bc_exit code = BC_EXIT_WELL;

    errno = 0;
    if (text == NULL) {
        return bc_tool_failed("out of memory");
    }
    text[len] = '\n'; /* in the place of its NUL */
    if (len + 1 > BC_DOOR_LINE_MAX) {
        code = bc_tool_failed("that is too long");
    } else if (send(fd, text, len + 1, MSG_NOSIGNAL) != (ssize_t)(len + 1) && errno != EPIPE) {
        code = hangs(tool, ""); /* who was sent away at once, EPIPE, has been told why */
    }
    cJSON_free(text);
    return code;
}

/* Whoever doesn't greet as the broker does is somebody else. */
static enum bc_exit check_greeting(const struct bc_tool *tool, const char *text)
{
    char shown[256];
    cJSON *json = parse(text);
    enum bc_exit code = BC_EXIT_WELL;

    if (json == NULL || bc_live_text(json, "backchannel")[0] == '\0') {
        code = bc_tool_failed("%s/" BC_DOOR_NAME " is somebody else's: no broker of Backchannel "
                              "answers there",
            tool->dir);
    } else if (bc_live_number(json, "door") != BC_DOOR_VERSION) {
        code = bc_tool_failed("the broker of %s runs Backchannel %s, this is " BACKCHANNEL_VERSION
                              ": use the tool of its version",
            tool->dir, bc_shown_line(bc_live_text(json, "backchannel"), shown, sizeof(shown)));
    }
    cJSON_Delete(json);
    return code;
}

/* ---- the answer ---- */

static enum bc_exit refused(const cJSON *last)
{
    const char *code = bc_live_text(last, "code");

    if (strcmp(code, BC_DOOR_UNKNOWN) == 0 || strcmp(code, BC_DOOR_OTHER_VERSION) == 0) {
        return bc_tool_failed("%s This is " BACKCHANNEL_VERSION ": use the tool of its version",
            bc_live_text(last, "error"));
    }
    return bc_tool_failed("%s (%s)", bc_live_text(last, "error"), code);
}

/* One line of the answer. *${whole}: it was the last. */
static enum bc_exit print(
    const struct bc_tool *tool, const struct bc_live *live, const char *text, bool *whole)
{
    cJSON *json = parse(text);
    enum bc_exit code = BC_EXIT_WELL;

    *whole = cJSON_HasObjectItem(json, "ok");
    if (json == NULL) {
        code = bc_tool_failed("the broker's answer makes no sense");
    } else if (*whole && !bc_live_flag(json, "ok")) {
        code = refused(json);
    } else {
        void (*say)(const struct bc_tool *, const cJSON *) = *whole ? live->last : live->row;

        code = *whole && live->code != NULL ? live->code(json) : BC_EXIT_WELL;
        if (tool->json) {
            return bc_json_line_print(json) ? code : bc_tool_failed("the output can't be written");
        }
        if (say != NULL) {
            say(tool, json);
        }
    }
    *whole = *whole || json == NULL;
    cJSON_Delete(json);
    return code;
}

static enum bc_exit talk(
    const struct bc_tool *tool, const struct bc_live *live, int fd, const cJSON *request)
{
    struct line line = { .unknown = "" };
    bool whole = false;
    enum bc_exit code = live->acts ? BC_EXIT_WELL : put_request(tool, fd, request);

    if (code == BC_EXIT_WELL) {
        code = next_line(tool, fd, &line);
    }
    if (code == BC_EXIT_WELL) {
        code = check_greeting(tool, line.text);
    }
    if (code == BC_EXIT_WELL && live->acts) {
        code = put_request(tool, fd, request);
        line.unknown = "; what was asked for may be done, or go on by itself";
    }
    while (code == BC_EXIT_WELL && !whole) {
        code = next_line(tool, fd, &line);
        if (code == BC_EXIT_WELL) {
            code = print(tool, live, line.text, &whole);
        }
    }
    free(line.text);
    return code;
}

static enum bc_exit absent(const struct bc_tool *tool, const struct bc_live *live)
{
    if (bc_directory_owner(tool->dir) != 0) {
        return bc_tool_failed(
            "the broker of %s has no " BC_DOOR_NAME " there: its log says why", tool->dir);
    }
    return live->offline != NULL
               ? live->offline(tool)
               : bc_tool_failed("no broker runs on %s, and this takes one", tool->dir);
}

enum bc_exit bc_live_run(const struct bc_tool *tool, const struct bc_live *live)
{
    cJSON *request = cJSON_CreateObject();
    enum bc_exit code = BC_EXIT_WELL;
    int fd;

    if (cJSON_AddNumberToObject(request, "door", BC_DOOR_VERSION) == NULL ||
        cJSON_AddStringToObject(request, "verb", tool->command) == NULL) {
        code = bc_tool_failed("out of memory");
    } else {
        code = bc_live_ask(tool, live->operands, request);
    }
    if (code == BC_EXIT_WELL) {
        fd = enter(tool);
        code = fd >= 0    ? talk(tool, live, fd, request)
               : fd == -1 ? absent(tool, live)
                          : BC_EXIT_FAILED;
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    cJSON_Delete(request);
    return code;
}
