namespace Snakepit.Bench.Measuring;

/// <summary>
/// What a metric is held to, the most it may be or the least. A count, a share or a ratio has a fixed bar: <c>Bar.AtMost(0)</c>. A time of code has a multiple of
/// what the same code's language, process or machine takes for something fixed: <c>Bar.AtMost(4, Reference.DictionaryPair)</c>. A detection has its clock and a slack:
/// <c>Bar.AtMost(500).Plus(5, Reference.InterpreterStart)</c>. And a rate as many as fit: <c>Bar.AtLeastOneIn(100, Reference.PythonLoop)</c>.
/// </summary>
/// <param name="Fixed">In the metric's unit.</param>
/// <param name="Times">So many of the reference beside it.</param>
/// <param name="Of">The reference.</param>
/// <param name="IsLeast">The least, not the most.</param>
internal sealed record Bar(double Fixed, double Times, Reference? Of, bool IsLeast)
{
    /// <summary>Where the number comes from. Bars in references must say so; docs/performance.md has all of them.</summary>
    public string? Reason { get; private init; }

    /// <summary>Only a full run is held to it: a quick one is too short for what it says.</summary>
    public bool IsForFullRuns { get; private init; }

    public static Bar AtMost(double value) => new(value, 0, null, IsLeast: false);

    public static Bar AtLeast(double value) => new(value, 0, null, IsLeast: true);

    /// <summary>At most so many of a reference; the metric's name must say its unit.</summary>
    public static Bar AtMost(double times, Reference of) => new(0, times, of, IsLeast: false);

    /// <summary>For a rate: at least one in so many of a reference.</summary>
    public static Bar AtLeastOneIn(double times, Reference of) => new(0, times, of, IsLeast: true);

    /// <summary>A bar that is a clock, with a slack for what the machine takes.</summary>
    public Bar Plus(double times, Reference of) => this with { Times = times, Of = of };

    /// <summary>The same bar, which quick runs are not held to.</summary>
    public Bar InFullRuns() => this with { IsForFullRuns = true };

    /// <summary>The same bar with where it comes from: what was measured, and what the bar was in units.</summary>
    public Bar Because(string reason) => this with { Reason = reason };

    /// <summary>The bar in the metric's unit on the machine of those readings.</summary>
    public double Limit(string metric, ReferenceReadings readings)
    {
        if (Of is not { } reference)
        {
            return Fixed;
        }
        TimeUnit unit = TimeUnit.OfMetric(metric) ?? throw new ArgumentException($"{metric} has no unit of time in its name, so it has no bar in references.", nameof(metric));
        return Fixed + unit.FromNanoseconds(Times * readings.Nanoseconds(reference));
    }

    public bool Holds(string metric, double measured, ReferenceReadings readings) =>
        IsLeast ? measured >= Limit(metric, readings) : measured <= Limit(metric, readings);
}
