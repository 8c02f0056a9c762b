#include "gateway/wake.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    JSON_MAX = 8192
};

static const char *const urgencies[] = {
    [BC_URGENCY_LOW] = "low",
    [BC_URGENCY_NORMAL] = "normal",
    [BC_URGENCY_HIGH] = "high",
};

const char *bc_urgency_name(enum bc_urgency urgency)
{
    return urgencies[urgency];
}

/* Bytes that a URL has: what is printed of ASCII, without what quotes it. */
static bool is_plain(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || strchr("\"<>\\^`{|}", *at) != NULL)
            return false;
    }
    return true;
}

/* The part ${part} of ${url}, to be freed by curl_free(); NULL if it has none. */
static char *part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool is_default_port(const char *scheme, const char *port)
{
    return strcmp(port, strcmp(scheme, "https") == 0 ? "443" : "80") == 0;
}

/* Write the origin of ${url} (RFC 6454, 6.2) as far as it has what an endpoint must have. */
static bool find_origin(CURLU *url, bool without_tls, char *origin, size_t size)
{
    char *scheme = part_of(url, CURLUPART_SCHEME);
    char *host = part_of(url, CURLUPART_HOST);
    char *port = part_of(url, CURLUPART_PORT);
    char *user = part_of(url, CURLUPART_USER);
    char *password = part_of(url, CURLUPART_PASSWORD);
    bool good = scheme != NULL && host != NULL && host[0] != '\0' && user == NULL &&
                password == NULL &&
                (strcmp(scheme, "https") == 0 || (without_tls && strcmp(scheme, "http") == 0));

    if (good) {
        bool named = port != NULL && !is_default_port(scheme, port);
        int len = snprintf(
            origin, size, "%s://%s%s%s", scheme, host, named ? ":" : "", named ? port : "");

        good = len > 0 && (size_t)len < size && is_plain(origin);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_free(password);
    return good;
}

static bool take_endpoint(struct bc_wake *wake, const char *text, bool without_tls)
{
    CURLU *url = NULL;
    bool good;

    if (strlen(text) > BC_ENDPOINT_MAX || !is_plain(text) || strchr(text, '#') != NULL)
        return false;
    url = curl_url();
    good = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
           find_origin(url, without_tls, wake->origin, sizeof(wake->origin));
    curl_url_cleanup(url);
    if (good)
        memcpy(wake->endpoint, text, strlen(text) + 1);
    return good;
}

/* Of messages and of requests; what neither is, isn't urgent. */
static enum bc_urgency urgency_of(const cJSON *json)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "urgency"));

    for (int i = BC_URGENCY_LOW; name != NULL && i <= BC_URGENCY_HIGH; i++) {
        if (strcmp(name, urgencies[i]) == 0)
            return (enum bc_urgency)i;
    }
    return BC_URGENCY_NORMAL;
}

bool bc_wake_read(struct bc_wake *wake, const void *json, size_t len, bool without_tls)
{
    cJSON *root = len <= JSON_MAX ? cJSON_ParseWithLength(json, len) : NULL;
    const char *endpoint = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "endpoint"));
    bool good;

    *wake = (struct bc_wake){ .urgency = urgency_of(root) };
    good = endpoint != NULL && take_endpoint(wake, endpoint, without_tls);
    cJSON_Delete(root);
    return good;
}

char *bc_wake_gone(const char *endpoint)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;

    if (cJSON_AddStringToObject(root, "endpoint", endpoint) != NULL)
        text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}
