namespace Snakepit.Tests.Architecture;

public sealed class SourceFileTests
{
    private const int LineLimit = 300;

    [Fact]
    public void Source_files_stay_short()
    {
        string[] sources = [.. Directory.EnumerateFiles(RepositoryFiles.PathOf("src"), "*.cs", SearchOption.AllDirectories).Where(IsWritten)];

        Assert.NotEmpty(sources);
        Assert.Equal([], sources.Where(IsTooLong).Select(Name));
    }

    [Theory]
    [InlineData(LineLimit, false)]
    [InlineData(LineLimit + 1, true)]
    public void A_file_above_the_limit_is_found(int lines, bool expected)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, Enumerable.Repeat("x", lines));
            Assert.Equal(expected, IsTooLong(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool IsTooLong(string path) => File.ReadLines(path).Skip(LineLimit).Any();

    private static bool IsWritten(string path) =>
        !path.EndsWith(".g.cs", StringComparison.Ordinal) && !Name(path).Split('/').Any(part => part is "bin" or "obj");

    private static string Name(string path) => Path.GetRelativePath(RepositoryFiles.Root, path).Replace('\\', '/');
}
