using System.Diagnostics;

namespace Snakepit.Cli.Tests.Fixture;

/// <summary>The tool in a process of its own, with what it has printed so far. Disposing ends it.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly SignallingWriter _output = new();
    private readonly Task _reading;

    private ToolProcess(ProcessStartInfo start)
    {
#pragma warning disable RS0030 // The tests type into the process while it runs.
        _process = Process.Start(start)!;
#pragma warning restore RS0030
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    private static string Dotnet =>
        Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";

    private static string Assembly => Path.Combine(AppContext.BaseDirectory, "Snakepit.Cli.dll");

    public int Pid => _process.Id;

    public string Output => _output.ToString();

    /// <summary>Starts the tool in a folder.</summary>
    public static ToolProcess Start(string folder, params string[] arguments) => new(Describe(folder, Dotnet, [Assembly, .. arguments]));

    /// <summary>Starts the tool in a terminal of 80 columns, of which the test has the keyboard and the screen.</summary>
    public static ToolProcess StartInTerminal(string folder, string arguments) => new(
        Describe(folder, "script", ["-qefc", $"stty cols 80 rows 24; exec {Dotnet} {Assembly} {arguments}", "/dev/null"]));

    /// <summary>Starts the tool as the job of a shell in a terminal, which can stop it and let it go on.</summary>
    public static async Task<ToolProcess> StartAsJobAsync(string folder, string arguments)
    {
        var shell = new ToolProcess(
            Describe(folder, "script", ["-qefc", "stty cols 80 rows 24; PS1='ready> ' exec bash --norc -i", "/dev/null"]));
        await shell.WaitForAsync("ready> ");
        await shell.WriteAsync($"{Dotnet} {Assembly} {arguments}\n");
        return shell;
    }

    /// <summary>Ends the reading of what the tool writes, as <c>head</c> does when it has enough.</summary>
    public void StopReading() => _process.StandardOutput.Dispose();

    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the text has been printed.</summary>
    public Task WaitForAsync(string text) => _output.WaitForAsync(text);

    /// <summary>Waits until the text has been printed after what had been printed before.</summary>
    public Task WaitForTextAfterAsync(string before, string text) => _output.WaitForAsync(text, before.Length);

    /// <summary>Waits for the end, and returns the exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static ProcessStartInfo Describe(string folder, string program, string[] arguments) => new(program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["TERM"] = "xterm-256color" },
    };

    private async Task ReadAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        int count;
        try
        {
            while ((count = await reader.ReadAsync(buffer)) > 0)
            {
                _output.Write(new string(buffer, 0, count));
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException or OperationCanceledException)
        {
            // The reading was stopped.
        }
    }
}
