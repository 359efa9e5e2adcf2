using Snakepit.Pools;

namespace Snakepit.Tests.Pools;

/// <summary>P8: the estimates of a tool stay under its number, whatever tools later workers announce.</summary>
[Trait("Rule", "P8")]
public sealed class ToolTableTests
{
    [Fact]
    public void Find_unknown_tool_has_no_number() => Assert.Equal(default, ToolTable.Empty.With([Tool("a")]).Find("b"));

    [Fact]
    public void With_numbers_are_small_and_differ()
    {
        ToolTable table = ToolTable.Empty.With([Tool("a"), Tool("b"), Tool("c")]);

        Assert.Equal([1, 2, 3], new[] { "a", "b", "c" }.Select(name => table.Find(name).Number).Order());
    }

    [Fact]
    public void With_same_tools_is_the_same_table()
    {
        ToolTable table = ToolTable.Empty.With([Tool("a"), Tool("b", idempotent: true)]);

        Assert.Same(table, table.With([Tool("b", idempotent: true), Tool("a")]));
    }

    [Fact]
    public void With_other_tools_keeps_the_numbers_of_those_known()
    {
        ToolTable before = ToolTable.Empty.With([Tool("a"), Tool("b")]);

        ToolTable after = before.With([Tool("c"), Tool("b", idempotent: true)]);

        Assert.Equal(before.Find("a"), after.Find("a"));
        Assert.Equal((before.Find("b").Number, true), (after.Find("b").Number, after.Find("b").Idempotent));
        Assert.Equal(3, after.Find("c").Number);
    }

    [Fact]
    public void With_adapter_that_invents_names_does_not_grow_for_ever()
    {
        ToolTable table = ToolTable.Empty;
        for (int i = 0; i < 100; i++)
        {
            table = table.With([.. Enumerable.Range(0, 50).Select(n => Tool($"tool {i} {n}", idempotent: true))]);
        }

        Assert.Equal((0, true), (table.Find("tool 99 0").Number, table.Find("tool 99 0").Idempotent));
        Assert.Equal(default, table.Find("tool 98 0"));
        Assert.Equal(1, table.Find("tool 0 0").Number);
    }

    private static ToolDescriptor Tool(string name, bool idempotent = false) => new() { Name = name, IsIdempotent = idempotent };
}
