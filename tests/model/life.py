"""Running a life, and making a failing one shorter."""

import world
from product import Mismatch


class Failure:
    def __init__(self, step, why):
        self.step = step  # its place in the life
        self.why = why


class Runner:
    def __init__(self, host, plugin, world_class=world.World):
        self.host = host
        self.plugin = plugin
        self.world_class = world_class

    def run(self, config, script):
        """None if all is well, else the Failure."""
        at = 0
        running = self.world_class(self.host, self.plugin, config)
        try:
            for at, step in enumerate(script):
                running.run(step)
            running.settle()
            running.product.end()
        except Mismatch as mismatch:
            said = running.product.said()
            return Failure(at, str(mismatch) + ("\n" + said if said else ""))
        finally:
            running.close()
        return None


def shrink(runner, config, script, failure):
    """Delta debugging: leave out what the failure doesn't need."""
    size = max(1, len(script) // 2)
    while size > 0:
        at = 0
        while at < len(script):
            shorter = script[:at] + script[at + size:]
            again = runner.run(config, shorter)
            if again:
                script, failure = shorter[:again.step + 1], again
            else:
                at += size
        size //= 2
    for name in list(config["limits"]):  # limits that don't matter are the usual ones
        simpler = dict(config, limits={k: v for k, v in config["limits"].items() if k != name})
        again = runner.run(simpler, script)
        if again:
            config, failure = simpler, again
    return config, script, failure
