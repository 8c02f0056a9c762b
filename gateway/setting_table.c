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
    { .name = "origins",
        .takes = TAKES_ORIGINS,
        .fallback = "",
        FIELD(origins),
        .sentence = "Other origins whose web pages may connect to `/mqtt`, besides the own host's. "
                    "What isn't a browser says none, and may always." },
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
    { .name = "push_user",
        .takes = TAKES_TOPIC,
        .fallback = "",
        FIELD(push_user),
        .sentence =
            "The user whose wakes become Web Push, the plugin's `push_user`. Without it there is "
            "no push." },
    { .name = "push_password_file",
        .takes = TAKES_PATH,
        .fallback = "",
        FIELD(push_password_file),
        .sentence = "A file whose first line is the push user's password." },
    { .name = "topic_prefix",
        .takes = TAKES_TOPIC,
        .fallback = "bc",
        FIELD(topic_prefix),
        .sentence = "The plugin's `topic_prefix`." },
    { .name = "push_key",
        .takes = TAKES_PATH,
        .fallback = "/var/lib/backchannel-gateway/vapid.pem",
        FIELD(push_key),
        .sentence =
            "The file of the key that signs (VAPID). If it isn't there one is made, with the mode "
            "0600. Whoever subscribed is lost with it." },
    { .name = "push_contact",
        .takes = TAKES_CONTACT,
        .fallback = "",
        FIELD(push_contact),
        .sentence = "Where push services reach the operator; some take nothing without it." },
    { .name = "push_ttl",
        NUMBER(0, 2419200),
        .fallback = "86400",
        FIELD(push_ttl),
        .sentence = "Seconds for which a service keeps a push for a device that is off." },
    { .name = "push_queue",
        NUMBER(16, MILLION),
        .fallback = "10000",
        FIELD(push_queue),
        .sentence = "Pushes that may wait; further ones are dropped." },
    { .name = "push_parallel",
        NUMBER(8, 1024),
        .fallback = "64",
        FIELD(push_parallel),
        .sentence =
            "Pushes that are on their way at a time. One service has an eighth of them, at most; "
            "those that have never taken one have half of them together." },
    { .name = "push_seconds",
        NUMBER(1, 60),
        .fallback = "10",
        FIELD(push_seconds),
        .sentence = "Seconds after which a service that doesn't answer is given up." },
    { .name = "push_attempts",
        NUMBER(1, 10),
        .fallback = "5",
        FIELD(push_attempts),
        .sentence =
            "How often one push is tried, after 2, 8, 32... seconds or when the service says." },
    { .name = "push_private_addresses",
        .takes = TAKES_YES_NO,
        .fallback = "no",
        FIELD(push_private_addresses),
        .sentence =
            "Whether a push may go to an address that isn't of the Internet. Users choose where it "
            "goes, so that this lets them reach into your network." },
    { .name = "push_authorities",
        .takes = TAKES_PATH,
        .fallback = "",
        FIELD(push_authorities),
        .sentence =
            "A PEM file of the authorities that push services are believed by, instead of the "
            "system's." },
    { .name = "metrics_token_file",
        .takes = TAKES_PATH,
        .fallback = "",
        FIELD(metrics_token_file),
        .sentence =
            "A file whose first line is a token, with which `/metrics` is read: `Authorization: "
            "Bearer TOKEN`. Without it there is no `/metrics`." },
    { .name = "metrics_data_dir",
        .takes = TAKES_PATH,
        .fallback = "",
        FIELD(metrics_data_dir),
        .sentence =
            "The plugin's `data_dir`: its metrics are in `/metrics`, too. The gateway has to run "
            "as the user that owns that folder." },
    { .name = "test_push_without_tls",
        .takes = TAKES_YES_NO,
        .fallback = "no",
        FIELD(test_push_without_tls),
        .sentence = "For tests only: take endpoints of `http:` on this machine, too." },
#undef NUMBER
#undef FIELD
};

const size_t bc_setting_count = sizeof(bc_setting_table) / sizeof(bc_setting_table[0]);
_Static_assert(sizeof(bc_setting_table) / sizeof(bc_setting_table[0]) <= BC_SETTINGS_MAX,
    "arrays have a place for each setting");
