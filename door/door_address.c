/* Where the door is, for both of its sides. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "door/door_words.h"

bool bc_door_address(const char *dir, struct sockaddr_un *address, int *held)
{
    char *path = address->sun_path;
    const size_t room = sizeof(address->sun_path);

    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *held = -1;
    if (strlen(dir) + strlen("/" BC_DOOR_NAME) < room) {
        (void)snprintf(path, room, "%s/" BC_DOOR_NAME, dir);
        return true;
    }
    *held = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(path, room, "/proc/self/fd/%d/" BC_DOOR_NAME, *held);
    return *held >= 0;
}
