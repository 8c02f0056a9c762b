/*
 * Judgements of what the operator erases: how it begins, which part is next, and that it is gone.
 * Who may ask for it has been looked at before: no client can.
 */
#include "messaging/event.h"
#include "messaging/judge.h"
#include "messaging/rules.h"
#include "messaging/text.h"

/* Rows that are looked at for one part, found or not. */
#define LOOKED_MAX 512
#define PAGE       64

/* A part that is being put together. */
struct part {
    struct bc_erasure *erasure;
    struct bc_erased_message *messages;
    uint32_t count;
    size_t bytes;
    uint32_t looked;
    uint32_t user;
};

/* ---- what reports keep ---- */

/* How many open reports have each message of the part as evidence. */
static enum bc_error count_reports(const struct bc_case *c, struct part *part)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < part->count; i++) {
        error = bc_view_evidence(c->view, part->messages[i].id, &part->messages[i].reports);
        part->erasure->kept += error == BC_OK && part->messages[i].reports > 0 ? 1 : 0;
    }
    return error;
}

/* ---- which messages ---- */

static bool is_full(const struct part *part)
{
    return part->count == BC_ERASED_MAX || part->bytes >= BC_ERASED_BYTES ||
           part->looked >= LOOKED_MAX;
}

static void take(struct part *part, const struct bc_message *message)
{
    part->messages[part->count++] = (struct bc_erased_message){ .id = message->id };
    part->bytes += message->payload.len;
    part->erasure->messages++;
    part->erasure->bytes += message->payload.len;
}

/* The message ${id} has been come to: it is taken if it is of whom the erasure is about. */
static enum bc_error look_at(const struct bc_case *c, struct part *part, uint64_t id)
{
    struct bc_message message;
    enum bc_error error = bc_view_message(c->view, id, &message);

    part->looked++;
    part->erasure->reached.id = id;
    if (error == BC_OK && message.kind != BC_ERASED &&
        bc_bytes_equal(message.from, part->erasure->user)) {
        take(part, &message);
    } else if (error == BC_OK) {
        part->bytes += message.payload.len / 4; /* reading it takes time, too */
    }
    return error == BC_NOTFOUND ? BC_OK : error; /* what has ended since is gone */
}

/* The same of an event: it has the key of what they stored for themselves. */
static enum bc_error look_at_event(const struct bc_case *c, struct part *part, uint64_t id)
{
    struct bc_event event;
    enum bc_error error = bc_view_event(c->view, id, &event);

    part->looked++;
    part->erasure->reached.id = id;
    if (error == BC_OK && event.type == BC_EVENT_STORED && event.key.len > 0) {
        part->messages[part->count++] = (struct bc_erased_message){ .id = id };
        part->erasure->rows++;
    }
    return error == BC_NOTFOUND ? BC_OK : error; /* what has ended since is gone */
}

/* The next messages of one conversation. Sets *${more} to whether there are others. */
static enum bc_error look_at_conversation(const struct bc_case *c, struct part *part, bool *more)
{
    struct bc_range range = {
        .after = part->erasure->reached.id, .before = part->erasure->id, .limit = PAGE
    };
    uint64_t ids[PAGE];
    uint32_t other = 0;
    uint32_t count = 0;
    uint32_t i = 0;
    enum bc_error error = bc_view_user(c->view, part->erasure->other, &other);

    if (error == BC_OK) {
        error = bc_view_conversation(c->view, part->user, other, range, ids, &count, more);
    }
    for (; error == BC_OK && i < count && !is_full(part); i++) {
        error = look_at(c, part, ids[i]);
    }
    *more = error == BC_OK && (*more || i < count);
    return error;
}

/* The next of all that is in the user's mailbox: what they sent is there, whatever became of it. */
static enum bc_error look_at_mailbox(const struct bc_case *c, struct part *part, bool *more)
{
    struct bc_part list = { .after = part->erasure->reached.id, .limit = PAGE };
    struct bc_mail mail[PAGE];
    uint32_t i = 0;
    enum bc_error error = bc_view_mailbox(c->view, part->user, &list, mail);

    for (; error == BC_OK && i < list.count && !is_full(part); i++) {
        if (mail[i].id > part->erasure->id) {
            *more = false; /* what is sent from then on is not what was asked for */
            return BC_OK;
        }
        error = mail[i].event ? look_at_event(c, part, mail[i].id) : look_at(c, part, mail[i].id);
    }
    if (error != BC_OK) {
        return error;
    }
    *more = list.more || i < list.count;
    if (i == list.count && list.reached > part->erasure->reached.id) {
        part->erasure->reached.id = list.reached;
    }
    if (list.more && list.count < PAGE) {
        part->looked = LOOKED_MAX; /* so much of it is hidden that the turn is over */
    }
    return error;
}

static enum bc_error find_messages(const struct bc_case *c, struct part *part)
{
    bool more = true;
    enum bc_error error = BC_OK;

    while (error == BC_OK && more && !is_full(part)) {
        error = part->erasure->other.len > 0 ? look_at_conversation(c, part, &more)
                                             : look_at_mailbox(c, part, &more);
    }
    if (error == BC_OK && !more) {
        part->erasure->step = part->erasure->rules >= BC_RULES_KEPT ? BC_ERASE_KEPT
                              : part->erasure->other.len > 0        ? BC_ERASE_DONE
                                                                    : BC_ERASE_PROFILES;
        part->erasure->reached.id = 0;
    }
    return error == BC_OK ? count_reports(c, part) : error;
}

/* ---- what else is the user's ---- */

uint32_t bc_erasure_own(const struct bc_erasure *erasure)
{
    return erasure->rules >= BC_RULES_KEPT ? BC_ERASED_OWN_MAX : BC_ERASED_MAX;
}

/* Versions that blocks keep, and at the end that of now. */
static enum bc_error find_profiles(const struct bc_case *c, struct part *part)
{
    uint32_t held = 0;
    uint32_t reached = 0;
    uint64_t version = 0;
    bool more = false;
    bool unused;
    enum bc_error error = bc_view_held_profiles(c->view, part->user,
        (uint32_t)part->erasure->reached.id, LOOKED_MAX, &held, &reached, &more);

    if (error == BC_OK && !more) {
        error = bc_view_presence(c->view, part->user, &version, &unused);
    }
    if (error != BC_OK) {
        return error;
    }
    part->erasure->rows += held + (version != 0 ? 1U : 0U);
    part->erasure->reached.id = reached;
    part->erasure->step = more ? BC_ERASE_PROFILES : BC_ERASE_OWN;
    return BC_OK;
}

static enum bc_error find_own(const struct bc_case *c, struct part *part)
{
    struct bc_own rows[BC_ERASED_OWN_MAX];
    struct bc_name_part list = { .limit = bc_erasure_own(part->erasure) };
    enum bc_error error = bc_view_own_list(c->view, part->user, &list, rows);

    if (error != BC_OK) {
        return error;
    }
    part->erasure->rows += list.count;
    part->erasure->reached.id = 0;
    part->erasure->step = list.more ? BC_ERASE_OWN : BC_ERASE_PUSHES;
    return BC_OK;
}

static enum bc_error find_pushes(const struct bc_case *c, struct part *part)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t count = 0;
    bool titles = false;
    enum bc_error error = bc_view_pushes(c->view, part->user, pushes, &count);

    part->erasure->rows += count;
    if (error == BC_OK) {
        error = bc_view_was_in_groups(c->view, part->user, &titles);
    }
    part->erasure->step = titles ? BC_ERASE_GROUPS : BC_ERASE_REPORTS;
    return error;
}

/*
 * What is in no list of theirs. Titles go whenever they were given: those that are passed on while
 * it goes on are told from later ones by nothing.
 */
static enum bc_error find_written(const struct bc_case *c, struct part *part)
{
    static const enum bc_erasure_step next[BC_ERASE_STEPS] = {
        [BC_ERASE_KEPT] = BC_ERASE_PROFILES,
        [BC_ERASE_GROUPS] = BC_ERASE_STINTS,
        [BC_ERASE_STINTS] = BC_ERASE_EVENTS,
        [BC_ERASE_EVENTS] = BC_ERASE_REPORTS,
        [BC_ERASE_REPORTS] = BC_ERASE_MODERATIONS,
        [BC_ERASE_MODERATIONS] = BC_ERASE_DONE,
    };
    struct bc_erasure *erasure = part->erasure;
    struct bc_written written = {
        .erasure = erasure, .after = erasure->reached, .upto = BC_REACHED_END, .rows = LOOKED_MAX
    };
    enum bc_error error = bc_view_written(c->view, erasure->step, part->user, &written);

    erasure->rows += erasure->step == BC_ERASE_KEPT ? 0 : written.count;
    erasure->kept += written.kept;
    erasure->reached = written.more ? written.upto : (struct bc_reached){ .id = 0 };
    erasure->step = written.more             ? erasure->step
                    : erasure->other.len > 0 ? BC_ERASE_DONE
                                             : next[erasure->step];
    return error;
}

/* ---- the judgements ---- */

/* The fact of what ${decision} has of the erasure, in which ${step} was come to before. */
static void erased(const struct bc_case *c, const struct part *part, enum bc_erasure_step step,
    struct bc_decision *decision)
{
    struct bc_fact_erased *fact = &decision->fact.erased;
    struct bc_erasure *erasure = &fact->erasure;

    decision->verdict = BC_CHANGES;
    decision->fact.id = c->request->id;
    decision->fact.type = BC_FACT_ERASED;
    fact->step = step;
    fact->messages = part->messages;
    fact->message_count = part->count;
    if (step != BC_ERASE_NOTHING) {
        erasure->changed = c->request->id;
    }
}

/* Whoever asks for what is done is told whether all of it is. */
static enum bc_error refuse_erased(
    const struct bc_case *c, struct bc_decision *decision, uint64_t message)
{
    struct bc_kept kept;
    enum bc_error error = bc_view_kept(c->view, message, &kept);

    if (error == BC_OK || error == BC_NOTFOUND) {
        return bc_judge_refuse(decision, BC_NOT_POSSIBLE,
            error == BC_OK ? "This message is erased already; open reports keep what it said, for "
                             "moderators alone, until they are resolved."
                           : "This message is erased already.");
    }
    return error;
}

/* One message: all of it is one fact. */
static enum bc_error erase_message(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_erasure *erasure = &decision->fact.erased.erasure;
    struct part part = { .erasure = erasure, .messages = c->request->erase.messages };
    struct bc_message message;
    enum bc_error error = bc_view_message(c->view, c->request->erase.message, &message);

    if (error == BC_NOTFOUND) {
        return bc_judge_refuse(decision, BC_NO_SUCH_MESSAGE, "There is no message with this id.");
    }
    if (error != BC_OK) {
        return error;
    }
    if (message.kind == BC_ERASED) {
        return refuse_erased(c, decision, message.id);
    }
    erasure->user = bc_judge_keep_name(decision, 0, message.from);
    erasure->message = message.id;
    erasure->step = BC_ERASE_DONE;
    take(&part, &message);
    error = count_reports(c, &part);
    if (error == BC_OK) {
        erased(c, &part, BC_ERASE_MESSAGES, decision);
    }
    return error;
}

/* What is wrong with whose messages are to be erased; NULL if nothing is. */
static enum bc_error judge_names(
    const struct bc_case *c, struct bc_decision *decision, bool *refused)
{
    const struct bc_bytes names[] = { c->request->to, c->request->erase.other };
    enum bc_error error = BC_OK;

    *refused = false;
    for (size_t i = 0; error == BC_OK && i < 2 && !*refused && (i == 0 || names[i].len > 0); i++) {
        uint32_t user = 0;

        *refused = true;
        if (!bc_text_is_user(names[i])) {
            return bc_judge_refuse(decision, BC_BAD_NAME, NULL);
        }
        error = bc_view_user(c->view, names[i], &user);
        if (error == BC_OK && user == 0) {
            return bc_judge_refuse(decision, BC_NOT_FOUND, "The store knows no user of this name.");
        }
        *refused = false;
    }
    return error;
}

enum bc_error bc_judge_erase(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_request *request = c->request;
    const char *wrong = bc_judge_note(request->erase.reason);
    bool one = request->erase.message != 0;
    bool refused = false;
    enum bc_error error;

    if (request->erase.reason.len == 0) {
        wrong = "A reason is needed: it is kept with the erasure.";
    } else if (one == (request->to.len > 0) || (one && request->erase.other.len > 0)) {
        wrong = "Either one message is erased, or what a user sent.";
    }
    if (wrong != NULL) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, wrong);
    }
    decision->fact.erased = (struct bc_fact_erased){
        .erasure = { .id = request->id,
            .by = request->from,
            .reason = request->erase.reason,
            .rules = request->rules > BC_RULES_FIRST ? request->rules : 0 }
    };
    if (one) {
        return erase_message(c, decision);
    }
    error = judge_names(c, decision, &refused);
    if (error != BC_OK || refused) {
        return error;
    }
    decision->fact.erased.erasure.user = request->to;
    decision->fact.erased.erasure.other = request->erase.other;
    decision->fact.erased.erasure.step = BC_ERASE_MESSAGES;
    erased(c, &(struct part){ .count = 0 }, BC_ERASE_NOTHING, decision);
    return BC_OK;
}

/*
 * The erasure that the request goes on with. Its texts stay good until another is looked up, which
 * nobody does before the fact is stored. BC_NOTFOUND if it isn't open.
 */
static enum bc_error find_erasure(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_erasure *erasure = &decision->fact.erased.erasure;
    enum bc_error error =
        bc_view_erasure(c->view, BC_ERASURE_OPEN, c->request->erase.erasure, erasure);

    decision->fact.erased.from = BC_ERASURE_OPEN;
    if (error == BC_OK) {
        decision->fact.erased.after = erasure->reached.id;
        decision->fact.erased.inside = erasure->reached.inside;
    }
    return error;
}

enum bc_error bc_judge_erase_on(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_erasure *erasure = &decision->fact.erased.erasure;
    struct part part = { .erasure = erasure, .messages = c->request->erase.messages };
    enum bc_erasure_step step;
    enum bc_error error = find_erasure(c, decision);

    /* What ends by itself goes on by itself (judge_retain.c). */
    if (error == BC_NOTFOUND ||
        (error == BC_OK && (erasure->step == BC_ERASE_DONE ||
                               bc_bytes_equal(erasure->by, bc_bytes_text(BC_RETENTION))))) {
        return bc_judge_nothing(decision);
    }
    step = erasure->step;
    if (error == BC_OK) {
        error = bc_view_user(c->view, erasure->user, &part.user);
    }
    if (error != BC_OK) {
        return error;
    }
    switch (step) {
    case BC_ERASE_MESSAGES:
        error = find_messages(c, &part);
        break;
    case BC_ERASE_PROFILES:
        error = find_profiles(c, &part);
        break;
    case BC_ERASE_OWN:
        error = find_own(c, &part);
        break;
    case BC_ERASE_PUSHES:
        error = find_pushes(c, &part);
        break;
    case BC_ERASE_KEPT:
    case BC_ERASE_GROUPS:
    case BC_ERASE_STINTS:
    case BC_ERASE_EVENTS:
    case BC_ERASE_REPORTS:
    case BC_ERASE_MODERATIONS:
        error = find_written(c, &part);
        break;
    case BC_ERASE_NOTHING:
    case BC_ERASE_DONE:
        break;
    }
    if (error == BC_OK) {
        erased(c, &part, step, decision);
    }
    return error;
}

enum bc_error bc_judge_erase_prove(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_erasure *erasure = &decision->fact.erased.erasure;
    enum bc_error error = find_erasure(c, decision);

    /* Something may have been taken away since the disk was cleaned: that goes on. */
    if (error == BC_NOTFOUND ||
        (error == BC_OK &&
            (erasure->step != BC_ERASE_DONE || erasure->changed > c->request->erase.upto))) {
        return bc_judge_nothing(decision);
    }
    if (error != BC_OK) {
        return error;
    }
    erasure->state = erasure->kept > 0 ? BC_ERASURE_WAITS : BC_ERASURE_PROVEN;
    erasure->proven = erasure->kept > 0 ? 0 : c->request->id;
    erased(c, &(struct part){ .count = 0 }, BC_ERASE_NOTHING, decision);
    return BC_OK;
}
