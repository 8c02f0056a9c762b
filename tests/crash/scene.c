#include "scene.h"

#include <stdlib.h>

#define COMMON                                                                                     \
    "checkpoint_bytes 65536", "message_max_bytes 8192", "rate_per_minute 1000000000",              \
        "rate_burst 1000000000", NULL

static const char *const publish[] = { "durability publish", "checkpoint_facts 40", COMMON };
static const char *const batch[] = { "durability batch", "checkpoint_facts 40", COMMON };
static const char *const publish_few[] = { "durability publish", "checkpoint_facts 3", COMMON };
static const char *const batch_few[] = { "durability batch", "checkpoint_facts 3", COMMON };

const struct durability scene_publish = { publish, STORY_ACKNOWLEDGED };
const struct durability scene_batch = { batch, STORY_SHOWN };
const struct durability scene_publish_every_change = { publish_few, STORY_ACKNOWLEDGED };
const struct durability scene_batch_every_change = { batch_few, STORY_SHOWN };

static void close_scene(struct scene *scene)
{
    story_free(scene->story);
    rig_free(scene->rig);
    *scene = (struct scene){ .dice = scene->dice };
}

void scene_make_disk(struct scene *scene, const struct durability *durability)
{
    close_scene(scene);
    scene->rig = rig_new(durability->options);
}

void scene_start(struct scene *scene, const struct durability *durability)
{
    scene->broker = rig_start(scene->rig);
    scene->story = story_new(scene->broker, &scene->dice, durability->promise);
}

void scene_open(struct scene *scene, const struct durability *durability)
{
    scene_make_disk(scene, durability);
    scene_start(scene, durability);
}

int scene_setup(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    *state = scene;
    if (scene != NULL)
        scene->dice = dice_new();
    return scene == NULL;
}

int scene_teardown(void **state)
{
    close_scene(*state);
    free(*state);
    return 0;
}
