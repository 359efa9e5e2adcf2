"""A training that reports each epoch while it runs."""

import time

from snakepit import ctx


# snippet: train
def train(epochs: int):
    """Yields the loss after each epoch."""
    ctx.log.info("begins %d epochs", epochs)
    loss, epoch = 4.0, 0
    try:
        for epoch in range(1, epochs + 1):
            time.sleep(0.1)  # the work
            loss *= 0.9
            yield {"epoch": epoch, "epochs": epochs, "loss": round(loss, 4)}
    finally:
        ctx.log.info("stopped in epoch %d of %d", epoch, epochs)  # also when nobody waits any more
# end snippet
