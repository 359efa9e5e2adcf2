"""Work that reports its progress while it runs."""

import time


# snippet: train
def train(epochs: int):
    """Yields the loss after each epoch."""
    model = [4.0]
    try:
        for epoch in range(1, epochs + 1):
            time.sleep(0.01)  # the work
            model[0] *= 0.8
            yield {"epoch": epoch, "loss": round(model[0], 4)}
    finally:
        model.clear()  # also when the caller leaves early
# end snippet


# snippet: score
def score(samples):
    """Yields a score for each sample, as soon as it arrives."""
    for sample in samples:
        yield sum(sample) / len(sample)
# end snippet
