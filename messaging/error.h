/* What can go wrong below the wire: the errors of the store and of reading it. */
#ifndef BC_MESSAGING_ERROR_H
#define BC_MESSAGING_ERROR_H

#define BC_MUST_CHECK __attribute__((warn_unused_result))

enum bc_error {
    BC_OK = 0,
    BC_NOTFOUND, /* no such row */
    BC_NOMEM,
    BC_FULL,    /* no room on the disk, in the map or in the journal */
    BC_IO,      /* the disk failed */
    BC_DAMAGED, /* what is stored is not what was written */
    BC_NEWER,   /* written by a newer version of Backchannel */
    BC_BUSY,    /* another process owns the directory */
    BC_MISSING  /* the directory isn't there or can't be used */
};

/* A few words for ${error}, for logs. */
const char *bc_error_text(enum bc_error error);

#endif
