/* backchannel-gateway: the web's side of Backchannel. See --help, and docs/gateway.md. */
#include "gateway/log.h"
#include "gateway/server.h"
#include "gateway/setting.h"

#include <stdlib.h>

static int serve(const struct bc_settings *settings)
{
    char line[512];
    struct bc_server *server = bc_server_new(settings, line, sizeof(line));

    if (server == NULL) {
        bc_log("%s", line);
        return EXIT_FAILURE;
    }
    bc_server_run(server);
    bc_server_free(server);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct bc_settings settings;
    char line[512];
    int status = EXIT_SUCCESS;

    switch (bc_settings_read(&settings, argc, argv, line, sizeof(line))) {
    case BC_SETTINGS_READ:
        status = serve(&settings);
        break;
    case BC_SETTINGS_HELP:
        bc_settings_help(stdout);
        break;
    case BC_SETTINGS_VERSION:
        puts("backchannel-gateway " BACKCHANNEL_VERSION);
        break;
    case BC_SETTINGS_TABLE:
        bc_settings_table(stdout);
        break;
    case BC_SETTINGS_WRONG:
        bc_log("%s", line);
        status = 2;
        break;
    }
    bc_settings_free(&settings);
    return status;
}
