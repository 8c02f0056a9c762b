#include "gateway/vapid.h"
#include "gateway/base64url.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    POINT_BYTES = 65,  /* of P-256, uncompressed */
    NUMBER_BYTES = 32, /* of a signature, each of its two */
    DER_MAX = 80,
    TOKEN_SECONDS = 12 * 60 * 60
};

struct bc_vapid {
    EVP_PKEY *key;
    char public_key[BC_BASE64URL_SIZE(POINT_BYTES)];
};

static bool complain(char *line, size_t size, const char *path, const char *why)
{
    (void)snprintf(line, size, "push_key %s: %s", path, why);
    return false;
}

/* Make a key and write it to ${path}, whole or not at all. */
static bool make(const char *path, char *line, size_t size)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char *fresh = NULL;
    FILE *file = NULL;
    int fd = -1;
    bool good;

    if (asprintf(&fresh, "%s.new", path) == -1)
        fresh = NULL;
    if (fresh != NULL && key != NULL)
        fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    file = fd != -1 ? fdopen(fd, "w") : NULL;
    good = file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 &&
           fflush(file) == 0 && fsync(fd) == 0;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    else if (fd != -1)
        (void)close(fd);
    good = good && rename(fresh, path) == 0;
    if (!good)
        (void)complain(line, size, path, strerror(errno));
    free(fresh);
    EVP_PKEY_free(key);
    return good;
}

/* Read the key. *${missing} is set if there is no such file. */
static EVP_PKEY *read_key(const char *path, bool *missing, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    EVP_PKEY *key = NULL;
    struct stat status;
    FILE *file;

    *missing = fd == -1 && errno == ENOENT;
    if (fd == -1) {
        (void)complain(line, size, path, strerror(errno));
        return NULL;
    }
    file = fdopen(fd, "r");
    if (fstat(fd, &status) != 0 || (status.st_mode & 077) != 0)
        (void)complain(line, size, path, "others may read it: chmod 600");
    else if (file == NULL || (key = PEM_read_PrivateKey(file, NULL, NULL, NULL)) == NULL)
        (void)complain(line, size, path, "it holds no private key");
    if (file != NULL)
        (void)fclose(file);
    else
        (void)close(fd);
    return key;
}

static bool find_public(struct bc_vapid *vapid)
{
    char group[32] = "";
    uint8_t point[POINT_BYTES];
    size_t len = 0;

    if (EVP_PKEY_get_utf8_string_param(
            vapid->key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) != 1 ||
        (strcmp(group, "prime256v1") != 0 && strcmp(group, "P-256") != 0))
        return false;
    if (EVP_PKEY_get_octet_string_param(
            vapid->key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) != 1 ||
        len != POINT_BYTES || point[0] != 4)
        return false;
    (void)bc_base64url(point, len, vapid->public_key);
    return true;
}

struct bc_vapid *bc_vapid_open(const char *path, char *line, size_t size)
{
    struct bc_vapid *vapid = calloc(1, sizeof(*vapid));
    bool missing = false;

    if (vapid == NULL) {
        (void)complain(line, size, path, "out of memory");
        return NULL;
    }
    vapid->key = read_key(path, &missing, line, size);
    if (missing && make(path, line, size))
        vapid->key = read_key(path, &missing, line, size);
    if (vapid->key != NULL && find_public(vapid))
        return vapid;
    if (vapid->key != NULL)
        (void)complain(line, size, path, "it holds no key on P-256");
    bc_vapid_free(vapid);
    return NULL;
}

void bc_vapid_free(struct bc_vapid *vapid)
{
    if (vapid == NULL)
        return;
    EVP_PKEY_free(vapid->key);
    free(vapid);
}

const char *bc_vapid_public_key(const struct bc_vapid *vapid)
{
    return vapid->public_key;
}

/* A signature in DER as JWS has it: both numbers, each of 32 bytes (RFC 7518, 3.4). */
static bool flatten(const uint8_t *der, size_t len, uint8_t flat[2 * NUMBER_BYTES])
{
    const uint8_t *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)len);
    bool good = signature != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(signature), flat, NUMBER_BYTES) == NUMBER_BYTES &&
                BN_bn2binpad(ECDSA_SIG_get0_s(signature), flat + NUMBER_BYTES, NUMBER_BYTES) ==
                    NUMBER_BYTES;

    ECDSA_SIG_free(signature);
    return good;
}

static bool sign(const struct bc_vapid *vapid, const char *text, size_t len,
    char signature[BC_BASE64URL_SIZE(2 * NUMBER_BYTES)])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[DER_MAX];
    size_t der_len = sizeof(der);
    uint8_t flat[2 * NUMBER_BYTES];
    bool good = context != NULL &&
                EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, vapid->key) == 1 &&
                EVP_DigestSign(context, der, &der_len, (const uint8_t *)text, len) == 1 &&
                flatten(der, der_len, flat);

    EVP_MD_CTX_free(context);
    if (good)
        (void)bc_base64url(flat, sizeof(flat), signature);
    return good;
}

bool bc_vapid_authorization(const struct bc_vapid *vapid, const char *origin, const char *contact,
    uint64_t now, char *text, size_t size)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    char claims[BC_VAPID_TOKEN_MAX / 2];
    char token[BC_VAPID_TOKEN_MAX];
    char signature[BC_BASE64URL_SIZE(2 * NUMBER_BYTES)];
    size_t at;
    int len = snprintf(claims, sizeof(claims), "{\"aud\":\"%s\",\"exp\":%llu%s%s%s}", origin,
        (unsigned long long)(now + TOKEN_SECONDS), contact[0] != '\0' ? ",\"sub\":\"" : "", contact,
        contact[0] != '\0' ? "\"" : "");

    if (len < 0 || (size_t)len >= sizeof(claims) ||
        BC_BASE64URL_SIZE(sizeof(header)) + BC_BASE64URL_SIZE((size_t)len) > sizeof(token))
        return false;
    at = bc_base64url((const uint8_t *)header, sizeof(header) - 1, token);
    token[at++] = '.';
    at += bc_base64url((const uint8_t *)claims, (size_t)len, token + at);
    if (!sign(vapid, token, at, signature))
        return false;
    len = snprintf(text, size, "vapid t=%s.%s, k=%s", token, signature, vapid->public_key);
    return len > 0 && (size_t)len < size;
}
