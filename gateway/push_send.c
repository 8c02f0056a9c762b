#include "gateway/push_send.h"
#include "gateway/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BODY_MAX = 16384, /* of an answer, which nobody reads */
    MS = 1000
};

struct bc_push_sent {
    struct bc_push_sending *sending;
    struct bc_push_job *job;
    struct curl_slist *headers;
    CURL *curl;
    struct bc_push_sent *next; /* of those on their way */
    struct bc_push_sent *before;
    size_t body;
    bool forbidden; /* its address is one that nothing may go to */
};

/* Called with the address that the name was found to have, so that no name leads around it. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct bc_push_sent *sent = context;
    struct bc_address address = bc_address_of(&to->addr);
    bool plain = strncmp(bc_push_job_wake(sent->job)->origin, "http:", 5) == 0;
    bool loopback = bc_address_is_loopback(&address);

    (void)purpose;
    if ((to->family != AF_INET && to->family != AF_INET6) || (plain && !loopback) ||
        (!plain && !sent->sending->private_addresses && bc_address_is_private(&address))) {
        sent->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t drop_body(char *data, size_t size, size_t count, void *context)
{
    struct bc_push_sent *sent = context;

    (void)data;
    sent->body += size * count;
    return sent->body <= BODY_MAX ? size * count : 0;
}

static bool add_header(struct bc_push_sent *sent, const char *line)
{
    struct curl_slist *headers = curl_slist_append(sent->headers, line);

    if (headers != NULL)
        sent->headers = headers;
    return headers != NULL;
}

static bool add_headers(struct bc_push_sent *sent)
{
    const struct bc_push_sending *sending = sent->sending;
    const struct bc_wake *wake = bc_push_job_wake(sent->job);
    char line[BC_VAPID_TOKEN_MAX + 256];
    char value[BC_VAPID_TOKEN_MAX + 128];

    if (!bc_vapid_authorization(sending->vapid, wake->origin, sending->contact,
            (uint64_t)time(NULL), value, sizeof(value)))
        return false;
    (void)snprintf(line, sizeof(line), "Authorization: %s", value);
    if (!add_header(sent, line))
        return false;
    (void)snprintf(line, sizeof(line), "TTL: %u", sending->ttl);
    if (!add_header(sent, line))
        return false;
    (void)snprintf(line, sizeof(line), "Urgency: %s", bc_urgency_name(wake->urgency));
    return add_header(sent, line) && add_header(sent, "Content-Type:") &&
           add_header(sent, "Expect:");
}

static void set_options(struct bc_push_sent *sent)
{
    const struct bc_push_sending *sending = sent->sending;
    CURL *curl = sent->curl;

    curl_easy_setopt(curl, CURLOPT_URL, bc_push_job_wake(sent->job)->endpoint);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, sent);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sent->headers);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, sending->without_tls ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* A name server that hangs would be waited for when its push is given up, by everybody. */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)sending->seconds);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)sending->seconds);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sent);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, sent);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "backchannel-gateway");
    if (sending->authorities[0] != '\0')
        curl_easy_setopt(curl, CURLOPT_CAINFO, sending->authorities);
}

static void end(struct bc_push_sent *sent)
{
    struct bc_push_sending *sending = sent->sending;

    if (sent->before != NULL)
        sent->before->next = sent->next;
    else if (sending->first == sent)
        sending->first = sent->next;
    if (sent->next != NULL)
        sent->next->before = sent->before;
    (void)curl_multi_remove_handle(sending->multi, sent->curl);
    curl_easy_cleanup(sent->curl);
    curl_slist_free_all(sent->headers);
    free(sent);
}

bool bc_push_send(struct bc_push_sending *sending, struct bc_push_job *job)
{
    struct bc_push_sent *sent = calloc(1, sizeof(*sent));

    if (sent == NULL)
        return false;
    sent->sending = sending;
    sent->job = job;
    sent->curl = curl_easy_init();
    if (sent->curl != NULL && add_headers(sent)) {
        set_options(sent);
        if (curl_multi_add_handle(sending->multi, sent->curl) == CURLM_OK) {
            sent->next = sending->first;
            if (sending->first != NULL)
                sending->first->before = sent;
            sending->first = sent;
            return true;
        }
    }
    end(sent);
    return false;
}

/* What the answer, or the want of one, means (RFC 8030, 5; 7.3). */
static void judge(struct bc_push_answer *answer, const struct bc_push_sent *sent, CURLcode code)
{
    curl_off_t retry = 0;

    answer->job = sent->job;
    (void)curl_easy_getinfo(sent->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    (void)curl_easy_getinfo(sent->curl, CURLINFO_RETRY_AFTER, &retry);
    answer->retry_ms = retry > 0 ? (uint64_t)retry * MS : 0;
    answer->why = "";
    if (sent->forbidden && code != CURLE_OK) {
        answer->result = BC_PUSH_REFUSED;
        answer->status = 0;
        answer->why = "its address is private";
    } else if (answer->status >= 200 && answer->status < 300) {
        answer->result = BC_PUSH_TAKEN;
    } else if (answer->status == 404 || answer->status == 410) {
        answer->result = BC_PUSH_REFUSED;
        answer->gone = true;
    } else if (answer->status == 0 || answer->status == 408 || answer->status == 429 ||
               answer->status >= 500) {
        answer->result = BC_PUSH_FAILED;
        answer->why = code != CURLE_OK ? curl_easy_strerror(code) : "it says so";
    } else {
        answer->result = BC_PUSH_REFUSED;
        answer->why = "it says so";
    }
}

bool bc_push_receive(struct bc_push_sending *sending, struct bc_push_answer *answer)
{
    CURLMsg *message;
    int left = 0;

    *answer = (struct bc_push_answer){ 0 };
    while ((message = curl_multi_info_read(sending->multi, &left)) != NULL) {
        struct bc_push_sent *sent = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&sent);
        judge(answer, sent, code);
        end(sent);
        return true;
    }
    return false;
}

void bc_push_drop_all(struct bc_push_sending *sending)
{
    while (sending->first != NULL)
        end(sending->first); /* NOLINT(clang-analyzer-unix.Malloc): it takes it off the list */
}
