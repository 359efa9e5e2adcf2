using Snakepit.Bench.Scenarios;
using Snakepit.Configuration;

namespace Snakepit.Tests.Bench;

public sealed class OtherOptionsTests
{
    [Fact]
    public void Every_option_that_a_reload_puts_in_force_has_another_value()
    {
        IReadOnlyList<(string Option, Action<PoolOptions> Change)> all = new OtherOptions("other.py", "/somewhere/.venv").All;

        Assert.All(all, static other =>
        {
            var options = new PoolOptions { Adapter = "tools.py" };
            string before = PoolOptionTable.Table[other.Option].Show(options);
            other.Change(options);
            Assert.NotEqual(before, PoolOptionTable.Table[other.Option].Show(options));
        });
    }
}
