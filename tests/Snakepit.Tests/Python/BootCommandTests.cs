using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

public sealed class BootCommandTests
{
    private static readonly PythonInterpreter s_python = new("/usr/bin/python3.11", new Version(3, 11, 7), "cpython", "cpython-311");

    [Fact]
    public void Worker_runs_the_worker_module_with_the_users_site() =>
        Assert.Equal(
            [
                "/usr/bin/python3.11",
                "-c",
                "import sys;sys.path.sort(key=''.__eq__);sys.path.insert(0,'/cache/x');from snakepit import _worker;_worker.main()",
            ],
            BootCommand.Worker(s_python, PackageLocation.Folder("/cache/x")));

    [Fact]
    public void Launcher_runs_the_launcher_module_isolated() =>
        Assert.Equal(
            [
                "/usr/bin/python3.11",
                "-I",
                "-S",
                "-c",
                "import sys;sys.path.sort(key=''.__eq__);sys.path.insert(0,'/cache/x');from snakepit import _launcher;_launcher.main()",
            ],
            BootCommand.Launcher(s_python, PackageLocation.Folder("/cache/x")));

    [Theory]
    [InlineData("", "''")]
    [InlineData("/a b", "'/a b'")]
    [InlineData("it's", @"'it\'s'")]
    [InlineData(@"C:\new", @"'C:\\new'")]
    [InlineData("é\n", @"'\U000000e9\U0000000a'")]
    [InlineData("𝄞", @"'\U0001d11e'")]
    public void Literal_is_plain_ascii(string text, string literal) => Assert.Equal(literal, BootCommand.Literal(text));

    [Fact]
    public async Task Literal_is_read_by_python_as_the_same_text()
    {
        string? python = await PythonOnThisMachine.FindAsync();
        Assert.SkipWhen(python is null, "There is no Python on this machine.");
        const string Text = "/tmp/it's \"a\" \\n\\x41 {0} é 日本 𝄞\t\r\n\0end";

        CommandOutput output = await new CommandRunner(TimeProvider.System).RunAsync(
            python,
            ["-I", "-S", "-c", $"print({BootCommand.Literal(Text)}.encode().hex())"],
            TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken);

        Assert.Equal(Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(Text)), output.Output.Trim());
    }
}
