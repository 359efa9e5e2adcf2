using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>One measurement of the references. The names are a contract, because saved results contain them.</summary>
/// <param name="DictionaryPairNs">One addition to a dictionary and one removal, ns.</param>
/// <param name="PythonLoopNs">One turn of a Python loop, ns.</param>
/// <param name="InterpreterStartMs">One interpreter from its start to its end, ms.</param>
/// <param name="WakeUpUs">The time until a sleeping thread runs, median, µs.</param>
/// <param name="LateWakeUpUs">The same, 99th percentile, µs.</param>
internal sealed record ReferenceReading(
    double DictionaryPairNs,
    double PythonLoopNs,
    double InterpreterStartMs,
    double WakeUpUs,
    double LateWakeUpUs)
{
    private const double NanosecondsPerMicrosecond = 1e3;
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>Returns the name of a reference in saved results, which is that of its value.</summary>
    public static string NameOf(Reference reference) => reference switch
    {
        Reference.DictionaryPair => "dictionary_pair_ns",
        Reference.PythonLoop => "python_loop_ns",
        Reference.InterpreterStart => "interpreter_start_ms",
        Reference.WakeUp => "wake_up_us",
        Reference.LateWakeUp => "late_wake_up_us",
        _ => throw new ArgumentOutOfRangeException(nameof(reference)),
    };

    /// <summary>Describes all references for people.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"dictionary pair {DictionaryPairNs:0.0} ns, Python loop {PythonLoopNs:0.0} ns, interpreter start {InterpreterStartMs:0.0} ms, " +
        $"wake-up {WakeUpUs:0.0} µs (p99 {LateWakeUpUs:0} µs)");

    /// <summary>Returns a reference in ns.</summary>
    public double Nanoseconds(Reference reference) => reference switch
    {
        Reference.DictionaryPair => DictionaryPairNs,
        Reference.PythonLoop => PythonLoopNs,
        Reference.InterpreterStart => InterpreterStartMs * NanosecondsPerMillisecond,
        Reference.WakeUp => WakeUpUs * NanosecondsPerMicrosecond,
        Reference.LateWakeUp => LateWakeUpUs * NanosecondsPerMicrosecond,
        _ => throw new ArgumentOutOfRangeException(nameof(reference)),
    };
}

/// <summary>The references before and after a measurement, which show whether the machine has changed meanwhile.</summary>
internal sealed record ReferenceReadings(ReferenceReading Before, ReferenceReading After)
{
    // The references of code differ by 5 % at most on an unchanged machine. Wake-ups depend on the scheduler and differ by more.
    private const double DriftOfTheCode = 1.2;
    private static readonly Reference[] s_code = [Reference.DictionaryPair, Reference.PythonLoop];

    /// <summary>Returns the mean of both readings in ns, in which bars and ratios are expressed.</summary>
    public double Nanoseconds(Reference reference) => (Before.Nanoseconds(reference) + After.Nanoseconds(reference)) / 2;

    /// <summary>True when the readings of code differ so much that the times between them mean little.</summary>
    public bool HasDrifted() =>
        s_code.Any(reference => Ratio(Before.Nanoseconds(reference), After.Nanoseconds(reference)) > DriftOfTheCode);

    private static double Ratio(double x, double y) => Math.Max(x, y) / Math.Min(x, y);
}
