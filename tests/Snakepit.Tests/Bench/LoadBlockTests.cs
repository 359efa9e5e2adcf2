using Snakepit.Bench.Measuring;

namespace Snakepit.Tests.Bench;

public sealed class LoadBlockTests
{
    [Fact]
    public void A_block_comes_back_as_the_other_process_wrote_it()
    {
        var block = new LoadBlock(21.5, 30_000, 170_000.25, 80, 1_200.125);

        Assert.Equal(block, LoadBlock.Parse(block.ToString()));
    }

    [Fact]
    public void Another_line_is_no_block() => Assert.Throws<FormatException>(static () => LoadBlock.Parse("1 2 3"));
}
