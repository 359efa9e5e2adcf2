using Snakepit.Python;

namespace Snakepit.Tests.Python;

/// <summary>What an adapter's name may be. It comes from the configuration, which is trusted: any file that is there, wherever it is.</summary>
public sealed class AdapterReferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("acme.text")]
    [InlineData("acme.text:Tools")]
    [InlineData("text")]
    public void Resolve_of_a_module_leaves_it_to_Python(string adapter) => Assert.Equal(adapter, AdapterReference.Resolve("p", adapter));

    [Theory]
    [InlineData("a.py", "a.py")]
    [InlineData("below/../a.py", "a.py")]
    [InlineData("below/../a.py:Tools", "a.py:Tools")]
    [InlineData("./a.py", "a.py")]
    public void Resolve_of_a_file_gives_its_absolute_path_without_detours(string adapter, string expected)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "a.py"), "");

        Assert.Equal(Path.Combine(_folder.Path, expected), AdapterReference.Resolve("p", Path.Combine(_folder.Path, adapter)));
    }

    [Fact]
    public void Resolve_of_a_link_keeps_the_links_name()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "a.py"), "");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link.py"), "a.py");

        Assert.Equal(Path.Combine(_folder.Path, "link.py"), AdapterReference.Resolve("p", Path.Combine(_folder.Path, "link.py")));
    }

    [Theory]
    [InlineData("../../../../../../../../../nowhere.py")]
    [InlineData("/nowhere/a.py:Tools")]
    [InlineData("~/a.py")]
    [InlineData("http://example.org/a.py")]
    [InlineData("a b;rm -rf.py")]
    public void Resolve_of_a_file_that_is_not_there_throws(string adapter) =>
        Assert.Throws<AdapterLoadException>(() => AdapterReference.Resolve("p", adapter));
}
