/* Requests of a few people in a few groups, of every kind that goes through a log. */
#include "tests/replication/drawing.h"

#include <string.h>

#include "messaging/text.h"

#define PEOPLE  12
#define NAMES   4 /* of groups */
#define DIGESTS 8

uint32_t drawing_draw(struct drawing *drawing, uint32_t below)
{
    drawing->random =
        drawing->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((drawing->random >> 33) % below);
}

void drawing_learn(struct drawing *drawing, uint64_t id)
{
    drawing->known[drawing->known_count++ % KNOWN] = id;
}

static struct bc_bytes person(struct drawing *drawing)
{
    static const char *const people[PEOPLE] = { "alice", "bob", "carol", "dave", "erin", "frank",
        "grace", "heidi", "ivan", "judy", "mallory", "+no" };

    return bc_bytes_text(people[drawing_draw(drawing, PEOPLE)]);
}

static struct bc_bytes somebody(struct drawing *drawing)
{
    struct bc_bytes name;

    do {
        name = person(drawing);
    } while (!bc_text_is_user(name));
    return name;
}

static struct bc_bytes group(struct drawing *drawing)
{
    static const char *const groups[NAMES] = { "choir", "band", "club", "a/b" };

    return bc_bytes_text(groups[drawing_draw(drawing, NAMES)]);
}

static struct bc_bytes digest(struct drawing *drawing)
{
    static const uint8_t digests[DIGESTS][BC_DIGEST] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 },
        { 7 }, { 8 } };

    return bc_bytes(digests[drawing_draw(drawing, DIGESTS)], BC_DIGEST);
}

/* A word, or what is empty, or none. */
static struct bc_bytes word(struct drawing *drawing)
{
    static const char *const words[] = { NULL, "", "one", "two", "three",
        "https://choir.example/" };
    const char *chosen = words[drawing_draw(drawing, sizeof(words) / sizeof(words[0]))];

    return chosen == NULL ? bc_bytes(NULL, 0) : bc_bytes(chosen, strlen(chosen));
}

static uint64_t known(struct drawing *drawing)
{
    size_t count = drawing->known_count < KNOWN ? drawing->known_count : KNOWN;

    return count == 0 || drawing_draw(drawing, 8) == 0
               ? drawing_draw(drawing, 3)
               : drawing->known[drawing_draw(drawing, (uint32_t)count)];
}

static bool flag(struct drawing *drawing)
{
    return drawing_draw(drawing, 2) == 0;
}

static void draw_message(struct drawing *drawing, struct bc_request *request)
{
    static const char text[300] = "what is said";

    request->message.payload =
        bc_bytes(text, drawing_draw(drawing, 4) == 0 ? drawing_draw(drawing, 300) : 12);
    request->message.content_type =
        drawing_draw(drawing, 3) == 0 ? bc_bytes_text("text/plain") : bc_bytes(NULL, 0);
    request->message.msgid = word(drawing);
    request->message.reply_to = drawing_draw(drawing, 4) == 0 ? known(drawing) : 0;
}

static void draw_settings(struct drawing *drawing, struct bc_settings_change *settings)
{
    settings->has_contacts_only = flag(drawing);
    settings->has_receipts_off = flag(drawing);
    settings->has_group_invites = flag(drawing);
    settings->has_findable = flag(drawing);
    settings->value.contacts_only = drawing_draw(drawing, 4) == 0;
    settings->value.receipts_off = flag(drawing);
    settings->value.group_invites = (enum bc_group_invites)drawing_draw(drawing, 3);
    settings->value.findable = flag(drawing);
}

static void draw_invitations(
    struct drawing *drawing, struct bc_request *request, struct bc_invitation *invitations)
{
    request->invite.title = bc_bytes_text("The choir");
    request->invite.invitations = invitations;
    request->invite.count = drawing_draw(drawing, 4);
    for (uint32_t i = 0; i < request->invite.count; i++) {
        invitations[i] = (struct bc_invitation){ .user = person(drawing) };
    }
}

static void draw_report(
    struct drawing *drawing, struct bc_request *request, const struct bc_bytes moderators[2])
{
    request->report.message = known(drawing);
    request->report.reason = (enum bc_reason)(1 + drawing_draw(drawing, BC_REASONS - 1));
    request->report.note = word(drawing);
    request->report.block = flag(drawing);
    request->report.moderators = moderators;
    request->report.moderator_count = 2;
}

static void draw_account(struct drawing *drawing, struct bc_request *request)
{
    request->account.days = 1 + drawing_draw(drawing, 30);
    request->account.uses = 1 + drawing_draw(drawing, 3);
    request->account.id = known(drawing);
    request->account.hash =
        request->action == BC_INVITE_REVOKE && flag(drawing) ? bc_bytes(NULL, 0) : digest(drawing);
}

static void draw_push(struct drawing *drawing, struct bc_request *request)
{
    if (request->action != BC_PUSH_REMOVE) {
        request->push.device = bc_bytes_text(flag(drawing) ? "phone" : "desk");
        request->push.endpoint = bc_bytes_text("https://push.example/1");
        request->push.p256dh = word(drawing);
        request->push.auth = word(drawing);
    }
    request->push.hash = digest(drawing);
}

static void draw_erase(struct drawing *drawing, struct bc_request *request)
{
    bool one = flag(drawing);

    request->from = bc_bytes_text(BC_OPERATOR);
    request->to = one || request->action != BC_ERASE ? bc_bytes(NULL, 0) : person(drawing);
    request->erase.message = one ? known(drawing) : 0;
    request->erase.reason = word(drawing);
    request->erase.other = drawing_draw(drawing, 4) == 0 ? person(drawing) : bc_bytes(NULL, 0);
    request->erase.erasure = drawing->erasure;
    request->erase.upto = known(drawing);
}

static void draw_retain(struct drawing *drawing, struct bc_request *request)
{
    request->from = bc_bytes_text(BC_RETENTION);
    request->retain.part = (enum bc_retain)drawing_draw(drawing, BC_RETAINS);
    request->retain.rows = 1 + drawing_draw(drawing, BC_RETAIN_ROWS);
    request->retain.clock_ms = drawing->now_ms + drawing_draw(drawing, 7200000);
}

/* What the action ${request}->action has beside names. */
static void draw_rest(struct drawing *drawing, struct bc_request *request,
    struct bc_invitation *invitations, const struct bc_bytes moderators[2])
{
    switch (request->action) {
    case BC_SEND:
    case BC_GROUP_SEND:
        draw_message(drawing, request);
        break;
    case BC_SETTINGS:
        draw_settings(drawing, &request->settings);
        break;
    case BC_GROUP_CREATE:
    case BC_GROUP_INVITE:
        draw_invitations(drawing, request, invitations);
        break;
    case BC_GROUP_SET_ROLE:
        request->role = (enum bc_role)(1 + drawing_draw(drawing, 3));
        break;
    case BC_GROUP_RENAME:
        request->title = bc_bytes_text(flag(drawing) ? "On Tuesdays" : "On Fridays");
        break;
    case BC_MARK:
    case BC_GROUP_MARK:
        request->mark = (struct bc_markers){ .read = known(drawing), .delivered = known(drawing) };
        break;
    case BC_REPORT_MESSAGE:
    case BC_REPORT_USER:
    case BC_REPORT_GROUP:
        draw_report(drawing, request, moderators);
        break;
    case BC_MODERATE:
    case BC_RESOLVE:
        request->moderate.measure = request->action == BC_RESOLVE
                                        ? (enum bc_measure)(1 + drawing_draw(drawing, 3))
                                        : (enum bc_measure)(BC_SUSPEND + drawing_draw(drawing, 2));
        request->moderate.days = 1 + drawing_draw(drawing, 5);
        request->moderate.report = request->action == BC_RESOLVE ? known(drawing) : 0;
        request->moderate.note = word(drawing);
        break;
    case BC_STORE:
        request->own.key = bc_bytes_text(flag(drawing) ? "theme" : "drafts");
        request->own.value = word(drawing);
        break;
    case BC_SET_PROFILE:
        request->profile =
            (struct bc_profile_change){ .name = word(drawing), .about = word(drawing) };
        break;
    case BC_REACT:
        request->react.message = known(drawing);
        request->react.emoji = word(drawing);
        break;
    case BC_TOKEN_CREATE:
    case BC_TOKEN_REVOKE:
    case BC_TOKEN_USE:
        request->token.device = bc_bytes_text(flag(drawing) ? "phone" : "desk");
        request->token.hash = digest(drawing);
        request->token.days = drawing_draw(drawing, 3);
        break;
    case BC_INVITE_CREATE:
    case BC_GROUP_INVITE_CREATE:
    case BC_INVITE_REVOKE:
    case BC_INVITE_USE:
        draw_account(drawing, request);
        break;
    case BC_PUSH_SUBSCRIBE:
    case BC_PUSH_UNSUBSCRIBE:
    case BC_PUSH_REMOVE:
        draw_push(drawing, request);
        break;
    case BC_APPROVE:
    case BC_DECLINE:
    case BC_BLOCK:
    case BC_UNBLOCK:
    case BC_REMOVE_CONTACT:
    case BC_GROUP_APPROVE:
    case BC_GROUP_DECLINE:
    case BC_GROUP_LEAVE:
    case BC_GROUP_REMOVE:
        break;
    case BC_ERASE:
    case BC_ERASE_ON:
    case BC_ERASE_PROVE:
        draw_erase(drawing, request);
        break;
    case BC_RETAIN:
    case BC_RETAIN_REST:
        draw_retain(drawing, request);
        break;
    }
}

/* About whom or what an action is. */
static bool is_about_user(enum bc_action action)
{
    return action <= BC_REMOVE_CONTACT || action == BC_GROUP_REMOVE ||
           action == BC_GROUP_SET_ROLE || action == BC_MARK || action == BC_REPORT_USER ||
           action == BC_MODERATE;
}

static bool is_about_group(enum bc_action action)
{
    return (action >= BC_GROUP_SEND && action <= BC_GROUP_RENAME) || action == BC_GROUP_MARK ||
           action == BC_REPORT_GROUP || action == BC_GROUP_INVITE_CREATE;
}

void drawing_request(struct drawing *drawing, struct drawn *drawn)
{
    struct bc_request *request = &drawn->request;

    drawn->moderators[0] = bc_bytes_text("grace");
    drawn->moderators[1] = bc_bytes_text("heidi");
    *request = (struct bc_request){ .action = drawing_draw(drawing, 3) == 0
                                                  ? (flag(drawing) ? BC_SEND : BC_GROUP_SEND)
                                                  : (enum bc_action)drawing_draw(
                                                        drawing, BC_RETAIN_REST + 1),
        .from = somebody(drawing) };
    if (is_about_user(request->action)) {
        request->to = person(drawing);
    }
    if (is_about_group(request->action)) {
        request->group = group(drawing);
    }
    draw_rest(drawing, request, drawn->invitations, drawn->moderators);
}
