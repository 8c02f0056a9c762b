/* For unseen_test.py: of each character, whether names and titles may have it. */
#include <stdio.h>

#include "messaging/text.h"

/* The UTF-8 of ${character}. */
static struct bc_bytes encode(uint32_t character, uint8_t room[4])
{
    size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

    for (size_t i = size; i-- > 1; character >>= 6) {
        room[i] = (uint8_t)(0x80 | (character & 0x3F));
    }
    room[0] = (uint8_t)(size == 1 ? character : (0xF00U >> size & 0xFF) | character);
    return bc_bytes(room, size);
}

int main(void)
{
    for (uint32_t character = 0; character <= 0x10FFFF; character++) {
        uint8_t room[4];
        struct bc_bytes text = encode(character, room);

        if (bc_text_is_utf8(text)) {
            (void)printf(
                "%X %d %d\n", (unsigned)character, bc_text_is_user(text), bc_text_is_title(text));
        }
    }
    return 0;
}
