using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Describes how a worker's process ended.</summary>
public sealed record DeathReport
{
    /// <summary>Gets the worker.</summary>
    public required WorkerId Worker { get; init; }

    /// <summary>Gets the process id of the worker.</summary>
    public required int Pid { get; init; }

    /// <summary>Gets why the process ended.</summary>
    public required DeathCause Cause { get; init; }

    /// <summary>Gets the cause in words, such as <c>killed by SIGSEGV</c> or <c>exit code 3</c>.</summary>
    public required string Description { get; init; }

    /// <summary>Gets why the pool killed the worker; null when it did not.</summary>
    public string? KilledBecause { get; init; }

    /// <summary>Gets the exit code; null when the process did not exit.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Gets the number of the signal that ended the process; null when no signal did.</summary>
    public int? Signal { get; init; }

    /// <summary>Gets whether the system was asked to write a core file.</summary>
    public bool CoreDumped { get; init; }

    /// <summary>Gets the time from launch to end.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Gets whether the worker had loaded its adapter and was ready for calls.</summary>
    public bool WasReady { get; init; }

    /// <summary>Gets the number of calls that the worker had begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Gets the tools that the worker was running, and for how long. Where the worker shares no memory with the host, the time
    /// includes the call's wait for a worker.</summary>
    public IReadOnlyList<RunningTool> RunningTools { get; init; } = [];

    /// <summary>Gets the worker's private memory, as last read: immediately before the pool killed it, at most a second before any other
    /// end of a busy worker; null when it was never read.</summary>
    public MemorySize? Memory { get; init; }

    /// <summary>Gets the most private memory that was read; null when it was never read.</summary>
    public MemorySize? PeakMemory { get; init; }

    /// <summary>Gets the worker's resident memory, as last read: without files and shared memory, but with the pages that it shared with
    /// its zygote.</summary>
    public MemorySize? ResidentMemory { get; init; }

    /// <summary>Gets the most memory that the worker, or the largest of its ended child processes, had resident. The system reports it at
    /// the end, so it covers the last moment too. Files, shared memory and the pages shared with the zygote are counted. Null when it is
    /// not known: outside Linux.</summary>
    public MemorySize? PeakResidentMemory { get; init; }

    /// <summary>Gets the processor time that the worker and its ended child processes used; null when it is not known.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>Gets the Python stacks of all threads when the worker crashed or the pool killed it; null when it ended otherwise or the
    /// stacks could not be written.</summary>
    public string? Stacks { get; init; }

    /// <summary>Gets the last lines that the worker wrote to stdout and stderr.</summary>
    public IReadOnlyList<string> LastOutput { get; init; } = [];

    /// <summary>Returns the whole report as text, for a log or an issue.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"Worker {Worker} (process {Pid}) ended: {Description}, {Where()}, after {Shown.Duration(Uptime)} and {Requests} calls");
        Append(text, ", private memory ", Memory);
        Append(text, ", at most ", PeakMemory);
        Append(text, ", resident ", ResidentMemory);
        Append(text, ", at most ", PeakResidentMemory);
        text.Append(CpuTime is { } used ? $", processor time {Shown.Duration(used)}" : "");
        text.Append('.');
        AppendBlock(text, "Its Python stacks:", Stacks?.Split('\n') ?? []);
        AppendBlock(text, "Its last output:", LastOutput);
        return text.ToString();
    }

    internal string Where() =>
        RunningTools.Count > 0
            ? "in " + string.Join(", ", RunningTools.Select(static tool => $"tool '{tool.Name}' (for {Shown.Duration(tool.Elapsed)})"))
        : WasReady ? "while it was idle"
        : "before it was ready";

    private static void Append(StringBuilder text, string what, MemorySize? value)
    {
        if (value is not null)
        {
            text.Append(what).Append(CultureInfo.InvariantCulture, $"{value}");
        }
    }

    private static void AppendBlock(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
        {
            text.Append('\n').Append(title).Append("\n  ").AppendJoin("\n  ", lines);
        }
    }
}
