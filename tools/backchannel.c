/* The operator's command-line tool: reads stores, beside a live broker as well, and changes none.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/owner.h"
#include "tools/tool.h"

static const char help[] =
    "usage: backchannel check DIR\n"
    "       backchannel stats DIR [--json]\n"
    "       backchannel dump DIR [--user NAME [--with NAME] | --group GROUP]\n"
    "       backchannel backup DIR DESTINATION\n"
    "       backchannel setup [--check | --remove | --help]\n"
    "\n"
    "Looks after the store in DIR, the broker's plugin_opt_data_dir. Nothing here changes a "
    "store,\n"
    "and all of it works while the broker runs: then it sees the last checkpoint. Run it as the\n"
    "user that the broker runs as, or as root: then it goes on as the directory's owner.\n"
    "\n"
    "  check    Whether everything in the store fits together: checksums, tables, counters and\n"
    "           the journal. Prints a line for each problem.\n"
    "  stats    How much there is: messages, users, groups, rows and bytes of each table, what is\n"
    "           free, and the journal.\n"
    "  dump     What is stored, as JSON, an object a line: all of it, what one user has, one\n"
    "           conversation, or a group. The first line says as of when.\n"
    "  backup   A copy that a broker can start from, in the directory DESTINATION, which must not\n"
    "           exist. Every message that was acknowledged before is in it.\n"
    "  setup    Brings the plugin into this machine's Mosquitto, tries whether a broker starts on\n"
    "           the configuration, or takes it out again. It has no DIR, and a --help of its own.\n"
    "\n"
    "  --json     stats as JSON\n"
    "  --quiet    no progress, even on a terminal\n"
    "  --help     this text\n"
    "  --version  the version\n"
    "\n"
    "Exit codes: 0 all is well, 1 check has found problems, 2 it could not be done.\n";

static const struct command {
    const char *name;
    enum bc_exit (*run)(const struct bc_tool *tool);
    int arguments;
    bool writes; /* beside the store: what is written there is its own to see to */
} commands[] = {
    { "check", bc_tool_check, 1, false },
    { "stats", bc_tool_stats, 1, false },
    { "dump", bc_tool_dump, 1, false },
    { "backup", bc_tool_backup, 2, true },
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* What of the command line doesn't fit; NULL if all does. */
static const char *wrong(const struct command *command, const struct bc_tool *tool, int arguments)
{
    bool selects = tool->user != NULL || tool->with != NULL || tool->group != NULL;

    if (arguments < command->arguments) {
        return command->arguments == 1 ? "which directory?" : "which directory, and where to?";
    }
    if (arguments > command->arguments) {
        return "there are too many arguments";
    }
    if (selects && command->run != bc_tool_dump) {
        return "--user, --with and --group are for dump";
    }
    if (tool->json && command->run != bc_tool_stats) {
        return "--json is for stats";
    }
    if ((tool->with != NULL && tool->user == NULL) || (tool->group != NULL && tool->user != NULL)) {
        return "dump takes --user, with or without --with, or --group";
    }
    return NULL;
}

/* Read the options into *${tool}; an exit code, or -1 to go on. */
static int read_options(int argc, char **argv, struct bc_tool *tool)
{
    static const struct option names[] = { { "json", 0, NULL, 'j' }, { "quiet", 0, NULL, 'q' },
        { "user", 1, NULL, 'u' }, { "with", 1, NULL, 'w' }, { "group", 1, NULL, 'g' },
        { "help", 0, NULL, 'h' }, { "version", 0, NULL, 'v' }, { NULL, 0, NULL, 0 } };
    int c;

    while ((c = getopt_long(argc, argv, "hq", names, NULL)) != -1) {
        switch (c) {
        case 'j':
            tool->json = true;
            break;
        case 'q':
            tool->quiet = true;
            break;
        case 'u':
            tool->user = optarg;
            break;
        case 'w':
            tool->with = optarg;
            break;
        case 'g':
            tool->group = optarg;
            break;
        case 'h':
            return fputs(help, stdout) < 0 ? BC_EXIT_FAILED : BC_EXIT_WELL;
        case 'v':
            return puts("backchannel " BACKCHANNEL_VERSION) < 0 ? BC_EXIT_FAILED : BC_EXIT_WELL;
        default:
            return BC_EXIT_FAILED; /* getopt has said what is wrong */
        }
    }
    return -1;
}

/* The command and its arguments are what the options have left. */
static enum bc_exit run(struct bc_tool *tool, int argc, char **argv)
{
    const struct command *command = find_command(argv[optind]);
    struct bc_owner owner;
    const char *why;
    enum bc_exit code;

    if (command == NULL) {
        return bc_tool_failed("there is no command %s: see backchannel --help", argv[optind]);
    }
    why = wrong(command, tool, argc - optind - 1);
    if (why != NULL) {
        return bc_tool_failed("%s: %s: see backchannel --help", command->name, why);
    }
    tool->dir = argv[optind + 1];
    tool->destination = command->arguments > 1 ? argv[optind + 2] : NULL;
    if (!command->writes && bc_owner_is_another(tool->dir, &owner) && !bc_owner_become(&owner)) {
        return BC_EXIT_FAILED;
    }
    code = command->run(tool);
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
    struct bc_tool tool = { .dir = NULL };
    int code;

    if (argc > 1 && strcmp(argv[1], "setup") == 0) {
        return (int)run_setup(argv + 1);
    }
    code = read_options(argc, argv, &tool);
    if (code >= 0) {
        return code;
    }
    if (optind == argc) {
        (void)fputs(help, stderr);
        return BC_EXIT_FAILED;
    }
    return (int)run(&tool, argc, argv);
}
