/* The table that setting.c reads. */
#ifndef BC_GATEWAY_SETTING_TABLE_H
#define BC_GATEWAY_SETTING_TABLE_H

#include "gateway/setting.h"

enum bc_takes {
    TAKES_NUMBER,
    TAKES_YES_NO,
    TAKES_PATH,
    TAKES_ADDRESS,   /* of IPv4 or IPv6 */
    TAKES_ADDRESSES, /* several, or none */
    TAKES_ORIGINS,   /* several, none, or * */
    TAKES_BROKER,    /* an address and a port, or the path of a socket */
    TAKES_TOPIC,     /* a level of a topic */
    TAKES_CONTACT    /* a mailto: or https: URI */
};

struct bc_setting {
    const char *name;
    const char *sentence;
    const char *fallback; /* the default, as it would be written; empty for none */
    enum bc_takes takes;
    uint64_t min; /* of TAKES_NUMBER */
    uint64_t max;
    size_t offset; /* of the field: uint32_t, bool or char * by ${takes} */
};

enum {
    BC_SETTINGS_MAX = 64
};

extern const struct bc_setting bc_setting_table[];
extern const size_t bc_setting_count;

#endif
