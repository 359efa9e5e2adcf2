using Snakepit.Lifecycle;

namespace Snakepit.Tests.Lifecycle;

public sealed class CallTallyTests
{
    [Fact]
    public void Add_counts_calls_by_tool()
    {
        var tally = new CallTally();
        foreach (string tool in (string[])["a", "b", "a"])
        {
            tally.Add(tool);
        }
        Assert.Equal([new ToolCalls("a", 2), new ToolCalls("b", 1)], tally.Tools);

        tally.Reset();
        tally.Add("b");

        Assert.Equal([new ToolCalls("a", 0), new ToolCalls("b", 1)], tally.Tools);
    }

    [Fact]
    public void Add_allocates_nothing_for_a_known_tool()
    {
        var tally = new CallTally();
        Assert.Equal(0, Allocations.Of(() =>
        {
            tally.Add("a");
            tally.Add("b");
        }));
    }
}
