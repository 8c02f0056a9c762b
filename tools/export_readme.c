/* The file that says to the person what the others are. */
#include "tools/export.h"

#include "messaging/shown.h"
#include "tools/tool.h"

static const char text[] =
    "It is what a private messenger, Backchannel, keeps about you. Whoever runs that messenger "
    "for\n"
    "you has made this for you; ask them if anything in it is wrong, or if you want it changed.\n"
    "\n"
    "Nobody else is to have it: it has what others wrote to you, too.\n"
    "\n"
    "The files that end in .jsonl are text, with an entry a line, in a form that programs read as\n"
    "well (JSON). Times are milliseconds since 1970-01-01 00:00 UTC. An id (\"id\", \"version\", "
    "\"last\"\n"
    "and others) is 16 letters and digits, by which entries name each other.\n"
    "\n"
    "  account.jsonl        your name and settings; until when you are suspended, if you are\n"
    "  profile.jsonl        what you show of yourself: as it is now (\"current\"), and as people "
    "whom\n"
    "                       you have blocked go on seeing it\n"
    "  pictures/            the pictures in it\n"
    "  own.jsonl            what your apps keep for you: drafts, and whom you have muted, for "
    "instance\n"
    "  devices.jsonl        devices that sign in by themselves, by the names that you gave them, "
    "with\n"
    "                       the day on which each was here last; and how they are woken. What "
    "signs\n"
    "                       them in is not kept, and addresses to wake them are not told here\n"
    "  invitations.jsonl    invitations that you made for others to get an account\n"
    "  people.jsonl         your contacts; whom you have blocked, and whom you have declined\n"
    "  requests.jsonl       who waits for your answer\n"
    "  conversations.jsonl  your conversations; how far you have read them, and, where they let "
    "you\n"
    "                       know, how far the others have\n"
    "  groups.jsonl         the groups that you are in, or were\n"
    "  messages.jsonl       every message that you sent or can see, and what people reacted with.\n"
    "                       \"state\" says what it is to you: sent, inbox, held (a request), "
    "declined,\n"
    "                       or group\n"
    "  media/               the pictures, videos and other files that were sent, by their "
    "messages'\n"
    "                       ids: \"file\" in messages.jsonl\n"
    "  events.jsonl         what you and your apps were told: what you have changed, receipts, "
    "what\n"
    "                       happened in groups, warnings\n"
    "  reports.jsonl        what you reported\n"
    "  erasures.jsonl       what whoever runs the messenger has erased of yours: when, and how "
    "much.\n"
    "                       A message that was erased has no content in here, and the \"kind\" "
    "erased\n"
    "\n"
    "What isn't in it: what others keep for themselves, such as whether somebody has blocked you "
    "or\n"
    "has declined what you wrote, and what others reported, with what is kept for that of what "
    "was\n"
    "erased; what was said in groups before you "
    "came,\n"
    "or by people while you had blocked them; and what you were told or did as a moderator, if "
    "you\n"
    "are one. Your password isn't kept by the messenger. Connections are not recorded.\n";

enum bc_error bc_export_readme(struct bc_export *export)
{
    char name[BC_SHOWN_NAME_MAX];
    char time[32];
    char head[BC_SHOWN_NAME_MAX + 128];

    (void)snprintf(head, sizeof(head), "This is about %s, as of %s.\n\n",
        bc_shown(export->name, name, sizeof(name)), bc_tool_time(export->counts->time, time));
    if (!bc_zip_add(export->zip, bc_bytes_text(head)) ||
        !bc_zip_add(export->zip, bc_bytes_text(text))) {
        export->unwritten = true;
        return BC_IO;
    }
    return BC_OK;
}
