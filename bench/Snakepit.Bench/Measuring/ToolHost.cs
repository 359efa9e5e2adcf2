using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>The sample WebApi in another process, and the snakepit tool, which asks it how it is.</summary>
internal sealed class ToolHost : IDisposable
{
    private const string Started = "Application started";
    private static readonly string s_native = Path.Combine("artifacts", "bench", "tool", "Snakepit.Cli");
    private static readonly string s_portable = Path.Combine("src", "Snakepit.Cli", "bin", "Release", "net10.0", "Snakepit.Cli.dll");
    private static readonly string s_sample = Path.Combine("samples", "WebApi", "bin", "Release", "net10.0");

    private readonly Process _process;

    private ToolHost(Process process) => _process = process;

    /// <summary>Starts the host and waits until it answers.</summary>
    /// <exception cref="UnavailableException">The host or the tool is not built.</exception>
    public static async Task<ToolHost> StartAsync(CancellationToken cancellation)
    {
        Require(s_native, "dotnet publish src/Snakepit.Cli --configuration Release --output artifacts/bench/tool");
        Require(s_portable, "dotnet build --configuration Release");
        string sample = Path.Combine(BenchFiles.Root, s_sample);
        Require(Path.Combine(s_sample, "WebApi.dll"), "dotnet build --configuration Release");
        var host = new ToolHost(Process.Start(new ProcessStartInfo("dotnet", ["WebApi.dll", "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = sample,
            RedirectStandardOutput = true,
        })!);
        try
        {
            while (await host._process.StandardOutput.ReadLineAsync(cancellation) is { } line)
            {
                if (line.Contains(Started, StringComparison.Ordinal))
                {
                    _ = host._process.StandardOutput.ReadToEndAsync(CancellationToken.None); // so that it never waits for a reader
                    return host;
                }
            }
            throw new InvalidRunException("The sample WebApi ended before it had started.");
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Returns how long <c>snakepit ps</c> takes, ms, from the start of its process to its end.</summary>
    /// <param name="isNative">True for the tool that was compiled ahead of time, false for the portable one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="InvalidRunException">It has not listed the host.</exception>
    public async Task<double> MeasureAsync(bool isNative, CancellationToken cancellation)
    {
        ProcessStartInfo start = isNative
            ? new ProcessStartInfo(Path.Combine(BenchFiles.Root, s_native))
            : new ProcessStartInfo("dotnet", [Path.Combine(BenchFiles.Root, s_portable)]);
        start.ArgumentList.Add("ps");
        start.ArgumentList.Add("--json");
        start.RedirectStandardOutput = true;
        long begin = Stopwatch.GetTimestamp();
        using Process tool = Process.Start(start)!;
        string said = await tool.StandardOutput.ReadToEndAsync(cancellation);
        await tool.WaitForExitAsync(cancellation);
        double took = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        return tool.ExitCode == 0 && said.Contains("\"primes\"", StringComparison.Ordinal)
            ? took
            : throw new InvalidRunException($"snakepit ps ended with exit code {tool.ExitCode} and said: {said}");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static void Require(string path, string command)
    {
        if (!File.Exists(Path.Combine(BenchFiles.Root, path)))
        {
            throw new UnavailableException($"there is no {path}; make it with: {command}");
        }
    }
}
