namespace Snakepit.Bench.Measuring;

/// <summary>
/// The most or the least that a metric may be. A count, a share or a ratio has a fixed bar: <c>Bar.AtMost(0)</c>. The time of code has a
/// multiple of a reference, which is the time of fixed work in the same language, process or machine:
/// <c>Bar.AtMost(4, Reference.DictionaryPair)</c>. A detection has its clock and a slack:
/// <c>Bar.AtMost(500).Plus(5, Reference.InterpreterStart)</c>. A rate has the least number that must fit into a time:
/// <c>Bar.AtLeastOneIn(100, Reference.PythonLoop)</c>.
/// </summary>
/// <param name="Fixed">The fixed part, in the metric's unit.</param>
/// <param name="Times">The multiple of the reference.</param>
/// <param name="Of">The reference.</param>
/// <param name="IsLeast">True when the bar is the least that the metric may be, false when it is the most.</param>
internal sealed record Bar(double Fixed, double Times, Reference? Of, bool IsLeast)
{
    /// <summary>The origin of the number. A bar in references must have one; docs/performance.md shows all of them.</summary>
    public string? Reason { get; private init; }

    /// <summary>True when the bar applies to full runs only, because a quick run is too short for the metric.</summary>
    public bool IsForFullRuns { get; private init; }

    public static Bar AtMost(double value) => new(value, 0, null, IsLeast: false);

    public static Bar AtLeast(double value) => new(value, 0, null, IsLeast: true);

    /// <summary>Creates a bar at a multiple of a reference. The name of the metric must contain its unit.</summary>
    public static Bar AtMost(double times, Reference of) => new(0, times, of, IsLeast: false);

    /// <summary>Creates a bar for a rate: at least one in a multiple of a reference.</summary>
    public static Bar AtLeastOneIn(double times, Reference of) => new(0, times, of, IsLeast: true);

    /// <summary>Adds to a bar that is a clock a slack for the time that the machine takes.</summary>
    public Bar Plus(double times, Reference of) => this with { Times = times, Of = of };

    /// <summary>Exempts quick runs from the bar.</summary>
    public Bar InFullRuns() => this with { IsForFullRuns = true };

    /// <summary>Adds the origin of the bar: the measured value, and the former bar in units.</summary>
    public Bar Because(string reason) => this with { Reason = reason };

    /// <summary>Returns the bar in the metric's unit on the machine of the readings.</summary>
    public double Limit(string metric, ReferenceReadings readings)
    {
        if (Of is not { } reference)
        {
            return Fixed;
        }
        TimeUnit unit = TimeUnit.OfMetric(metric)
            ?? throw new ArgumentException(
                $"{metric} has no unit of time in its name, so it has no bar in references.", nameof(metric));
        return Fixed + unit.FromNanoseconds(Times * readings.Nanoseconds(reference));
    }

    public bool Holds(string metric, double measured, ReferenceReadings readings) =>
        IsLeast ? measured >= Limit(metric, readings) : measured <= Limit(metric, readings);
}
