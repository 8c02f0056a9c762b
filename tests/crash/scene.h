/* What a test of the disk has: dice, the disk, the broker on it, a story; kept in cmocka's state.
 */
#ifndef BC_TESTS_CRASH_SCENE_H
#define BC_TESTS_CRASH_SCENE_H

#include "dice.h"
#include "rig.h"
#include "story.h"

struct durability {
    const char *const *options;
    enum story_promise promise;
};

/* With a small journal, and checkpoints often, or after every few changes. */
extern const struct durability scene_publish;
extern const struct durability scene_batch;
extern const struct durability scene_publish_every_change;
extern const struct durability scene_batch_every_change;

struct scene {
    struct dice dice;
    struct rig *rig;
    struct broker *broker;
    struct story *story;
};

/* cmocka's setup, which makes an empty scene in *${state}, and teardown. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* A new store on a new disk, in place of what there was. */
void scene_open(struct scene *scene, const struct durability *durability);

/* The same in two steps: the disk, and what stands on it. */
void scene_make_disk(struct scene *scene, const struct durability *durability);
void scene_start(struct scene *scene, const struct durability *durability);

#endif
