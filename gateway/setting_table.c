/* Every setting: what it is called, takes and means. */
#include "gateway/setting_table.h"

#define MEGABYTE (UINT64_C(1) << 20)
#define MILLION  UINT64_C(1000000)

const struct bc_setting bc_setting_table[] = {
#define FIELD(field)        .offset = offsetof(struct bc_settings, field)
#define NUMBER(first, last) .takes = TAKES_NUMBER, .min = (first), .max = (last)
    { .name = "listen_address",
        .takes = TAKES_ADDRESS,
        .fallback = "127.0.0.1",
        FIELD(listen_address),
        .sentence = "The address to listen on; `0.0.0.0` or `::` is every one." },
    { .name = "listen_port",
        NUMBER(1, UINT16_MAX),
        .fallback = "8080",
        FIELD(listen_port),
        .sentence = "The port to listen on." },
    { .name = "web_root",
        .takes = TAKES_PATH,
        .fallback = "",
        FIELD(web_root),
        .sentence = "The folder of the app's files. It is read at the start and on SIGHUP." },
    { .name = "web_max_bytes",
        NUMBER(MEGABYTE, 1024 * MEGABYTE),
        .fallback = "67108864",
        FIELD(web_max_bytes),
        .sentence =
            "The largest that all files of the app may be together; they are kept in memory." },
    { .name = "broker",
        .takes = TAKES_BROKER,
        .fallback = "127.0.0.1:1883",
        FIELD(broker),
        .sentence = "Where the broker listens for MQTT on this machine." },
    { .name = "spread_addresses",
        .takes = TAKES_YES_NO,
        .fallback = "yes",
        FIELD(spread_addresses),
        .sentence =
            "To a broker on 127.0.0.1, connect from an address in 127.0.0.0/8 that stands for "
            "the client's own, so that what the broker limits by address hits one client." },
    { .name = "max_connections",
        NUMBER(16, MILLION),
        .fallback = "8192",
        FIELD(max_connections),
        .sentence = "Connections at a time, at most; further ones are closed at once." },
    { .name = "connections_per_address",
        NUMBER(1, MILLION),
        .fallback = "200",
        FIELD(connections_per_address),
        .sentence = "Connections at a time from one address (of IPv6: from one /64), at most." },
    { .name = "login_bytes",
        NUMBER(256, MEGABYTE),
        .fallback = "16384",
        FIELD(login_bytes),
        .sentence = "The largest CONNECT packet, and as much as is taken from a client before the "
                    "broker has accepted it." },
    { .name = "login_seconds",
        NUMBER(1, 300),
        .fallback = "10",
        FIELD(login_seconds),
        .sentence =
            "Seconds in which a client must have been accepted by the broker, a TLS handshake "
            "made, or a request sent." },
    { .name = "wrong_logins",
        NUMBER(1, MILLION),
        .fallback = "30",
        FIELD(wrong_logins),
        .sentence = "Logins that the broker refuses from one address in a minute, after which the "
                    "address is refused until the minute is over." },
    { .name = "ping_seconds",
        NUMBER(5, 3600),
        .fallback = "50",
        FIELD(ping_seconds),
        .sentence =
            "Seconds of silence after which a client is asked for a sign of life; twice as many "
            "end its connection." },
    { .name = "trusted_proxies",
        .takes = TAKES_ADDRESSES,
        .fallback = "",
        FIELD(trusted_proxies),
        .sentence =
            "Addresses of reverse proxies, whose `X-Forwarded-For` is believed, and which the "
            "limits for one address don't hold for." },
    { .name = "tls_certificate",
        .takes = TAKES_PATH,
        .fallback = "",
        FIELD(tls_certificate),
        .sentence =
            "A PEM file with the certificate and those between it and the authority. With it, "
            "only TLS is spoken. It is read again on SIGHUP." },
    { .name = "tls_key",
        .takes = TAKES_PATH,
        .fallback = "",
        FIELD(tls_key),
        .sentence = "The certificate's private key, a PEM file." },
#undef NUMBER
#undef FIELD
};

const size_t bc_setting_count = sizeof(bc_setting_table) / sizeof(bc_setting_table[0]);
_Static_assert(sizeof(bc_setting_table) / sizeof(bc_setting_table[0]) <= BC_SETTINGS_MAX,
    "arrays have a place for each setting");
