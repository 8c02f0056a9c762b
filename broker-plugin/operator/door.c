/* The door's sockets: one that listens, and a few guests with a line in and an answer out. */
#include "broker-plugin/operator/door.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker-plugin/context.h"
#include "door/door_words.h"

/* Who comes when all places are taken is told so, a few at a turn. */
#define ARRIVALS    8
#define WAITING_MAX 16

/* To look for guests is a system call: so often in so long, while there is nothing to be done. */
#define LOOK_MS   10
#define LOOKS_MAX 4

/* How often is looked whether the socket is still there. */
#define MEND_MS 60000

/* An answer goes on while less than this of it waits, so many steps at a turn. */
#define WAITING_BYTES ((size_t)4096)
#define STEPS         8

struct bc_guest {
    int socket; /* -1: nobody is here */
    uint64_t moved_ms;
    void *call; /* the desk's */
    bool answering;
    bool waits; /* there is nothing to be put at this moment */
    bool failed;
    bool sends_no_more;
    size_t len; /* of what has come of a line */
    char line[BC_DOOR_LINE_MAX];
    char *out; /* what waits to be written: out[from..to) */
    size_t from;
    size_t to;
    size_t room;
};

struct bc_door {
    const char *dir;
    const char *greeting;
    struct bc_door_desk desk;
    int socket;
    dev_t device; /* of the socket's file, to know it by */
    ino_t inode;
    const struct bc_loop *loop;
    uint64_t looks_since_ms;
    unsigned looks; /* since then */
    uint64_t mended_ms;
    bool told; /* that it can't be opened */
    struct bc_door_bounds bounds;
    struct bc_guest guests[]; /* ${bounds.guests} */
};

/* ---- opening ---- */

static void file_path(const struct bc_door *door, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/" BC_DOOR_NAME, door->dir);
}

static bool tell(struct bc_door *door, const char *why)
{
    if (!door->told) {
        bc_plugin_log(MOSQ_LOG_WARNING,
            "%s/" BC_DOOR_NAME " %s: `backchannel status` and the like "
            "don't work until then",
            door->dir, why);
    }
    door->told = true;
    return false;
}

/* Does nobody listen to the socket that is there? */
static bool is_stale(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                 errno == ECONNREFUSED;

    if (fd >= 0) {
        (void)close(fd);
    }
    return stale;
}

/* What an earlier broker left there goes; what is somebody else's is told of, and stays. */
static bool make_way(struct bc_door *door, const struct sockaddr_un *address)
{
    char path[PATH_MAX];
    struct stat info;

    file_path(door, path);
    if (lstat(path, &info) != 0) {
        return true;
    }
    if (!S_ISSOCK(info.st_mode)) {
        return tell(door, "is in the way and no socket: move it away");
    }
    if (info.st_uid != geteuid()) {
        return tell(door, "is a socket of another user: remove it");
    }
    if (!is_stale(address)) {
        return tell(door, "is a socket that another process listens to: end it");
    }
    return unlink(path) == 0 || tell(door, "can't be replaced: remove it");
}

/* On Linux the file gets the mode that the socket has before it is bound. */
static bool bind_socket(int fd, const struct sockaddr_un *address)
{
    return fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
           bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
           listen(fd, WAITING_MAX) == 0;
}

static void begin(struct bc_door *door, int fd)
{
    char path[PATH_MAX];
    struct stat info = { .st_ino = 0 };

    file_path(door, path);
    (void)lstat(path, &info);
    door->device = info.st_dev;
    door->inode = info.st_ino;
    door->socket = fd;
    bc_loop_hears(door->loop, fd);
    if (door->told) {
        bc_plugin_log(MOSQ_LOG_NOTICE, "%s: it is there now", path);
    }
    door->told = false;
}

static void open_door(struct bc_door *door)
{
    struct sockaddr_un address;
    int held;
    int fd = -1;

    if (!bc_door_address(door->dir, &address, &held)) {
        (void)tell(door, strerror(errno));
        return;
    }
    if (make_way(door, &address)) {
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && bind_socket(fd, &address)) {
            begin(door, fd);
        } else {
            char why[128];

            (void)snprintf(
                why, sizeof(why), "can't be made (%s): it is tried again", strerror(errno));
            (void)tell(door, why);
            if (fd >= 0) {
                (void)close(fd);
            }
        }
    }
    if (held >= 0) {
        (void)close(held);
    }
}

static bool is_there(const struct bc_door *door)
{
    char path[PATH_MAX];
    struct stat info;

    file_path(door, path);
    return lstat(path, &info) == 0 && info.st_dev == door->device && info.st_ino == door->inode;
}

/* A socket whose file was removed, or couldn't be made, is made anew. */
static void mend(struct bc_door *door, uint64_t now_ms)
{
    if (door->mended_ms == 0) {
        door->mended_ms = now_ms;
    }
    if (now_ms - door->mended_ms < MEND_MS) {
        return;
    }
    door->mended_ms = now_ms;
    if (door->socket >= 0 && !is_there(door)) {
        (void)close(door->socket);
        door->socket = -1;
    }
    if (door->socket < 0) {
        open_door(door);
    }
}

struct bc_door *bc_door_new(const char *dir, const char *greeting, const struct bc_loop *loop,
    struct bc_door_desk desk, struct bc_door_bounds bounds)
{
    struct bc_door *door = calloc(1, sizeof(*door) + bounds.guests * sizeof(door->guests[0]));

    if (door == NULL) {
        bc_plugin_log(MOSQ_LOG_ERR, "out of memory");
        return NULL;
    }
    door->dir = dir;
    door->greeting = greeting;
    door->loop = loop;
    door->desk = desk;
    door->bounds = bounds;
    door->socket = -1;
    for (size_t i = 0; i < door->bounds.guests; i++) {
        door->guests[i].socket = -1;
    }
    open_door(door);
    return door;
}

/* ---- guests ---- */

/* What holds of a place: a guest has room for what they say and are told, and nobody has nothing.
 */
static void check(const struct bc_guest *guest)
{
    assert(guest->from <= guest->to && guest->to <= guest->room);
    assert((guest->out == NULL) == (guest->room == 0));
    assert(guest->len <= sizeof(guest->line));
    assert(!guest->waits || guest->answering);
    assert(guest->socket >= 0 || (guest->out == NULL && guest->len == 0 && !guest->answering));
    (void)guest; /* without assertions */
}

void **bc_guest_call(struct bc_guest *guest)
{
    return &guest->call;
}

void bc_guest_fail(struct bc_guest *guest)
{
    guest->failed = true;
}

static bool make_room(struct bc_guest *guest, size_t len)
{
    size_t room = guest->room > 0 ? guest->room : WAITING_BYTES;
    char *grown;

    if (guest->from > 0) {
        memmove(guest->out, guest->out + guest->from, guest->to - guest->from);
        guest->to -= guest->from;
        guest->from = 0;
    }
    while (room - guest->to < len) {
        room *= 2;
    }
    if (room == guest->room) {
        return true;
    }
    grown = realloc(guest->out, room);
    if (grown != NULL) {
        guest->out = grown;
        guest->room = room;
    }
    return grown != NULL;
}

bool bc_guest_put(struct bc_guest *guest, const char *text, size_t len)
{
    if (guest->failed || (guest->room - guest->to < len && !make_room(guest, len))) {
        guest->failed = true;
        return false;
    }
    memcpy(guest->out + guest->to, text, len);
    guest->to += len;
    check(guest);
    return true;
}

static void see_out(struct bc_door *door, struct bc_guest *guest)
{
    if (guest->answering) {
        door->desk.leave(door->desk.context, guest);
    }
    (void)close(guest->socket);
    free(guest->out);
    *guest = (struct bc_guest){ .socket = -1 };
}

void bc_door_free(struct bc_door *door)
{
    char path[PATH_MAX];

    if (door == NULL) {
        return;
    }
    for (size_t i = 0; i < door->bounds.guests; i++) {
        if (door->guests[i].socket >= 0) {
            see_out(door, &door->guests[i]);
        }
    }
    if (door->socket >= 0) {
        file_path(door, path);
        if (is_there(door)) {
            (void)unlink(path);
        }
        (void)close(door->socket);
    }
    free(door);
}

/* The mode of the file is looked at when one connects; who that was is looked at here. */
static bool may_enter(int fd)
{
    struct ucred who;
    socklen_t len = sizeof(who);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
           (who.uid == 0 || who.uid == geteuid());
}

static struct bc_guest *free_place(struct bc_door *door)
{
    for (size_t i = 0; i < door->bounds.guests; i++) {
        if (door->guests[i].socket < 0) {
            return &door->guests[i];
        }
    }
    return NULL;
}

static void send_away(const struct bc_door *door, int fd)
{
    static const char line[] = "{\"ok\":false,\"code\":\"" BC_DOOR_BUSY
                               "\",\"error\":\"Others are in the door: try again.\"}\n";

    (void)!send(fd, door->greeting, strlen(door->greeting), MSG_NOSIGNAL);
    (void)!send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL);
    (void)close(fd);
}

static void let_in(struct bc_door *door, uint64_t now_ms)
{
    for (int i = 0; door->socket >= 0 && i < ARRIVALS; i++) {
        int fd = accept4(door->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct bc_guest *guest;

        if (fd < 0) {
            return;
        }
        guest = free_place(door);
        if (!may_enter(fd)) {
            (void)close(fd);
        } else if (guest == NULL) {
            send_away(door, fd);
        } else {
            guest->socket = fd;
            bc_loop_hears(door->loop, fd);
            guest->moved_ms = now_ms;
            (void)bc_guest_put(guest, door->greeting, strlen(door->greeting));
        }
    }
}

static void go(struct bc_guest *guest, enum bc_answering state)
{
    guest->answering = state != BC_ANSWERED;
    guest->waits = state == BC_ANSWER_WAITS;
    check(guest);
}

/* The first line that is whole is asked; what has come behind it is kept. */
static void ask(struct bc_door *door, struct bc_guest *guest)
{
    const char *end = memchr(guest->line, '\n', guest->len);
    size_t len = end != NULL ? (size_t)(end - guest->line) : 0;

    if (guest->answering || end == NULL) {
        return;
    }
    go(guest, door->desk.ask(door->desk.context, guest, bc_bytes(guest->line, len)));
    guest->len -= len + 1;
    memmove(guest->line, end + 1, guest->len);
}

/* False if there will be nothing more from this guest. */
static bool read_some(struct bc_guest *guest, uint64_t now_ms)
{
    ssize_t got;

    if (guest->len == sizeof(guest->line)) {
        static const char line[] = "{\"ok\":false,\"code\":\"" BC_DOOR_BAD_REQUEST
                                   "\",\"error\":\"The line is too long.\"}\n";

        if (memchr(guest->line, '\n', guest->len) != NULL) {
            return true;
        }
        (void)!send(guest->socket, line, sizeof(line) - 1, MSG_NOSIGNAL);
        return false;
    }
    got = recv(guest->socket, guest->line + guest->len, sizeof(guest->line) - guest->len, 0);
    if (got > 0) {
        guest->len += (size_t)got;
        guest->moved_ms = now_ms;
    }
    guest->sends_no_more = got == 0;
    return got >= 0 || errno == EAGAIN || errno == EINTR;
}

static bool write_some(struct bc_guest *guest, uint64_t now_ms)
{
    ssize_t put = 0;

    if (guest->to > guest->from) {
        put = send(guest->socket, guest->out + guest->from, guest->to - guest->from, MSG_NOSIGNAL);
    }
    if (put > 0) {
        guest->from += (size_t)put;
        guest->moved_ms = now_ms;
    }
    return put >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Who sends no more may still be given what there is, but not wait for what will be. */
static bool is_done(const struct bc_guest *guest)
{
    return guest->failed || (guest->sends_no_more && guest->to == guest->from &&
                                (!guest->answering || guest->waits));
}

/* True as long as the guest stays. */
static bool serve(struct bc_door *door, struct bc_guest *guest, uint64_t now_ms)
{
    check(guest);
    if (!read_some(guest, now_ms)) {
        return false;
    }
    ask(door, guest);
    guest->waits = false;
    for (int i = 0;
         i < STEPS && guest->answering && !guest->waits && guest->to - guest->from < WAITING_BYTES;
         i++) {
        go(guest, door->desk.go_on(door->desk.context, guest));
    }
    if (guest->answering && guest->to == guest->from) {
        guest->moved_ms = now_ms; /* it is not the guest who is idle */
    }
    return write_some(guest, now_ms) && !is_done(guest) &&
           now_ms - guest->moved_ms < door->bounds.idle_ms;
}

/* What the guest is to be given, and takes, is not to wait for the broker's sleep. */
static bool is_busy(const struct bc_guest *guest)
{
    bool has_more = guest->answering && !guest->waits && guest->to - guest->from < WAITING_BYTES;

    return guest->socket >= 0 && (has_more || memchr(guest->line, '\n', guest->len) != NULL);
}

/* A broker that has slept looks at each turn, since that may be why it doesn't sleep any more. */
static bool may_look(struct bc_door *door, uint64_t now_ms)
{
    if (now_ms - door->looks_since_ms >= LOOK_MS) {
        door->looks_since_ms = now_ms;
        door->looks = 0;
    }
    return door->looks++ < LOOKS_MAX;
}

bool bc_door_turn(struct bc_door *door, uint64_t now_ms)
{
    bool busy = false;

    for (size_t i = 0; i < door->bounds.guests; i++) {
        busy = busy || is_busy(&door->guests[i]);
    }
    if (!busy && !may_look(door, now_ms)) {
        return false;
    }
    busy = false;
    mend(door, now_ms);
    let_in(door, now_ms);
    for (size_t i = 0; i < door->bounds.guests; i++) {
        if (door->guests[i].socket >= 0 && !serve(door, &door->guests[i], now_ms)) {
            see_out(door, &door->guests[i]);
        }
        busy = busy || is_busy(&door->guests[i]);
    }
    return busy;
}
