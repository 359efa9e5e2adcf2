using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Tests.Fixture;

/// <summary>A test of the tool, with a folder of its own in which hosts register and another one that the user is in.</summary>
public abstract class CliTest : IDisposable
{
    private const string Session = "XDG_RUNTIME_DIR";

    private readonly string? _session = Environment.GetEnvironmentVariable(Session);
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sp-cli-");

    protected CliTest() => Environment.SetEnvironmentVariable(Session, _root.CreateSubdirectory("run").FullName);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The folder in which hosts register.</summary>
    internal string Hosts => Path.Combine(_root.FullName, "run", "snakepit");

    /// <summary>The folder that the user is in.</summary>
    protected string Folder => _root.CreateSubdirectory("work").FullName;

    public virtual void Dispose()
    {
        Environment.SetEnvironmentVariable(Session, _session);
        _root.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    internal Task<ToolRun> RunAsync(params string[] arguments) => RunAsync(80, "", Cancellation, arguments);

    internal Task<ToolRun> RunAsync(int width, params string[] arguments) => RunAsync(width, "", Cancellation, arguments);

    /// <summary>Runs the tool in this process.</summary>
    internal Task<ToolRun> RunAsync(int width, string input, CancellationToken cancellation, params string[] arguments) =>
        RunAsync(
            width, new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" }, new StringReader(input), arguments,
            cancellation);

    /// <summary>Runs the tool with an output that the test watches.</summary>
    internal Task<ToolRun> RunAsync(int width, StringWriter output, CancellationToken cancellation, params string[] arguments) =>
        RunAsync(width, output, new StringWriter { NewLine = "\n" }, cancellation, arguments);

    /// <summary>Runs the tool with an output and errors that the test watches.</summary>
    internal Task<ToolRun> RunAsync(
        int width, StringWriter output, StringWriter errors, CancellationToken cancellation, params string[] arguments) =>
        RunAsync(width, output, errors, TextReader.Null, arguments, cancellation);

    private async Task<ToolRun> RunAsync(
        int width, StringWriter output, StringWriter errors, TextReader input, string[] arguments, CancellationToken cancellation)
    {
        var shell = new Shell
        {
            Terminal = Terminal.Plain(output, errors, input, width), Hosts = new HostDirectory(() => [Hosts]), Folder = Folder,
        };
        int code = await CommandLine.RunAsync(arguments, shell, cancellation);
        return new ToolRun(code, output.ToString(), errors.ToString());
    }

    /// <summary>Writes a file in the user's folder, and returns its path.</summary>
    protected string WriteFile(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
