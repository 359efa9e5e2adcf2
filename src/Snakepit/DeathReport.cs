using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>How a worker's process ended.</summary>
public sealed record DeathReport
{
    /// <summary>The worker.</summary>
    public required WorkerId Worker { get; init; }

    /// <summary>Its process id.</summary>
    public required int Pid { get; init; }

    /// <summary>What kind of end it was.</summary>
    public DeathCause Kind { get; init; }

    /// <summary>In words, such as <c>killed by SIGSEGV</c> or <c>exit code 3</c>.</summary>
    public required string Cause { get; init; }

    /// <summary>Why the pool killed it; null when it did not.</summary>
    public string? KilledBecause { get; init; }

    /// <summary>The exit code, when it exited.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal, when it was killed by one.</summary>
    public int? Signal { get; init; }

    /// <summary>The system was asked to write a core file.</summary>
    public bool CoreDumped { get; init; }

    /// <summary>From launch to end.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>It had loaded its adapter and was ready for calls.</summary>
    public bool WasReady { get; init; }

    /// <summary>Calls it had begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Calls it was running.</summary>
    public required int Running { get; init; }

    /// <summary>Those calls: their tools, and how long each had been running. Where the worker shares no memory with the host, how long it had been
    /// under way, its wait for a worker included.</summary>
    public IReadOnlyList<RunningTool> Calls { get; init; } = [];

    /// <summary>Its private memory, as last read: right before the pool killed it, at most a second before another end of a busy worker; null when it was
    /// never read.</summary>
    public MemorySize? Memory { get; init; }

    /// <summary>The most private memory that was read.</summary>
    public MemorySize? PeakMemory { get; init; }

    /// <summary>Its resident memory, as last read: without files and shared memory, but with the pages that it shared with its zygote.</summary>
    public MemorySize? ResidentMemory { get; init; }

    /// <summary>The most memory that it has had resident, or the largest of its child processes that have ended, as the system tells at the end: so it knows of
    /// the last moment too. Files, shared memory and the pages that it shared with its zygote are counted. Null when nobody can say: outside Linux.</summary>
    public MemorySize? PeakResidentMemory { get; init; }

    /// <summary>The processor time it used, with that of its child processes that have ended; null when nobody can say.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>The Python stacks of all its threads when it crashed or was killed by the pool; null when it ended otherwise or could not tell.</summary>
    public string? Stacks { get; init; }

    /// <summary>The last lines it wrote to stdout and stderr.</summary>
    public required IReadOnlyList<string> LastOutput { get; init; }

    /// <summary>All of it, for a log or an issue.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Worker {Worker} (process {Pid}) ended: {Cause}, {Where()}, after {Uptime} and {Requests} calls");
        Append(text, ", private memory ", Memory);
        Append(text, ", at most ", PeakMemory);
        Append(text, ", resident ", ResidentMemory);
        Append(text, ", at most ", PeakResidentMemory);
        Append(text, ", processor time ", CpuTime);
        text.Append('.');
        AppendBlock(text, "Its Python stacks:", Stacks?.Split('\n') ?? []);
        AppendBlock(text, "Its last output:", LastOutput);
        return text.ToString();
    }

    internal string Where() =>
        Calls.Count > 0 ? "in " + string.Join(", ", Calls.Select(static call => $"tool '{call.Name}' (for {call.Since})"))
        : WasReady ? "while it was idle"
        : "before it was ready";

    private static void Append<T>(StringBuilder text, string what, T? value)
        where T : struct
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
