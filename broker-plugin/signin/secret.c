/* Drawn from the system, in base64url, and compared by hash. */
#include "broker-plugin/signin/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/random.h>

#define RANDOM_BYTES 32
#define WORD_LENGTH  4

/* Of RANDOM_BYTES in base64, the padding and the NUL included. */
#define ENCODED_SIZE 45

static const char *const words[] = {
    [BC_SECRET_TOKEN] = "bct-",
    [BC_SECRET_INVITATION] = "bci-",
};

static void hash(struct bc_secret *secret)
{
    (void)SHA256((const unsigned char *)secret->text, BC_SECRET_LENGTH, secret->hash);
}

/* Base64 in the alphabet for URLs (RFC 4648, section 5). */
static void to_url(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '+') {
            *text = '-';
        } else if (*text == '/') {
            *text = '_';
        }
    }
}

bool bc_secret_draw(struct bc_secret *secret, enum bc_secret_kind kind)
{
    unsigned char random[RANDOM_BYTES];
    char encoded[ENCODED_SIZE];

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return false;
    }
    (void)EVP_EncodeBlock((unsigned char *)encoded, random, sizeof(random));
    to_url(encoded);
    *secret = (struct bc_secret){ .kind = kind };
    memcpy(secret->text, words[kind], WORD_LENGTH);
    memcpy(secret->text + WORD_LENGTH, encoded, BC_SECRET_LENGTH - WORD_LENGTH);
    hash(secret);
    OPENSSL_cleanse(random, sizeof(random));
    OPENSSL_cleanse(encoded, sizeof(encoded));
    return true;
}

void bc_secret_read(struct bc_secret *secret, const char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    *secret = (struct bc_secret){ .kind = BC_SECRET_NONE };
    if (text == NULL || strlen(text) != BC_SECRET_LENGTH ||
        strspn(text + WORD_LENGTH, alphabet) != BC_SECRET_LENGTH - WORD_LENGTH) {
        return;
    }
    for (enum bc_secret_kind kind = BC_SECRET_TOKEN; kind <= BC_SECRET_INVITATION; kind++) {
        if (memcmp(text, words[kind], WORD_LENGTH) == 0) {
            secret->kind = kind;
            memcpy(secret->text, text, BC_SECRET_LENGTH);
            hash(secret);
        }
    }
}

bool bc_secret_is(const struct bc_secret *secret, struct bc_bytes hash_of_other)
{
    return hash_of_other.len == BC_DIGEST &&
           CRYPTO_memcmp(secret->hash, hash_of_other.data, BC_DIGEST) == 0;
}
