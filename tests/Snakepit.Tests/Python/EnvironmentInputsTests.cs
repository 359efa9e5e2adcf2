using Snakepit.Python;

namespace Snakepit.Tests.Python;

public sealed class EnvironmentInputsTests : IDisposable
{
    private static readonly PythonInterpreter s_python = new("/usr/bin/python3", new Version(3, 12, 1), "CPython", null);

    private readonly TemporaryFolder _folder = new();

    public EnvironmentInputsTests() => Write("requirements.txt", "acme==1.0\n");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_of_a_folder_without_files_is_nothing()
    {
        File.Delete(_folder["requirements.txt"]);

        Assert.Null(EnvironmentInputs.Read(_folder.Path, s_python, hasUv: false));
    }

    [Fact]
    public void Read_takes_the_most_exact_file()
    {
        Write("pyproject.toml", "[project]\n");
        Assert.Equal(EnvironmentSource.Requirements, Read().Source);

        Write("uv.lock", "version = 1\n");
        Assert.Equal(EnvironmentSource.UvLock, Read().Source);

        File.Delete(_folder["uv.lock"]);
        File.Delete(_folder["requirements.txt"]);
        Assert.Equal(EnvironmentSource.PyProject, Read().Source);
    }

    [Fact]
    public void Stamp_is_the_same_for_the_same_content()
    {
        string before = Read().Stamp;

        File.SetLastWriteTimeUtc(_folder["requirements.txt"], DateTime.UnixEpoch);

        Assert.Equal(before, Read().Stamp);
    }

    [Fact]
    public void Stamp_follows_content_interpreter_and_installer()
    {
        HashSet<string> stamps =
        [
            Read().Stamp,
            Read(s_python with { Version = new Version(3, 12, 2) }).Stamp,
            Read(s_python with { Executable = "/opt/python3" }).Stamp,
            Read(s_python with { IsFreeThreaded = true }).Stamp,
            EnvironmentInputs.Read(_folder.Path, s_python, hasUv: true)!.Stamp,
        ];
        Write("requirements.txt", "acme==1.1\n");
        stamps.Add(Read().Stamp);

        Assert.Equal(6, stamps.Count);
    }

    [Theory]
    [InlineData("-r {0}")]
    [InlineData("-r{0}")]
    [InlineData("  --requirement={0} # more")]
    [InlineData("-c {0}")]
    [InlineData("--constraint {0}")]
    public void Stamp_follows_files_that_are_included(string line)
    {
        Write("requirements.txt", string.Format(null, line, "other.txt") + "\n");
        Write("other.txt", "-r requirements.txt\n-r third.txt\n-r not-there.txt\n");
        Write("third.txt", "acme==1.0\n");
        string before = Read().Stamp;

        Write("third.txt", "acme==1.1\n");

        Assert.NotEqual(before, Read().Stamp);
    }

    private EnvironmentInputs Read(PythonInterpreter? python = null) =>
        EnvironmentInputs.Read(_folder.Path, python ?? s_python, hasUv: false)!;

    private void Write(string name, string content) => File.WriteAllText(_folder[name], content);
}
