/* The refusals of protocol section 7: codes on the wire and a sentence for each. */
#ifndef BC_MESSAGING_REFUSAL_H
#define BC_MESSAGING_REFUSAL_H

enum bc_refusal {
    BC_ACCEPTED = 0, /* no refusal */
    BC_NOT_AUTHORIZED,
    BC_BAD_TOPIC,
    BC_BAD_NAME,
    BC_BAD_REQUEST,
    BC_EMPTY_MESSAGE,
    BC_TOO_LARGE,
    BC_KIND_NOT_ALLOWED,
    BC_NOT_A_MEMBER,
    BC_NO_SUCH_MESSAGE,
    BC_GROUP_EXISTS,
    BC_GROUP_FULL,
    BC_REQUEST_LIMIT,
    BC_RATE_LIMIT,
    BC_SUSPENDED,
    BC_NOT_POSSIBLE,
    BC_NOT_FOUND,
    BC_STORAGE_FULL,
    BC_STORAGE_ERROR
};

/* The code of ${refusal} on the wire. */
const char *bc_refusal_code(enum bc_refusal refusal);

/* A sentence for clients that says what ${refusal} means; of a bad name, that it is a user's. */
const char *bc_refusal_sentence(enum bc_refusal refusal);

/* The one for BC_BAD_NAME where the name is a group's. */
#define BC_SENTENCE_BAD_GROUP "This is not a valid group name."

/* Of BC_BAD_REQUEST, where more than one command has to do with it. */
#define BC_SENTENCE_BAD_DEVICE   "The device is not 1 to 64 bytes of text without control characters."
#define BC_SENTENCE_BAD_ENDPOINT "The endpoint is not an https URL of at most 1024 bytes."

#endif
