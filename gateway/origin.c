#include "gateway/origin.h"

#include <string.h>
#include <strings.h>

/* Where the host in ${text} begins; NULL if there is no scheme before it. */
static const char *host_of(const char *text)
{
    const char *scheme_end = strstr(text, "://");

    return scheme_end != NULL && scheme_end != text ? scheme_end + 3 : NULL;
}

/* The length of a host without its port: of `[::1]:8080` the brackets stay. */
static size_t without_port(const char *host)
{
    const char *end = host[0] == '[' ? strchr(host, ']') : NULL;

    return end != NULL ? (size_t)(end - host) + 1 : strcspn(host, ":/");
}

/* The word at ${text} or behind the spaces there, and its length: 0 if there is none. */
static const char *word_at(const char *text, size_t *len)
{
    text += strspn(text, " \t");
    *len = strcspn(text, " \t");
    return text;
}

static bool is_named(const char *origin, const char *origins)
{
    size_t len;

    for (const char *word = word_at(origins, &len); len > 0; word = word_at(word + len, &len)) {
        if (len == strlen(origin) && strncasecmp(word, origin, len) == 0)
            return true;
    }
    return false;
}

bool bc_origin_is_taken(const char *origin, const char *host, const char *origins)
{
    const char *from = host_of(origin);
    size_t len;

    if (strcmp(origins, "*") == 0 || is_named(origin, origins))
        return true;
    if (from == NULL)
        return false;
    len = without_port(from);
    return len > 0 && len == without_port(host) && strncasecmp(from, host, len) == 0;
}

bool bc_origins_are_valid(const char *text)
{
    size_t len;

    if (strcmp(text, "*") == 0)
        return true;
    for (const char *word = word_at(text, &len); len > 0; word = word_at(word + len, &len)) {
        const char *host = host_of(word);

        if (host == NULL || host >= word + len ||
            memchr(host, '/', len - (size_t)(host - word)) != NULL)
            return false;
    }
    return true;
}
