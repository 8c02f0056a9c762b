/* The verb health. */
#include "broker-plugin/operator/health.h"
#include "broker-plugin/operator/operate.h"

static bool add_problem(cJSON *problems, enum bc_ill ill)
{
    cJSON *problem = cJSON_CreateObject();

    return problem != NULL && cJSON_AddItemToArray(problems, problem) &&
           cJSON_AddStringToObject(problem, "problem", bc_ill_name(ill)) != NULL &&
           cJSON_AddStringToObject(problem, "sentence", bc_ill_sentence(ill)) != NULL;
}

enum bc_answering bc_verb_health(struct bc_call *call)
{
    struct bc_store_stats stats;
    cJSON *json = bc_call_begin();
    cJSON *problems;
    unsigned found;
    bool made;

    bc_store_stats(call->plugin->store, &stats);
    found = bc_health(call->plugin, &stats);
    made = json != NULL && cJSON_AddBoolToObject(json, "ready", found == 0) != NULL;
    problems = made ? cJSON_AddArrayToObject(json, "problems") : NULL;
    made = problems != NULL;
    for (unsigned ill = 0; made && ill < BC_ILLS; ill++) {
        made = (found & 1U << ill) == 0 || add_problem(problems, (enum bc_ill)ill);
    }
    return bc_call_ok(call, json, made);
}
