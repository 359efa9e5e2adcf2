namespace Snakepit;

/// <summary>Describes a worker that gives no sign of life while it runs a call.</summary>
public sealed record Unresponsiveness
{
    /// <summary>Gets the time since the worker was asked for a sign of life that it has not given.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the state letter of the worker's process, as the system shows it: R runs or waits for a processor, S sleeps, D waits
    /// for a device, T is stopped.</summary>
    public required char ProcessState { get; init; }

    /// <summary>Gets the processor time that the worker has used since it became unresponsive.</summary>
    public required TimeSpan CpuTime { get; init; }

    /// <summary>Gets how long the worker has waited for a processor since it became unresponsive.</summary>
    public required TimeSpan RunDelay { get; init; }

    /// <summary>Gets what these facts suggest.</summary>
    public required UnresponsivenessVerdict Verdict { get; init; }
}

/// <summary>Specifies what an unresponsive worker seems to be doing, seen from outside.</summary>
public enum UnresponsivenessVerdict
{
    /// <summary>The worker computes without releasing the interpreter: C code that holds the GIL.</summary>
    Busy,

    /// <summary>The worker wants to run and gets no processor: the machine is overloaded.</summary>
    Starved,

    /// <summary>The worker waits without releasing the interpreter.</summary>
    Stuck,

    /// <summary>A signal or a debugger has stopped the worker.</summary>
    Stopped,
}
