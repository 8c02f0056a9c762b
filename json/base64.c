/* Around OpenSSL's block functions, which count in int and give padding as zero bytes. */
#include "json/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

char *bc_base64_encode(struct bc_bytes bytes)
{
    unsigned char *text = NULL;

    if (bytes.len <= INT_MAX / 2) {
        text = malloc((bytes.len + 2) / 3 * 4 + 1);
    }
    if (text != NULL) {
        (void)EVP_EncodeBlock(text, bytes.data, (int)bytes.len);
    }
    return (char *)text;
}

static bool alphabet_only(struct bc_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/') {
            return false;
        }
    }
    return true;
}

bool bc_base64_decode(struct bc_bytes text, uint8_t **data, size_t *len)
{
    size_t padding = 0;
    int decoded;

    *data = NULL;
    while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=') {
        padding++;
    }
    if (text.len % 4 != 0 || text.len > INT_MAX / 2 ||
        !alphabet_only(bc_bytes(text.data, text.len - padding))) {
        return false;
    }
    *data = malloc(text.len / 4 * 3 + 1);
    if (*data == NULL) {
        return false;
    }
    decoded = EVP_DecodeBlock(*data, text.data, (int)text.len);
    if (decoded < 0) {
        free(*data);
        *data = NULL;
        return false;
    }
    *len = (size_t)decoded - padding;
    return true;
}
