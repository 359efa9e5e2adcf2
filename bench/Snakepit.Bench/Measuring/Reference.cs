namespace Snakepit.Bench.Measuring;

/// <summary>
/// A time that is measured beside every scenario, so that other times can be stated as multiples of it on the same machine at the same
/// moment.
/// </summary>
internal enum Reference
{
    /// <summary>Adding a key to a C# dictionary and removing another, for the cost of code in the host.</summary>
    DictionaryPair,

    /// <summary>One turn of a loop in Python, for the cost of code in a worker.</summary>
    PythonLoop,

    /// <summary>An interpreter that starts, does nothing and ends, for the cost of processes.</summary>
    InterpreterStart,

    /// <summary>The median time from a write to a pipe until the thread in its read runs, for the cost of handing work over.</summary>
    WakeUp,

    /// <summary>The 99th percentile of the same, for the cost of other processes on the machine.</summary>
    LateWakeUp,
}
