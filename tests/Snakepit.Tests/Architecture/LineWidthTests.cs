namespace Snakepit.Tests.Architecture;

/// <summary>Checks that the lines of source files stay within the widths of .editorconfig.</summary>
public sealed class LineWidthTests
{
    private const int CSharpWidth = 140;
    private const int PythonWidth = 120;

    private static readonly string[] s_folders = ["bench", "eng", "python", "samples", "src", "tests"];

    [Fact]
    public void Lines_stay_within_the_width()
    {
        Assert.All(s_folders, static folder => Assert.NotEmpty(FindSources(folder)));
        Assert.Equal([], s_folders.SelectMany(FindSources).SelectMany(FindWideLines));
    }

    [Theory]
    [InlineData("x.cs", CSharpWidth, 0)]
    [InlineData("x.cs", CSharpWidth + 1, 1)]
    [InlineData("x.py", PythonWidth, 0)]
    [InlineData("x.py", PythonWidth + 1, 1)]
    public void A_line_beyond_the_width_is_found(string name, int width, int expected)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("snakepit-it-");
        try
        {
            string path = Path.Combine(folder.FullName, name);
            File.WriteAllText(path, new string('x', width));

            Assert.Equal(expected, FindWideLines(path).Count());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> FindSources(string folder) => Directory
        .EnumerateFiles(RepositoryFiles.PathOf(folder), "*", SearchOption.AllDirectories)
        .Where(static path => Path.GetExtension(path) is ".cs" or ".py" && IsWritten(path));

    private static bool IsWritten(string path) =>
        !path.EndsWith(".g.cs", StringComparison.Ordinal) && !NameOf(path).Split('/').Any(static part => part is "bin" or "obj");

    private static IEnumerable<string> FindWideLines(string path)
    {
        int width = Path.GetExtension(path) == ".py" ? PythonWidth : CSharpWidth;
        return File.ReadLines(path).Index().Where(line => line.Item.Length > width).Select(line => $"{NameOf(path)}:{line.Index + 1}");
    }

    private static string NameOf(string path) => Path.GetRelativePath(RepositoryFiles.Root, path).Replace('\\', '/');
}
