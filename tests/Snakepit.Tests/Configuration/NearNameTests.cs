using Snakepit.Configuration;

namespace Snakepit.Tests.Configuration;

public class NearNameTests
{
    [Theory]
    [InlineData("txt", " Did you mean 'text'?")]
    [InlineData("TEXT", " Did you mean 'text'?")]
    [InlineData("tetx", " Did you mean 'text'?")]
    [InlineData("visoin", " Did you mean 'vision'?")]
    [InlineData("embeddings", "")]
    [InlineData("ml", "")]
    [InlineData("", "")]
    public void Suggest_name_offers_the_nearest(string name, string expected) =>
        Assert.Equal(expected, NearName.Suggest(name, ["text", "vision"]));

    [Fact]
    public void Suggest_equally_near_names_offers_at_most_three() =>
        Assert.Equal(
            " Did you mean 'pool1' or 'pool2' or 'pool3'?", NearName.Suggest("pool", ["pool1", "pool2", "pool3", "pool4", "other"]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "abcd", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_letters_to_change(string left, string right, int expected) =>
        Assert.Equal(expected, NearName.Distance(left, right));
}
