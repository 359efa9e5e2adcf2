using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Suite;

/// <summary>
/// Runs one scenario in a process of its own with a time limit. The state that earlier scenarios left in .NET's compiler, heap and thread
/// pool does not matter then, and no scenario can block the others.
/// </summary>
internal static class ScenarioProcess
{
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(5);

    /// <summary>Runs a scenario.</summary>
    /// <param name="scenario">The name of the scenario.</param>
    /// <param name="arguments">Further arguments.</param>
    /// <param name="bound">The time after which the process is killed.</param>
    /// <param name="log">The file for its output.</param>
    /// <param name="cancellation">Ends the process at once.</param>
    public static async Task<ScenarioOutcome> RunAsync(
        string scenario, IEnumerable<string> arguments, TimeSpan bound, string log, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        ProcessStartInfo start = BenchProcess.Describe(scenario, [.. arguments, "--json"]);
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(bound);
        bool isOver = true;
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            isOver = false;
            process.Kill(entireProcessTree: true);
        }
        string said = await LastWordsAsync(output);
        string told = await LastWordsAsync(errors);
        await File.WriteAllTextAsync(log, told + said, CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (!isOver)
        {
            return new ScenarioOutcome(
                null, string.Create(CultureInfo.InvariantCulture, $"it did not end within {bound.TotalSeconds:0} s"));
        }
        ScenarioReport? report = process.ExitCode == 0 ? ScenarioReport.Parse(said) : null;
        string? failure = report is null ? LastLine(told) ?? $"exit code {process.ExitCode}" : null;
        return new ScenarioOutcome(report, failure)
        {
            IsUnavailable = process.ExitCode == BenchCommandLine.ExitUnavailable,
        };
    }

    /// <summary>Reads the rest of an output for a limited time, because a process that outlives the killed one may hold it open.</summary>
    private static async Task<string> LastWordsAsync(Task<string> output)
    {
        try
        {
            return await output.WaitAsync(s_lastWords, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            return "";
        }
    }

    private static string? LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}

/// <summary>The outcome of a scenario's process.</summary>
/// <param name="Report">The measured values, or null.</param>
/// <param name="Failure">The reason when there are none, or null.</param>
internal sealed record ScenarioOutcome(ScenarioReport? Report, string? Failure)
{
    /// <summary>True when this machine lacks something that the scenario needs.</summary>
    public bool IsUnavailable { get; init; }
}
