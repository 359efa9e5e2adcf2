namespace Snakepit.Tests.Tools;

/// <summary>Tests what may become a host tool.</summary>
public sealed class HostToolCollectionTests
{
    private readonly HostToolCollection _tools = [];

    [Theory]
    [InlineData("")]
    [InlineData("_hidden")]
    [InlineData("with space")]
    [InlineData("line\n")]
    [InlineData("ä")]
    public void A_name_has_letters_digits_and_three_signs(string name) =>
        Assert.Throws<ArgumentException>(() => _tools.Add(name, Run));

    [Fact]
    public void A_name_has_64_characters_at_most()
    {
        _tools.Add(new string('a', 64), Run);
        Assert.Throws<ArgumentException>(() => _tools.Add(new string('a', 65), Run));
    }

    [Fact]
    public void A_name_is_taken_once()
    {
        _tools.Add("lookup", "Finds things.", Run);

        ArgumentException error = Assert.Throws<ArgumentException>(() => _tools.Add("lookup", Run));

        Assert.Contains("'lookup' already", error.Message, StringComparison.Ordinal);
        Assert.Equal("Finds things.", Assert.Single(_tools).Description);
    }

    [Fact]
    public void A_description_has_4096_bytes_at_most()
    {
        _tools.Add("a", new string('ä', 2_048), Run);
        Assert.Throws<ArgumentException>(() => _tools.Add("b", new string('ä', 2_049), Run));
    }

    [Fact]
    public void A_method_that_cannot_travel_is_refused()
    {
        Assert.Throws<ArgumentException>(() => _tools.Add("a", (ref int x) => x));
        Assert.Throws<ArgumentException>(() => _tools.AddFrom<Nothing>());
        Assert.Empty(_tools);
    }

    [Fact]
    public void Of_a_class_all_methods_are_added_or_none()
    {
        _tools.Add("taken", Run);

        ArgumentException error = Assert.Throws<ArgumentException>(() => _tools.AddFrom<Flawed>());

        Assert.Contains($"No method of {typeof(Flawed)} was added", error.Message, StringComparison.Ordinal);
        Assert.Contains("'with space' cannot name", error.Message, StringComparison.Ordinal);
        Assert.Contains("Parameter 'x' of host tool 'ByReference'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'taken' already", error.Message, StringComparison.Ordinal);
        Assert.Contains("'twice' already", error.Message, StringComparison.Ordinal);
        Assert.Equal("taken", Assert.Single(_tools).Name);

        _tools.AddFrom<Sound>();

        Assert.Equal(["Count", "rename", "taken"], _tools.Select(static tool => tool.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_null_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => _tools.Add("a", (Delegate)null!));
        Assert.Throws<ArgumentNullException>(() => _tools.Add(null!, Run));
    }

    private static ValueTask<object?> Run(HostToolCall call, CancellationToken cancellation) => default;

    private sealed class Nothing
    {
        public static int Count() => 1;
    }
    private sealed class Flawed
    {
        [HostTool]
        public int Sound() => 1;

        [HostTool(Name = "with space")]
        public int Spaced() => 1;

        [HostTool]
        public int ByReference(ref int x) => x;

        [HostTool(Name = "taken")]
        public int Taken() => 1;

        [HostTool(Name = "twice")]
        public int One() => 1;

        [HostTool(Name = "twice")]
        public int Two() => 2;
    }

    private sealed class Sound
    {
        [HostTool]
        public int Count() => 1;

        [HostTool(Name = "rename")]
        internal static string Rename(string name) => name;
    }
}
