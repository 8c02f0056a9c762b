#include "messaging/rules.h"

uint32_t bc_rules_newest(void)
{
    return BC_RULES_KEPT;
}
