/* What LMDB's codes mean to us, and what our tables are called in it. */
#include "storage/tables/mdb.h"

#include <errno.h>

const char *const bc_mdb_table_names[BC_TABLE_COUNT] = {
    [BC_TABLE_META] = "meta",
    [BC_TABLE_NAMES] = "names",
    [BC_TABLE_USERS] = "users",
    [BC_TABLE_MESSAGES] = "messages",
    [BC_TABLE_RELATIONS] = "relations",
    [BC_TABLE_CONVERSATIONS] = "conversations",
    [BC_TABLE_MAILBOXES] = "mailboxes",
    [BC_TABLE_RECENT] = "recent",
    [BC_TABLE_MARKERS] = "markers",
    [BC_TABLE_REQUESTS] = "requests",
    [BC_TABLE_LISTS] = "lists",
    [BC_TABLE_PENDING] = "pending",
    [BC_TABLE_MSGIDS] = "msgids",
    [BC_TABLE_GROUP_NAMES] = "group_names",
    [BC_TABLE_GROUPS] = "groups",
    [BC_TABLE_MEMBERSHIPS] = "memberships",
    [BC_TABLE_MEMBERS] = "members",
    [BC_TABLE_RANKS] = "ranks",
    [BC_TABLE_USER_GROUPS] = "user_groups",
    [BC_TABLE_STINTS] = "stints",
    [BC_TABLE_USER_STINTS] = "user_stints",
    [BC_TABLE_GROUP_MESSAGES] = "group_messages",
    [BC_TABLE_GROUP_EVENTS] = "group_events",
    [BC_TABLE_BLOCKS] = "blocks",
    [BC_TABLE_EVENTS] = "events",
    [BC_TABLE_SUSPENSIONS] = "suspensions",
    [BC_TABLE_REPORTS] = "reports",
    [BC_TABLE_REPORT_QUEUE] = "report_queue",
    [BC_TABLE_REPORT_TARGETS] = "report_targets",
    [BC_TABLE_MODERATIONS] = "moderations",
    [BC_TABLE_OWN] = "own",
    [BC_TABLE_PROFILES] = "profiles",
    [BC_TABLE_PICTURES] = "pictures",
    [BC_TABLE_REACTIONS] = "reactions",
    [BC_TABLE_TOKENS] = "tokens",
    [BC_TABLE_INVITES] = "invites",
    [BC_TABLE_INVITE_HASHES] = "invite_hashes",
    [BC_TABLE_SIGNUPS] = "signups",
    [BC_TABLE_PUSHES] = "pushes",
    [BC_TABLE_PUSH_ENDPOINTS] = "push_endpoints",
    [BC_TABLE_ERASURES] = "erasures",
    [BC_TABLE_KEPT] = "kept",
    [BC_TABLE_EVIDENCE] = "evidence",
};

enum bc_error bc_mdb_error(int code)
{
    switch (code) {
    case MDB_SUCCESS:
        return BC_OK;
    case MDB_NOTFOUND:
        return BC_NOTFOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return BC_FULL;
    case ENOMEM:
        return BC_NOMEM;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_KEYEXIST: /* rows are appended in order, or something is wrong */
        return BC_DAMAGED;
    case MDB_VERSION_MISMATCH:
        return BC_NEWER;
    default:
        return BC_IO;
    }
}

/* LMDB lists free pages in its table 0: in each row, a count and then so many numbers. */
int bc_mdb_count_free(MDB_txn *txn, uint64_t *pages)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(txn, 0, &cursor);

    *pages = 0;
    if (code != MDB_SUCCESS) {
        return code;
    }
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        size_t count = 0;

        memcpy(&count, value.mv_data, sizeof(count));
        *pages += count;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? MDB_SUCCESS : code;
}

int bc_mdb_size(
    MDB_env *env, MDB_txn *txn, const MDB_dbi dbi[BC_TABLE_COUNT], struct bc_tables_size *size)
{
    MDB_envinfo info;
    MDB_stat stat;
    uint64_t free_pages = 0;
    int code = mdb_env_info(env, &info);

    *size = (struct bc_tables_size){ .bytes = 0 };
    if (code == MDB_SUCCESS) {
        code = mdb_env_stat(env, &stat);
    }
    if (code == MDB_SUCCESS) {
        code = bc_mdb_count_free(txn, &free_pages);
    }
    if (code == MDB_SUCCESS) {
        size->bytes = (info.me_last_pgno + 1) * stat.ms_psize;
        size->free = free_pages * stat.ms_psize;
    }
    for (int i = 0; i < BC_TABLE_COUNT && code == MDB_SUCCESS; i++) {
        if (dbi[i] != 0) {
            code = mdb_stat(txn, dbi[i], &stat);
            size->rows[i] = code == MDB_SUCCESS ? stat.ms_entries : 0;
        }
    }
    return code;
}
