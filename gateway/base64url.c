#include "gateway/base64url.h"

size_t bc_base64url(const uint8_t *data, size_t len, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t at = 0;

    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = (uint32_t)data[i] << 16;

        if (i + 1 < len)
            three |= (uint32_t)data[i + 1] << 8;
        if (i + 2 < len)
            three |= data[i + 2];
        text[at++] = digits[three >> 18 & 63];
        text[at++] = digits[three >> 12 & 63];
        if (i + 1 < len)
            text[at++] = digits[three >> 6 & 63];
        if (i + 2 < len)
            text[at++] = digits[three & 63];
    }
    text[at] = '\0';
    return at;
}
