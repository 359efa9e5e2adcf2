"""A class as an adapter: one instance per worker, which keeps what its calls share."""

import pathlib
import shutil
import tempfile

from snakepit import ctx, tool


# snippet: error
class UnknownProduct(LookupError):
    """No product has that name."""
# end snippet


# snippet: class
class Warehouse:
    """Prices of products, and notes about them in a folder of the worker's own."""

    def setup(self) -> None:
        """Runs once in each worker, before it takes calls: open files, load models, connect."""
        self._prices = {"apple": 30, "pear": 45}
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="warehouse-"))

    def teardown(self) -> None:
        """Runs when the worker is stopped in order, after its last call."""
        shutil.rmtree(self._folder)

    def price(self, product: str) -> int:
        """The price of a product in cents."""
        try:
            return self._prices[product]
        except KeyError:
            raise UnknownProduct(f"there is no product '{product}'") from None
    # end snippet

    # snippet: tool
    @tool(name="import", description="Adds products; returns how many there are.", idempotent=True)
    def import_products(self, prices: dict, *, note: str = "") -> int:
        self._prices.update(prices)
        if note:
            (self._folder / "note.txt").write_text(note, encoding="utf-8")
        ctx.log.info("%d products imported by %s", len(prices), ctx.worker)
        return len(self._prices)
    # end snippet
