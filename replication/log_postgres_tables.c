/* The tables of the log: made, brought up to this version, and looked at. */
#include "replication/log_postgres.h"

#include <stdio.h>

/* So that one who makes them makes them alone; nothing of it is done again. */
#define MAKE_TABLES                                                                                \
    "begin;"                                                                                       \
    "set local synchronous_commit = off;" /* a server without its standbys would wait for them */  \
    "select pg_advisory_xact_lock(7236834);"                                                       \
    "create table if not exists bc_log (xid xid8 primary key default pg_current_xact_id(),"        \
    " node int4 not null, epoch int8 not null, number int8 not null,"                              \
    " at timestamptz not null default clock_timestamp(), body bytea not null);"                    \
    "alter table bc_log alter body set storage external;"                                          \
    "create table if not exists bc_node (id int4 primary key, epoch int8 not null,"                \
    " number int8 not null, applied int8 not null default 0,"                                      \
    " cleaned int8 not null default 0, seen timestamptz not null) with (fillfactor = 10);"         \
    "alter table bc_node add column if not exists rules int4 not null default 1,"                  \
    " add column if not exists wakes bool not null default false;"                                 \
    "create table if not exists bc_log_version (version int4 not null,"                            \
    " cut int8 not null default 0);"                                                               \
    "insert into bc_log_version select 1 where not exists (select 1 from bc_log_version);"         \
    "commit"

/* Are there none of them; or those of a version whose brokers said less of themselves? */
#define ARE_TO_BE_MADE                                                                             \
    "select coalesce(to_regclass('bc_log'), to_regclass('bc_node'),"                               \
    " to_regclass('bc_log_version')) is null or (to_regclass('bc_node') is not null and"           \
    " (select count(*) < 2 from pg_attribute where attrelid = to_regclass('bc_node')"              \
    " and attname in ('rules', 'wakes') and not attisdropped))"

/*
 * What is wrong with them, in words, of which the first counts. More columns are a newer version's,
 * which lets this one leave them out.
 */
#define WHAT_IS_WRONG                                                                              \
    "with wanted (of, name, type, filled) as (values"                                              \
    " ('bc_log', 'xid', 'xid8', 'pg_current_xact_id()'), ('bc_log', 'node', 'integer', null),"     \
    " ('bc_log', 'epoch', 'bigint', null), ('bc_log', 'number', 'bigint', null),"                  \
    " ('bc_log', 'at', 'timestamp with time zone', 'clock_timestamp()'),"                          \
    " ('bc_log', 'body', 'bytea', null), ('bc_node', 'id', 'integer', null),"                      \
    " ('bc_node', 'epoch', 'bigint', null), ('bc_node', 'number', 'bigint', null),"                \
    " ('bc_node', 'applied', 'bigint', null), ('bc_node', 'cleaned', 'bigint', null),"             \
    " ('bc_node', 'rules', 'integer', null), ('bc_node', 'wakes', 'boolean', null),"               \
    " ('bc_node', 'seen', 'timestamp with time zone', null),"                                      \
    " ('bc_log_version', 'version', 'integer', null), ('bc_log_version', 'cut', 'bigint', null))," \
    " there as (select c.* from pg_class c where oid in"                                           \
    "  (to_regclass('bc_log'), to_regclass('bc_node'), to_regclass('bc_log_version'))),"           \
    " columns as (select relname, a.*, pg_get_expr(adbin, adrelid) as filled from there"           \
    "  join pg_attribute a on attrelid = there.oid and attnum > 0 and not attisdropped"            \
    "  left join pg_attrdef on adrelid = attrelid and adnum = attnum)"                             \
    "select coalesce("                                                                             \
    "(select format('%s is gone', of) from wanted where to_regclass(of) is null limit 1),"         \
    "(select format('%s has no column %s that is %s%s', of, name, type, ' default ' || filled)"    \
    " from wanted w where not exists (select from columns c where relname = of and attname = name" \
    "  and format_type(atttypid, atttypmod) = type and (w.filled is null or c.filled = w.filled))" \
    " limit 1),"                                                                                   \
    "(select format('nothing fills the column %s of %s', attname, relname) from columns"           \
    " where attnotnull and filled is null and (relname::text, attname::text)"                      \
    "  not in (select of, name from wanted) limit 1),"                                             \
    "(select format('%s has the trigger %s', relname, tgname) from there"                          \
    " join pg_trigger on tgrelid = there.oid and not tgisinternal limit 1),"                       \
    "(select format('%s has the rule %s', relname, rulename) from there"                           \
    " join pg_rewrite on ev_class = there.oid limit 1),"                                           \
    "(select format('%s has the constraint %s', relname, conname) from there"                      \
    " join pg_constraint on conrelid = there.oid and contype not in ('p', 'n') limit 1),"          \
    "(select format('%s is no table that is kept, of which all rows are seen', relname) from "     \
    "there"                                                                                        \
    " where relkind <> 'r' or relpersistence <> 'p' or relrowsecurity limit 1),"                   \
    "(select format('%s is not the primary key of %s', name, of)"                                  \
    " from (values ('bc_log', 'xid'), ('bc_node', 'id')) key (of, name) where not exists"          \
    "  (select from pg_constraint join columns on attrelid = conrelid and conkey = array[attnum]"  \
    "   where contype = 'p' and relname = of and attname = name) limit 1),"                        \
    "(select 'body of bc_log is not kept as it is: alter table bc_log alter body set storage"      \
    " external' from columns where relname = 'bc_log' and attname = 'body'"                        \
    " and attstorage <> 'e'),"                                                                     \
    " '')"

/* Ask ${text}, which says yes or no; false as well, with what is the matter, if it doesn't. */
static bool is_so(const struct bc_postgres *postgres, PGconn *connection, const char *text,
    struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_ask(postgres, connection, text, trouble);
    bool so = result != NULL && PQgetvalue(result, 0, 0)[0] != 0;

    PQclear(result);
    return so;
}

static bool make(const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_run(
        postgres, connection, &(struct bc_sql){ .text = MAKE_TABLES, .several = true });
    bool good = bc_postgres_good(connection, result, trouble);

    PQclear(result);
    return good;
}

static bool are_of_this_version(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    PGresult *result =
        bc_postgres_ask(postgres, connection, "select version from bc_log_version", trouble);
    uint64_t version = result != NULL ? bc_postgres_number(result, 0, 0) : 0;
    bool good = result != NULL;

    PQclear(result);
    if (good && version > BC_POSTGRES_VERSION) {
        return bc_postgres_unfit(postgres, trouble,
            "the log's tables are of a newer version of Backchannel: start that version");
    }
    return good;
}

static bool are_unchanged(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    PGresult *result = bc_postgres_ask(postgres, connection, WHAT_IS_WRONG, trouble);
    bool good = result != NULL;
    char why[sizeof(trouble->why)] = "";

    if (good && PQgetlength(result, 0, 0) > 0) {
        (void)snprintf(
            why, sizeof(why), "the log's tables have been changed: %s", PQgetvalue(result, 0, 0));
    }
    PQclear(result);
    return why[0] != '\0' ? bc_postgres_unfit(postgres, trouble, why) : good;
}

bool bc_postgres_has_tables(
    const struct bc_postgres *postgres, PGconn *connection, struct bc_trouble *trouble)
{
    if (is_so(postgres, connection, "select to_regclass('bc_log_version') is not null", trouble) &&
        !are_of_this_version(postgres, connection, trouble)) {
        return false;
    }
    if (is_so(postgres, connection, ARE_TO_BE_MADE, trouble) &&
        !make(postgres, connection, trouble)) {
        return false;
    }
    return !trouble->there && are_unchanged(postgres, connection, trouble);
}
