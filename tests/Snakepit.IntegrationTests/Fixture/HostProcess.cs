using System.Diagnostics;
using System.Reflection;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A host in a process of its own, running this program, which a test may starve or kill.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process _process;

    private HostProcess(Process process) => _process = process;

    public int Pid => _process.Id;

    /// <summary>The mark in the environment of the host and of everything it starts.</summary>
    public string Mark { get; private init; } = "";

    public static HostProcess Start(string scenario, IReadOnlyDictionary<string, string?>? environment = null, string shell = "")
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, Assembly.GetExecutingAssembly().Location]
            : [program];
        return Start([.. self, HostScenarios.Switch, scenario], environment, shell);
    }

    /// <summary>Starts a sample, which the solution has built in the same configuration as the tests.</summary>
    public static HostProcess StartSample(string name, params ReadOnlySpan<string> arguments)
    {
        string built = AppContext.BaseDirectory[AppContext.BaseDirectory.LastIndexOf("/bin/", StringComparison.Ordinal)..];
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Snakepit.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run inside the repository they were built in.");
        }
        return Start(["dotnet", $"{folder.FullName}/samples/{name}{built}{name}.dll", .. arguments]);
    }

    private static HostProcess Start(string[] command, IReadOnlyDictionary<string, string?>? environment = null, string shell = "")
    {
        string mark = Guid.NewGuid().ToString("n");
        var info = new ProcessStartInfo("/bin/sh", ["-c", $"{shell} exec \"$@\"", "sh", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        info.Environment[MarkedProcesses.Variable] = mark;
        info.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        info.Environment["DOTNET_EnableDiagnostics"] = "0"; // a killed host would leave the diagnostic sockets behind
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            info.Environment[name] = value;
        }
#pragma warning disable RS0030 // The test needs a host in a process of its own.
        return new HostProcess(Process.Start(info)!) { Mark = mark };
#pragma warning restore RS0030
    }

    public async Task<string> ReadLineAsync() =>
        await ReadAsync(static output => output.ReadLine()) ?? throw new EndOfStreamException("The host has ended.");

    public void WriteLine()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for the end of the host. Returns its output from here on and its exit code.</summary>
    public async Task<(string Output, int ExitCode)> EndAsync()
    {
        _process.StandardInput.Close();
        string output = await ReadAsync(static output => output.ReadToEnd());
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (output, _process.ExitCode);
    }

    /// <summary>
    /// Reads on a thread of its own. After an asynchronous read, .NET's event loop may hold the pipe's descriptor for a while after its
    /// disposal, and the test would count one descriptor too many.
    /// </summary>
    private Task<T> ReadAsync<T>(Func<StreamReader, T> read) => Task.Factory
        .StartNew(() => read(_process.StandardOutput), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        .WaitAsync(TestContext.Current.CancellationToken);

    public void Kill() => _process.Kill();

    public Task GoneAsync() => _process.WaitForExitAsync(TestContext.Current.CancellationToken);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.StandardInput.Dispose(); // the process does not close streams that were asked for
        _process.StandardOutput.Dispose();
        _process.Dispose();
    }
}
