/* What the broker says is a wake: an endpoint that is taken is one that can be signed for. */
#include "gateway/wake.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bc_wake wake;
    bool without_tls = size > 0 && (data[size - 1] & 1) != 0;

    if (!bc_wake_read(&wake, data, size, without_tls))
        return 0;
    MUST(strncmp(wake.endpoint, "https://", 8) == 0 || without_tls ||
         strncasecmp(wake.endpoint, "https:", 6) == 0);
    MUST(strncmp(wake.origin, "https://", 8) == 0 ||
         (without_tls && strncmp(wake.origin, "http://", 7) == 0));
    MUST(strpbrk(wake.origin, "\"\\\r\n @") == NULL && strpbrk(wake.endpoint, "\"\\\r\n ") == NULL);
    char *json = bc_wake_gone(wake.endpoint);
    MUST(json != NULL && strstr(json, "\"endpoint\":") != NULL);
    free(json);
    return 0;
}
