#include "gateway/login.h"

#include <assert.h>

enum {
    CONNECT = 0x10,
    CONNACK = 0x20,
    MORE = 0x80,
    LENGTH_BYTES_MAX = 4
};

/* What one byte did to a packet. */
enum step {
    STEP_HEADER,   /* it belongs to the fixed header */
    STEP_COMPLETE, /* it completed the fixed header */
    STEP_BODY,
    STEP_END, /* it was the packet's last */
    STEP_WRONG
};

/* The fixed header is known; a packet without a body ends with it. */
static enum step end_header(struct bc_login_packet *packet)
{
    packet->in_body = 1;
    packet->at = 0;
    packet->code = 0;
    return STEP_COMPLETE;
}

static enum step step(struct bc_login_packet *packet, uint8_t byte)
{
    if (packet->in_body) {
        if (packet->at < 2) {
            packet->code = byte;
            packet->at++;
        }
        packet->left--;
        return packet->left == 0 ? STEP_END : STEP_BODY;
    }
    if (packet->read == 0) {
        packet->type = byte;
        packet->left = 0;
        packet->read = 1;
        return STEP_HEADER;
    }
    packet->left |= (uint32_t)(byte & ~MORE & 0xff) << (7 * (packet->read - 1));
    packet->read++;
    if ((byte & MORE) == 0)
        return end_header(packet);
    return packet->read > LENGTH_BYTES_MAX ? STEP_WRONG : STEP_HEADER;
}

static void next_packet(struct bc_login_packet *packet)
{
    *packet = (struct bc_login_packet){ 0 };
}

void bc_login_begin(struct bc_login *login, uint32_t limit)
{
    *login = (struct bc_login){ .limit = limit, .state = BC_LOGIN_WAITING };
}

size_t bc_login_room(const struct bc_login *login)
{
    assert(login->taken <= login->limit);
    return login->limit - login->taken;
}

/* The client's first packet: its type, and its length within the limit. */
static bool is_connect_good(const struct bc_login *login, enum step what)
{
    const struct bc_login_packet *packet = &login->client;

    if (what == STEP_WRONG || packet->type != CONNECT)
        return false;
    return what != STEP_COMPLETE ||
           (packet->left > 0 && packet->left + packet->read <= login->limit);
}

enum bc_login_state bc_login_from_client(struct bc_login *login, const uint8_t *data, size_t len)
{
    if (login->state != BC_LOGIN_WAITING)
        return login->state;
    if (len > bc_login_room(login))
        return login->state = BC_LOGIN_WRONG;
    login->taken += (uint32_t)len;
    for (size_t i = 0; i < len && !login->client.in_body; i++) {
        if (!is_connect_good(login, step(&login->client, data[i])))
            return login->state = BC_LOGIN_WRONG;
    }
    return login->state;
}

enum bc_login_state bc_login_from_broker(struct bc_login *login, const uint8_t *data, size_t len)
{
    struct bc_login_packet *packet = &login->broker;

    for (size_t i = 0; i < len && login->state == BC_LOGIN_WAITING; i++) {
        enum step what = step(packet, data[i]);

        if (what == STEP_WRONG)
            login->state = BC_LOGIN_REFUSED;
        if (packet->in_body && packet->type == CONNACK && packet->at == 2)
            login->state = packet->code == 0 ? BC_LOGIN_ACCEPTED : BC_LOGIN_REFUSED;
        /* What else comes before it is AUTH, of MQTT 5. */
        if (what == STEP_END || (what == STEP_COMPLETE && packet->left == 0))
            next_packet(packet);
    }
    return login->state;
}
