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
