/* The operator's command-line tool: reads stores, beside a live broker as well, and asks the broker
 * for what only it can say or do. It changes no store.
 */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/live.h"
#include "tools/owner.h"
#include "tools/tool.h"

static const char intro[] =
    "\n"
    "Looks after the store in DIR, the broker's plugin_opt_data_dir, and after the broker that "
    "has\n"
    "it open. Run it as the user that the broker runs as, or as root: then it goes on as the\n"
    "directory's owner. check, stats, dump, backup and export read the store as of the last\n"
    "checkpoint and work while the broker runs; the others ask the broker.\n"
    "\n";

static const char outro[] =
    "\n"
    "  --help     this text; after a command, what it does\n"
    "  --version  the version\n"
    "\n"
    "Exit codes: 0 all is well, 1 there are problems, 2 it could not be done.\n";

/* The options that a command may take. */
enum {
    JSON = 1 << 0,
    QUIET = 1 << 1,
    USER = 1 << 2,
    WITH = 1 << 3,
    GROUP = 1 << 4,
    TEXTFILE = 1 << 5,
    DAYS = 1 << 6,
    REASON = 1 << 7,
    RESOLVED = 1 << 8,
    USES = 1 << 9,
    MESSAGE = 1 << 10,
    WAIT = 1 << 11,
    NOW = 1 << 12
};

/* Where in struct bc_tool a flag or a text goes. */
static const struct tool_option {
    const char *name;
    int bit;
    bool valued;
    size_t at;
} tool_options[] = {
    { "json", JSON, false, offsetof(struct bc_tool, json) },
    { "quiet", QUIET, false, offsetof(struct bc_tool, quiet) },
    { "user", USER, true, offsetof(struct bc_tool, user) },
    { "with", WITH, true, offsetof(struct bc_tool, with) },
    { "group", GROUP, true, offsetof(struct bc_tool, group) },
    { "textfile", TEXTFILE, true, offsetof(struct bc_tool, textfile) },
    { "days", DAYS, true, offsetof(struct bc_tool, days) },
    { "reason", REASON, true, offsetof(struct bc_tool, reason) },
    { "uses", USES, true, offsetof(struct bc_tool, uses) },
    { "message", MESSAGE, true, offsetof(struct bc_tool, message) },
    { "wait", WAIT, false, offsetof(struct bc_tool, wait) },
    { "now", NOW, false, offsetof(struct bc_tool, now) },
    { "resolved", RESOLVED, false, offsetof(struct bc_tool, resolved) },
};

#define OPTIONS (sizeof(tool_options) / sizeof(tool_options[0]))

/* One of both runs: by itself, or at the broker's door. */
static const struct command {
    const char *name;
    const char *usage; /* behind the name */
    const char *help;
    enum bc_exit (*run)(const struct bc_tool *tool);
    const struct bc_live *live;
    int options;
    int operands_min; /* DIR is the first */
    int operands_max;
    bool writes; /* it isn't done with the rights of who owns DIR alone: it sees to that itself */
} commands[] = {
    { .name = "check",
        .usage = "DIR [--quiet]",
        .help = "Whether everything in the store fits together: checksums, tables, counters and\n"
                "the journal. Prints a line for each problem.\n",
        .options = QUIET,
        .operands_min = 1,
        .operands_max = 1,
        .run = bc_tool_check },
    { .name = "stats",
        .usage = "DIR [--json]",
        .help = "How much there is: messages, users, groups, rows and bytes of each table, what\n"
                "is free, and the journal.\n",
        .options = JSON | QUIET,
        .operands_min = 1,
        .operands_max = 1,
        .run = bc_tool_stats },
    { .name = "dump",
        .usage = "DIR [--user NAME [--with NAME] | --group GROUP] [--quiet]",
        .help = "What is stored, as JSON, an object a line: all of it, what one user has, one\n"
                "conversation, or a group. The first line says as of when.\n",
        .options = QUIET | USER | WITH | GROUP,
        .operands_min = 1,
        .operands_max = 1,
        .run = bc_tool_dump },
    { .name = "backup",
        .usage = "DIR DESTINATION [--quiet]",
        .help = "A copy that a broker can start from, in the directory DESTINATION, which must\n"
                "not exist. Every message that was acknowledged before is in it.\n",
        .options = QUIET,
        .operands_min = 2,
        .operands_max = 2,
        .run = bc_tool_backup,
        .writes = true },
    { .name = "export",
        .usage = "DIR NAME FILE.zip [--json] [--quiet]",
        .help = "All that the store holds about the user NAME, for that person: JSON, an object a\n"
                "line, with pictures and media as files, in FILE.zip, which must not exist.\n",
        .options = JSON | QUIET,
        .operands_min = 3,
        .operands_max = 3,
        .run = bc_tool_export,
        .writes = true },
    { .name = "test-config",
        .usage = "FILE [--json]",
        .help = "What a broker that is started on the configuration FILE would refuse, or warn\n"
                "of: options, files that are named and aren't there. A line for each.\n",
        .options = JSON,
        .operands_min = 1,
        .operands_max = 1,
        .run = bc_tool_test_config,
        .writes = true },
    { .name = "status",
        .usage = "DIR [--json]",
        .help = "What the broker does: its version, since when it runs, how far it is. Without a\n"
                "broker it is stats.\n",
        .options = JSON,
        .operands_min = 1,
        .operands_max = 1,
        .live = &bc_live_status },
    { .name = "health",
        .usage = "DIR [--json]",
        .help = "Whether the broker is ready, or why not: storing, checkpoints, the clock, the\n"
                "disk. Its exit code is 0 if it is, else 1; 2 if it doesn't answer.\n",
        .options = JSON,
        .operands_min = 1,
        .operands_max = 1,
        .live = &bc_live_health },
    { .name = "metrics",
        .usage = "DIR [--textfile FILE | --json]",
        .help = "What the broker counts, in the text format of Prometheus, on the standard output\n"
                "or in FILE, for the textfile collector of its node exporter. In any case it says\n"
                "whether the broker answers. Root stays root for it.\n",
        .options = JSON | TEXTFILE,
        .operands_min = 1,
        .operands_max = 1,
        .run = bc_tool_metrics,
        .writes = true },
    { .name = "suspend",
        .usage = "DIR NAME [--days N] [--reason TEXT] [--json]",
        .help = "Suspends a user, for N days or for good: nobody hears of them until then. They\n"
                "are told, with the reason. Done, and durable, when it says so.\n",
        .options = JSON | DAYS | REASON,
        .operands_min = 2,
        .operands_max = 2,
        .live = &bc_live_suspend },
    { .name = "unsuspend",
        .usage = "DIR NAME [--reason TEXT] [--json]",
        .help = "Ends a suspension.\n",
        .options = JSON | REASON,
        .operands_min = 2,
        .operands_max = 2,
        .live = &bc_live_unsuspend },
    { .name = "reports",
        .usage = "DIR [--resolved] [--json]",
        .help = "The reports that wait to be decided on, or that were, with their evidence.\n"
                "Without a broker, those of the store.\n",
        .options = JSON | RESOLVED,
        .operands_min = 1,
        .operands_max = 1,
        .live = &bc_live_reports },
    { .name = "resolve",
        .usage = "DIR REPORT dismiss|warn|suspend [--days N] [--reason TEXT] [--json]",
        .help = "Decides on a report, by its id: its user is warned, or suspended for N days or\n"
                "for good, and told the reason; who reported them is told what was done.\n",
        .options = JSON | DAYS | REASON,
        .operands_min = 3,
        .operands_max = 3,
        .live = &bc_live_resolve },
    { .name = "users",
        .usage = "DIR [NAME] [--json]",
        .help = "Who has been here: messages, devices with a token and when one was used last,\n"
                "connections, suspensions. Of NAME also each token and invitation. Without a\n"
                "broker, of the store.\n",
        .options = JSON,
        .operands_min = 1,
        .operands_max = 2,
        .live = &bc_live_users },
    { .name = "kick",
        .usage = "DIR NAME [--json]",
        .help = "Ends a user's connections. They may connect again.\n",
        .options = JSON,
        .operands_min = 2,
        .operands_max = 2,
        .live = &bc_live_kick },
    { .name = "invite",
        .usage = "DIR NAME [--days N] [--uses N] [--group GROUP] [--json]",
        .help = "Makes an invitation of NAME's to have an account, and prints it, this once.\n"
                "Whoever comes by it and NAME are contacts of each other.\n",
        .options = JSON | DAYS | USES | GROUP,
        .operands_min = 2,
        .operands_max = 2,
        .live = &bc_live_invite },
    { .name = "revoke-token",
        .usage = "DIR NAME DEVICE [--json]",
        .help = "Ends the token of a user's device, and its connections.\n",
        .options = JSON,
        .operands_min = 3,
        .operands_max = 3,
        .live = &bc_live_revoke_token },
    { .name = "revoke-invite",
        .usage = "DIR NAME INVITATION [--json]",
        .help = "Ends an invitation of a user's, by the id that users shows.\n",
        .options = JSON,
        .operands_min = 3,
        .operands_max = 3,
        .live = &bc_live_revoke_invite },
    { .name = "disable",
        .usage = "DIR NAME [--reason TEXT] [--json]",
        .help = "Suspends a user for good and ends their tokens, invitations and connections. A\n"
                "password is the broker's: take it out of its file. unsuspend undoes the first.\n",
        .options = JSON | REASON,
        .operands_min = 2,
        .operands_max = 2,
        .live = &bc_live_disable },
    { .name = "erase",
        .usage = "DIR --message ID | --user NAME [--with NAME] --reason TEXT [--wait] [--json]",
        .help =
            "Takes away what a message says, or all that NAME sent, to one other or to anybody,\n"
            "and, to anybody, their profile, own data and what wakes their devices. Messages\n"
            "keep their id, time and place. With --wait it ends when no byte of DIR has any of\n"
            "it; 1: but for the evidence of open reports, which goes when they are resolved.\n",
        .options = JSON | MESSAGE | USER | WITH | REASON | WAIT,
        .operands_min = 1,
        .operands_max = 1,
        .live = &bc_live_erase },
    { .name = "erasures",
        .usage = "DIR [--json]",
        .help = "What was erased: who asked, when, why, how much, and whether it is gone from the\n"
                "disk; not what it was. Without a broker, of the store.\n",
        .options = JSON,
        .operands_min = 1,
        .operands_max = 1,
        .live = &bc_live_erasures },
    { .name = "retain",
        .usage = "DIR [--now] [--json]",
        .help = "After how many days messages and events end by themselves, and how far that is.\n"
                "It waits where the clock is days further than it was: --now says that it is\n"
                "right. 1: it waits.\n",
        .options = JSON | NOW,
        .operands_min = 1,
        .operands_max = 1,
        .live = &bc_live_retain },
    { .name = "reload",
        .usage = "DIR [--json]",
        .help = "Has the broker read again what it reads again on SIGHUP, of Backchannel's, and\n"
                "says how much has changed. 1: something is wrong, and nothing has.\n",
        .options = JSON,
        .operands_min = 1,
        .operands_max = 1,
        .live = &bc_live_reload },
    { .name = "log-level",
        .usage = "DIR notice|info [--json]",
        .help = "With info the broker's log has a line for each request and each refusal: who and\n"
                "to what topic, never what. With notice, and after a restart, it hasn't.\n",
        .options = JSON,
        .operands_min = 2,
        .operands_max = 2,
        .live = &bc_live_log_level },
    { .name = "setup",
        .usage = "[--check | --remove | --help]",
        .help =
            "Brings the plugin into this machine's Mosquitto, tries whether a broker starts on\n"
            "the configuration, or takes it out again. It has no DIR, and a --help of its own.\n" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* ---- help ---- */

static void print_usage(FILE *out)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        (void)fprintf(out, "%s backchannel %s %s\n", i == 0 ? "usage:" : "      ", commands[i].name,
            commands[i].usage);
    }
}

/* The lines of ${text}, the first behind ${name} and all of them indented. */
static void print_indented(FILE *out, const char *name, const char *text)
{
    while (*text != '\0') {
        int len = (int)strcspn(text, "\n");

        (void)fprintf(out, "  %-11s %.*s\n", name, len, text);
        text += len + (text[len] == '\n' ? 1 : 0);
        name = "";
    }
}

static enum bc_exit print_help(FILE *out)
{
    print_usage(out);
    (void)fputs(intro, out);
    for (size_t i = 0; i < COMMANDS; i++) {
        print_indented(out, commands[i].name, commands[i].help);
    }
    (void)fputs(outro, out);
    return ferror(out) ? BC_EXIT_FAILED : BC_EXIT_WELL;
}

static enum bc_exit print_help_of(const struct command *command)
{
    return printf("usage: backchannel %s %s\n\n%s", command->name, command->usage, command->help) <
                   0
               ? BC_EXIT_FAILED
               : BC_EXIT_WELL;
}

/* ---- the command line ---- */

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* What of the command line doesn't fit; NULL if all does. */
static const char *wrong(const struct command *command, const struct bc_tool *tool, int operands)
{
    if (operands == 0) {
        return strncmp(command->usage, "FILE", strlen("FILE")) == 0 ? "which file?"
                                                                    : "which directory?";
    }
    if (operands < command->operands_min) {
        return "there are too few arguments";
    }
    if (operands > command->operands_max) {
        return "there are too many arguments";
    }
    if ((tool->with != NULL && tool->user == NULL) || (tool->group != NULL && tool->user != NULL)) {
        return "it takes --user, with or without --with, or --group";
    }
    return NULL;
}

/* The first of the options ${given} that isn't one of ${command}; NULL if there is none. */
static const char *not_for(const struct command *command, int given)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if ((given & tool_options[i].bit & ~command->options) != 0) {
            return tool_options[i].name;
        }
    }
    return NULL;
}

/* What the command line says before it is known of which command. */
struct line {
    struct bc_tool tool;
    int given;
    bool help;
};

/* Of two values only one would be gone by, and whoever gave both may have meant both. */
static enum bc_exit set_option(struct line *line, const struct tool_option *option)
{
    char *at = (char *)&line->tool + option->at;

    if (option->valued && (line->given & option->bit) != 0) {
        return bc_tool_failed("--%s is given twice", option->name);
    }
    line->given |= option->bit;
    if (option->valued) {
        memcpy(at, &optarg, sizeof(optarg));
    } else {
        *(bool *)(void *)at = true;
    }
    return BC_EXIT_WELL;
}

/* Read the options into *${line}; an exit code, or -1 to go on. */
static int read_options(int argc, char **argv, struct line *line)
{
    struct option names[OPTIONS + 3] = { [OPTIONS] = { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 } };
    enum bc_exit code = BC_EXIT_WELL;
    int c;

    for (size_t i = 0; i < OPTIONS; i++) {
        names[i] = (struct option){ tool_options[i].name,
            tool_options[i].valued ? required_argument : no_argument, NULL, 256 + (int)i };
    }
    while (code == BC_EXIT_WELL && (c = getopt_long(argc, argv, "hq", names, NULL)) != -1) {
        if (c >= 256) {
            code = set_option(line, &tool_options[c - 256]);
        } else if (c == 'q') {
            code = set_option(line, &tool_options[1]);
        } else if (c == 'h') {
            line->help = true;
        } else if (c == 'v') {
            return puts("backchannel " BACKCHANNEL_VERSION) < 0 ? BC_EXIT_FAILED : BC_EXIT_WELL;
        } else {
            return BC_EXIT_FAILED; /* getopt has said what is wrong */
        }
    }
    return code == BC_EXIT_WELL ? -1 : (int)code;
}

/* The command and its operands are what the options have left. */
static enum bc_exit run(struct line *line, int argc, char **argv)
{
    const struct command *command = find_command(argv[optind]);
    struct bc_tool *tool = &line->tool;
    struct bc_owner owner;
    const char *why;
    enum bc_exit code;

    if (command == NULL) {
        return bc_tool_failed("there is no command %s: see backchannel --help", argv[optind]);
    }
    if (line->help) {
        return print_help_of(command);
    }
    why = not_for(command, line->given);
    if (why != NULL) {
        return bc_tool_failed("--%s is not for %s: see backchannel --help", why, command->name);
    }
    why = wrong(command, tool, argc - optind - 1);
    if (why != NULL) {
        return bc_tool_failed("%s: %s: see backchannel --help", command->name, why);
    }
    tool->command = command->name;
    tool->dir = argv[optind + 1];
    for (int i = 0; i < argc - optind - 2; i++) {
        tool->operands[i] = argv[optind + 2 + i];
    }
    if (!command->writes && bc_owner_is_another(tool->dir, &owner) && !bc_owner_become(&owner)) {
        return BC_EXIT_FAILED;
    }
    code = command->live != NULL ? bc_live_run(tool, command->live) : command->run(tool);
    return fflush(stdout) == 0 ? code : bc_tool_failed("the output can't be written");
}

/* What changes the broker's configuration is a script beside the plugin, with options of its own.
 */
static enum bc_exit run_setup(char **argv)
{
    (void)execv(BACKCHANNEL_SETUP, argv);
    return bc_tool_failed("%s can't be run: %s", BACKCHANNEL_SETUP, strerror(errno));
}

int main(int argc, char **argv)
{
    struct line line = { .given = 0 };
    int code;

    if (argc > 1 && strcmp(argv[1], "setup") == 0) {
        return (int)run_setup(argv + 1);
    }
    code = read_options(argc, argv, &line);
    if (code >= 0) {
        return code;
    }
    if (optind < argc) {
        return (int)run(&line, argc, argv);
    }
    if (line.help) {
        return (int)print_help(stdout);
    }
    (void)print_help(stderr);
    return BC_EXIT_FAILED;
}
