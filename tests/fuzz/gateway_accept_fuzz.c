/* Accept-Encoding, and addresses as a proxy gives them. */
#include "gateway/address.h"
#include "gateway/files.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size);
    struct bc_address address;

    if (bc_files_accepts(text, "br"))
        MUST(strcasestr(text, "br") != NULL);
    MUST(bc_files_type(text) != NULL);
    if (bc_address_parse(&address, text, strlen(text))) {
        struct bc_address household = bc_address_household(&address);

        (void)bc_address_is_private(&household);
        MUST(!bc_address_is_loopback(&address) || bc_address_is_private(&address));
    }
    free(text);
    return 0;
}
