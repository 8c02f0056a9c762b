/*
 * To be loaded before the C library: no translations. AddressSanitizer's runtime, loaded first into
 * a process, leaves the lock of the C library's own so that bindtextdomain(), which libpq calls
 * with its first connection, waits for it for ever.
 */
#include <libintl.h>
#include <stddef.h>

#define IN_PLACE_OF_THE_LIBRARY __attribute__((visibility("default")))

IN_PLACE_OF_THE_LIBRARY char *(bindtextdomain)(const char *domain, const char *directory)
{
    (void)domain;
    (void)directory;
    return NULL;
}

IN_PLACE_OF_THE_LIBRARY char *(dgettext)(const char *domain, const char *text)
{
    (void)domain;
    return (char *)text;
}

IN_PLACE_OF_THE_LIBRARY char *(dcgettext)(const char *domain, const char *text, int category)
{
    (void)domain;
    (void)category;
    return (char *)text;
}
