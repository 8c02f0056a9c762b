#include "process.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    RUN_TIMEOUT_MS = 120000,
    WAIT_STEP_US = 2000
};

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Where ${name} is. A normal user's PATH often lacks the folders of daemons. */
static char *find_program(const char *name)
{
    const char *path = getenv("PATH");
    char *folders = NULL;
    char *found = NULL;
    char *rest = NULL;

    if (strchr(name, '/') != NULL)
        return strdup(name);
    if (asprintf(&folders, "%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "/usr/bin") < 0)
        fail_msg("out of memory");
    for (char *f = strtok_r(folders, ":", &rest); f; f = strtok_r(NULL, ":", &rest)) {
        if (asprintf(&found, "%s/%s", f, name) < 0)
            fail_msg("out of memory");
        if (access(found, X_OK) == 0)
            break;
        free(found);
        found = NULL;
    }
    free(folders);
    if (found == NULL)
        fail_msg("the program %s is not installed", name);
    return found;
}

/* A new list of copies of the strings of both lists, each of which may be NULL. */
static char **join(const char *const *first, const char *const *second)
{
    size_t count = 0;
    size_t n = 0;
    char **joined;

    for (size_t i = 0; first != NULL && first[i] != NULL; i++)
        count++;
    for (size_t i = 0; second != NULL && second[i] != NULL; i++)
        count++;
    joined = calloc(count + 1, sizeof *joined);
    if (joined == NULL)
        fail_msg("out of memory");
    for (size_t i = 0; first != NULL && first[i] != NULL; i++)
        joined[n++] = strdup(first[i]);
    for (size_t i = 0; second != NULL && second[i] != NULL; i++)
        joined[n++] = strdup(second[i]);
    return joined;
}

static void free_list(char **list)
{
    for (size_t i = 0; list[i] != NULL; i++)
        free(list[i]);
    free(list);
}

#ifdef BACKCHANNEL_EMULATOR
/* What runs ${program}, if it is for the processor that the test is for, and no script or program
 * of the machine's own. */
static const char *emulator_of(const char *program)
{
    Elf32_Ehdr header = { .e_machine = EM_NONE };
    FILE *file = fopen(program, "rb");
    bool whole = file != NULL && fread(&header, sizeof header, 1, file) == 1;

    if (file != NULL)
        fclose(file);
    if (!whole || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_ARM)
        return NULL;
    return BACKCHANNEL_EMULATOR;
}
#else
static const char *emulator_of(const char *program)
{
    (void)program;
    return NULL;
}
#endif

/* The program and its arguments, behind what runs them where they are for another processor. */
static char **command_line(const char *const *argv)
{
    char *program = find_program(argv[0]);
    const char *emulator = emulator_of(program);
    const char *const first[] = { emulator ? emulator : program, emulator ? program : NULL, NULL };
    char **line = join(first, argv + 1);

    free(program);
    return line;
}

/* The test may have other threads, so nothing is called here that could wait for one of them. */
static _Noreturn void become(char **arguments, char **environment, int output, pid_t parent)
{
    struct rlimit files;

    /* What the broker says of a low limit is for a test of that alone. */
    if (getenv("BACKCHANNEL_FILES") == NULL && getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

pid_t process_start(const char *const *argv, const char *const *environment, const char *output)
{
    char **arguments = command_line(argv);
    /* Ours come first: of two variables with one name, the C library takes the first. */
    char **variables = join(environment, (const char *const *)environ);
    pid_t parent = getpid();
    pid_t pid;
    int fd;

    fd = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd == -1)
        fail_msg("cannot write %s: %s", output, strerror(errno));
    pid = fork();
    if (pid == 0)
        become(arguments, variables, fd, parent);
    if (pid == -1)
        fail_msg("cannot start %s: %s", argv[0], strerror(errno));
    close(fd);
    free_list(variables);
    free_list(arguments);
    return pid;
}

bool process_wait(pid_t pid, int timeout_ms, int *status)
{
    int64_t deadline = now_ms() + timeout_ms;

    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);

        if (ended == pid)
            return true;
        if (ended == -1 && errno != EINTR)
            fail_msg("cannot wait for process %d: %s", (int)pid, strerror(errno));
        if (now_ms() >= deadline)
            return false;
        usleep(WAIT_STEP_US);
    }
}

/* The parent of ${pid}; -1 if it isn't there, or has ended and nobody has looked at that. */
static pid_t parent_of(pid_t pid)
{
    char path[64];
    char line[512] = "";
    char now = 'Z';
    const char *state;
    pid_t parent = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return -1;
    state = fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;
    if (state != NULL && strlen(state) > 4) { /* ") S 1234 ..." */
        now = state[2];
        parent = (pid_t)strtol(state + 4, NULL, 10);
    }
    fclose(file);
    return now == 'Z' ? -1 : parent;
}

enum {
    FAMILY = 256
};

static int children_of(pid_t parent, pid_t children[FAMILY])
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    int count = 0;

    if (processes == NULL)
        fail_msg("cannot read /proc: %s", strerror(errno));
    while (count < FAMILY && (entry = readdir(processes)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && parent_of(pid) == parent)
            children[count++] = pid;
    }
    closedir(processes);
    return count;
}

/* A parent that is stopped has no more children, and one that isn't killed yet keeps their ids. */
void process_kill_family(pid_t pid)
{
    pid_t children[FAMILY];
    int64_t deadline = now_ms() + RUN_TIMEOUT_MS;
    int count;
    int status;

    kill(pid, SIGSTOP);
    count = children_of(pid, children);
    for (int i = 0; i < count; i++)
        kill(children[i], SIGKILL);
    for (int i = 0; i < count; i++) {
        while (parent_of(children[i]) == pid && now_ms() < deadline)
            usleep(WAIT_STEP_US);
    }
    kill(pid, SIGKILL);
    if (!process_wait(pid, RUN_TIMEOUT_MS, &status))
        fail_msg("process %d doesn't end", (int)pid);
}

void process_stop_family(pid_t pid, bool stopped)
{
    pid_t children[FAMILY];
    int count;

    if (stopped)
        kill(pid, SIGSTOP);
    count = children_of(pid, children);
    for (int i = 0; i < count; i++)
        kill(children[i], stopped ? SIGSTOP : SIGCONT);
    if (!stopped)
        kill(pid, SIGCONT);
}

int process_enter(int network)
{
    int before = -1;

    if (network == 0)
        return before;
    before = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (before == -1 || setns(network, CLONE_NEWNET) != 0)
        fail_msg("cannot enter a network namespace: %s", strerror(errno));
    return before;
}

void process_leave(int before)
{
    if (before == -1)
        return;
    if (setns(before, CLONE_NEWNET) != 0)
        fail_msg("cannot go back to a network namespace: %s", strerror(errno));
    close(before);
}

void process_run(const char *const *argv, const char *output)
{
    off_t before = file_size(output);
    pid_t pid = process_start(argv, NULL, output);
    int status = 0;

    if (!process_wait(pid, RUN_TIMEOUT_MS, &status)) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        fail_msg("%s did not end within %d ms", argv[0], RUN_TIMEOUT_MS);
    }
    if (status != 0) {
        char *text = file_read(output, before);

        print_error("%s\n", text);
        free(text);
        fail_msg("%s failed, with the output above", argv[0]);
    }
}

off_t file_size(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 ? about.st_size : 0;
}

long process_anonymous_kb(pid_t pid)
{
    char path[64];
    char line[256];
    long kb = -1;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "RssAnon:", sizeof "RssAnon:" - 1) == 0)
            kb = strtol(line + sizeof "RssAnon:" - 1, NULL, 10);
    }
    fclose(f);
    assert_true(kb > 0);
    return kb;
}

char *file_read(const char *path, off_t offset)
{
    off_t size = file_size(path);
    size_t want = size > offset ? (size_t)(size - offset) : 0;
    char *text = calloc(1, want + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t have = 0;

    if (text == NULL)
        fail_msg("out of memory");
    while (fd != -1 && have < want) {
        ssize_t got = pread(fd, text + have, want - have, offset + (off_t)have);

        if (got <= 0)
            break;
        have += (size_t)got;
    }
    if (fd != -1)
        close(fd);
    text[have] = '\0';
    return text;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

void directory_remove(const char *path)
{
    enum {
        OPEN_FOLDERS = 16
    };

    nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}
