using Snakepit.Configuration;

namespace Snakepit.Tests.Configuration;

public sealed class PoolKeyTests
{
    [Theory]
    [InlineData(null, "There is no pool, so there is no IWorkerPool.")]
    [InlineData(null, null, "one")]
    [InlineData(null, "There are 2 pools, one, two, and none is named 'default'", "one", "two")]
    [InlineData(null, null, "one", "Default")]
    [InlineData("ONE", null, "one", "two")]
    [InlineData("tow", "There is no pool 'tow'. Did you mean 'two'?", "one", "two")]
    [InlineData(1, "A pool's key is its name, a string; '1' is of int.", "one")]
    public void Wrong_says_why_a_key_stands_for_no_pool(object? key, string? why, params string[] names)
    {
        string? told = PoolKey.Wrong(key, names);

        Assert.Equal(why is null, told is null);
        Assert.StartsWith(why ?? "", told ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_takes_any_key() =>
        Assert.Contains("'Mumbling' is of Mumbling", PoolKey.Wrong(new Mumbling(), ["one"]), StringComparison.Ordinal);

    private sealed class Mumbling
    {
        public override string ToString() => throw new NotSupportedException();
    }
}
