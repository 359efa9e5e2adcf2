using Snakepit.Processes;

namespace Snakepit.Tests.Python;

/// <summary>A folder that is deleted after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("snakepit-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>
    /// Creates a script that can run at once. Another process writes it: if this one opened it for writing, a process that another test
    /// starts at that moment would hold it open, and running it would fail with "Text file busy".
    /// </summary>
    public async Task<string> ScriptAsync(string name, string content)
    {
        CommandOutput written = await new CommandRunner(TimeProvider.System).RunAsync(
            "/bin/sh", ["-c", "printf %s \"$2\" > \"$1\" && chmod 755 \"$1\"", "sh", this[name], content],
            TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(new CommandOutput(CommandEnd.Exited, 0, "", ""), written);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
