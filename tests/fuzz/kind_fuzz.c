/* What messages are, by their bytes. */
#include "fuzz.h"
#include "messaging/kind.h"
#include "messaging/media.h"
#include "messaging/text.h"

static bool has_control(struct bc_bytes payload)
{
    for (size_t i = 0; i < payload.len; i++) {
        uint8_t byte = payload.data[i];

        if ((byte < 0x20 && byte != '\t' && byte != '\r' && byte != '\n') || byte == 0x7F) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bc_bytes payload = bc_bytes(data, size);
    enum bc_kind kind = bc_kind_of(payload);
    bool text = bc_text_is_utf8(payload) && !has_control(payload);
    enum bc_kind named;

    MUST(bc_kind_named(bc_bytes_text(bc_kind_name(kind)), &named) && named == kind);
    MUST((kind == BC_TEXT || kind == BC_LINK) == text);
    MUST((kind == BC_IMAGE || kind == BC_VIDEO) == (!text && bc_media_of(payload) != NULL));
    (void)bc_text_is_user(payload);
    (void)bc_text_is_group(payload);
    (void)bc_text_is_title(payload);
    (void)bc_text_is_msgid(payload);
    (void)bc_text_is_content_type(payload);
    return 0;
}
