namespace Snakepit.Bench.Measuring;

/// <summary>What is measured beside every scenario, so that a time can be stated as a multiple of something the same machine did at the same moment.</summary>
internal enum Reference
{
    /// <summary>Adding a key to a dictionary of C# and removing another: what code of the host costs.</summary>
    DictionaryPair,

    /// <summary>One turn of a loop in Python: what code of a worker costs.</summary>
    PythonLoop,

    /// <summary>An interpreter that starts, does nothing and ends: what processes cost.</summary>
    InterpreterStart,

    /// <summary>From a write to a pipe until the thread that slept in its read runs, in the median: what handing work over costs.</summary>
    WakeUp,

    /// <summary>The same, the 99th percentile: what other processes on the machine cost.</summary>
    LateWakeUp,
}
