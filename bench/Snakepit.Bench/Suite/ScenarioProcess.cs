using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Suite;

/// <summary>One scenario in a process of its own, which has an end whatever it does: what the scenario before it left in .NET's compiler, heap and thread pool does
/// not matter, and none can hold up the others.</summary>
internal static class ScenarioProcess
{
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(5);

    /// <summary>Runs it.</summary>
    /// <param name="scenario">Its name.</param>
    /// <param name="arguments">What else it is told.</param>
    /// <param name="bound">After this it is killed.</param>
    /// <param name="log">Where what it says on the way is kept.</param>
    /// <param name="cancellation">Ends it at once.</param>
    public static async Task<ScenarioOutcome> RunAsync(string scenario, IEnumerable<string> arguments, TimeSpan bound, string log, CancellationToken cancellation)
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
            return new ScenarioOutcome(null, string.Create(CultureInfo.InvariantCulture, $"it did not end within {bound.TotalSeconds:0} s"));
        }
        ScenarioReport? report = process.ExitCode == 0 ? ScenarioReport.Parse(said) : null;
        return new ScenarioOutcome(report, report is null ? LastLine(told) ?? $"exit code {process.ExitCode}" : null) { IsUnavailable = process.ExitCode == BenchCommandLine.ExitUnavailable };
    }

    /// <summary>A process that outlives the one that was killed may hold its output open.</summary>
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

    private static string? LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}

/// <summary>What came of it.</summary>
/// <param name="Report">What it measured; null: nothing.</param>
/// <param name="Failure">Why not.</param>
internal sealed record ScenarioOutcome(ScenarioReport? Report, string? Failure)
{
    /// <summary>This machine lacks what the scenario needs.</summary>
    public bool IsUnavailable { get; init; }
}
