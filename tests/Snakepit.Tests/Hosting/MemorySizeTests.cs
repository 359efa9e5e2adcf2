namespace Snakepit.Tests.Hosting;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("512MiB", 512L << 20)]
    [InlineData(" 2 GB ", 2_000_000_000)]
    [InlineData("0B", 0)]
    public void Parse_reads_a_number_with_a_unit(string text, long bytes) =>
        Assert.Equal(MemorySize.FromBytes(bytes), MemorySize.Parse(text));

    [Theory]
    [InlineData("512")]
    [InlineData("-1B")]
    [InlineData("much")]
    [InlineData("10000000TiB")]
    public void Parse_of_anything_else_shows_it(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => MemorySize.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void From_a_number_too_large_overflows()
    {
        Assert.Throws<OverflowException>(static () => MemorySize.FromKiB(long.MaxValue));
        Assert.Throws<OverflowException>(static () => MemorySize.FromMiB(long.MinValue));
        Assert.Throws<OverflowException>(static () => MemorySize.FromGiB(1L << 33));
        Assert.Equal(1L << 32, MemorySize.FromGiB(4).Bytes);
    }
}
