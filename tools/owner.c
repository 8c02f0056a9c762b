#include "tools/owner.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/tool.h"

bool bc_owner_is_another(const char *dir, struct bc_owner *owner)
{
    struct stat info;

    if (geteuid() != 0 || stat(dir, &info) != 0 || info.st_uid == 0) {
        return false;
    }
    *owner = (struct bc_owner){ .user = info.st_uid, .group = info.st_gid };
    return true;
}

bool bc_owner_become(const struct bc_owner *owner)
{
    if (setgroups(0, NULL) != 0 || setresgid(owner->group, owner->group, owner->group) != 0 ||
        setresuid(owner->user, owner->user, owner->user) != 0) {
        (void)bc_tool_failed("root's rights can't be given up: %s", strerror(errno));
        return false;
    }
    return true;
}
