using Snakepit.Configuration;
using Snakepit.OptionPages;

namespace Snakepit.Tests.Configuration;

/// <summary>The pages and the schema that eng/options writes.</summary>
public sealed class GeneratedFilesTests : IDisposable
{
    private static readonly string s_summaries = Path.Combine(AppContext.BaseDirectory, "Snakepit.xml");

    private readonly string _root = Directory.CreateTempSubdirectory("snakepit-pages-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Files_are_what_the_code_says()
    {
        var output = new StringWriter();

        Assert.True(GeneratedFiles.Write(RepositoryFiles.Root, check: true, output) == 0, output.ToString());
    }

    [Fact]
    public void Stale_file_is_told_by_the_check_and_written_without_it()
    {
        Copy(GeneratedFiles.Page, static page => page.Replace("| `Size` |", "| `Sise` |", StringComparison.Ordinal));
        Copy(GeneratedFiles.Schema, static schema => schema);
        Copy(GeneratedFiles.Telemetry, static page => page);
        var output = new StringWriter();

        Assert.Equal(1, GeneratedFiles.Write(_root, check: true, output));
        Assert.Equal(0, GeneratedFiles.Write(_root, check: false, output));
        Assert.Equal(0, GeneratedFiles.Write(_root, check: true, output));

        Assert.Equal(
            """
            docs/configuration.md differs from what the code says. Run: dotnet run --project eng/options
            wrote docs/configuration.md

            """,
            output.ToString());
        Assert.Equal(Read(RepositoryFiles.Root, GeneratedFiles.Page), Read(_root, GeneratedFiles.Page));
    }

    [Fact]
    public void Prose_around_the_tables_stays()
    {
        Copy(GeneratedFiles.Page, static page => $"Before.\n{page}After.\n");
        Copy(GeneratedFiles.Schema, static schema => schema);
        Copy(GeneratedFiles.Telemetry, static page => page);

        Assert.Equal(0, GeneratedFiles.Write(_root, check: true, new StringWriter()));
    }

    [Fact]
    public void Page_without_marks_is_an_error()
    {
        Copy(GeneratedFiles.Page, static page => page.Replace("<!-- options: pool -->", "", StringComparison.Ordinal));

        DocumentationException thrown =
            Assert.Throws<DocumentationException>(() => GeneratedFiles.Write(_root, check: true, new StringWriter()));

        Assert.Equal("docs/configuration.md needs the lines <!-- options: pool --> and <!-- end options -->.", thrown.Message);
    }

    [Theory]
    [InlineData("Default 60\n            s.", "Default 61 s.", "The summary of Call.Timeout says the default is 61 s; it is 1m.")]
    [InlineData("Default 1,000.", "Default null: no limit.", "The summary of Queue.Limit says the default is null; it is 1000.")]
    [InlineData("Default: the processor count;", "Default: two;", "The summary of Size says the default is two; it is ")]
    [InlineData("Default 1,000.", "", "The summary of Queue.Limit says no default.")]
    public void Summary_with_another_default_than_the_code_is_an_error(string right, string wrong, string problem)
    {
        string file = Path.Combine(_root, "Snakepit.xml");
        string summaries = Flat(File.ReadAllText(s_summaries));
        Assert.Contains(Flat(right), summaries, StringComparison.Ordinal);
        File.WriteAllText(file, summaries.Replace(Flat(right), wrong, StringComparison.Ordinal));

        DocumentationException thrown =
            Assert.Throws<DocumentationException>(() => Setting.All(PoolOptionTable.Table, new PoolOptions(), new Summaries(file)));

        Assert.StartsWith(problem, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MinReady", "`1`", "0 to `Size`")]
    [InlineData("Size", "processor count", "1 to 10,000")]
    [InlineData("Adapter", "required", "file, module, `module:Class` or `file.py:Class`")]
    [InlineData("Start.Preload", "empty", "list of modules")]
    [InlineData("Queue.Limit", "`1000`", "at least 0")]
    [InlineData("Queue.Timeout", "`5s`; infinite with `Wait`", "duration, or `infinite`")]
    [InlineData("Queue.WhenFull", "`Reject`", "`Reject`, `Wait`")]
    [InlineData("Call.MaxMessage", "`100MiB`", "at least 1KiB and below 2GiB")]
    [InlineData("Recycle.Ttl", "`null`: no limit", "duration, or `null`")]
    [InlineData("Recycle.MinLifetime", "`10s`", "duration, or `0s`")]
    [InlineData("Stop.KillTimeout", "`5s`", "duration, at most `Stop.Timeout`")]
    [InlineData("Breaker.FailureRatio", "`null`: never", "above 0 and at most 1, or `null`")]
    [InlineData("Breaker.Window", "`30s`", "500ms to 1d")]
    public void Row_tells_default_and_values(string path, string expectedDefault, string values) => Assert.Contains(
        $"| `{path}` | {expectedDefault} | {values} | ", Read(RepositoryFiles.Root, GeneratedFiles.Page), StringComparison.Ordinal);

    private static string Read(string root, string file) => File.ReadAllText(Path.Combine(root, file));

    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private void Copy(string file, Func<string, string> change)
    {
        string path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, change(Read(RepositoryFiles.Root, file)));
    }
}
