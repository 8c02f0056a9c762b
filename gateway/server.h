/*
 * The gateway itself: one loop that serves files, carries MQTT over WebSockets, and takes signals.
 * Pushing has a thread of its own (push.h).
 */
#ifndef BC_GATEWAY_SERVER_H
#define BC_GATEWAY_SERVER_H

#include "gateway/setting.h"

struct bc_server;

/**
 * bc_server_new(settings, line, size):
 * Read the app's files and the certificate, and listen. Returns NULL, with a sentence in ${line} of
 * ${size} bytes, if something of that can't be. ${settings} are borrowed.
 * Memory: freed by bc_server_free().
 */
struct bc_server *bc_server_new(const struct bc_settings *settings, char *line, size_t size);

/* Serve until SIGTERM or SIGINT. */
void bc_server_run(struct bc_server *server);

void bc_server_free(struct bc_server *server);

#endif
