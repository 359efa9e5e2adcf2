namespace Snakepit.Bench.Measuring;

/// <summary>A measured number. Its name never changes. Most metrics have no bar.</summary>
internal sealed record Metric(string Name, string Meaning, Bar? Bar = null)
{
    private static readonly Func<double[], double> s_median = Samples.Median;

    /// <summary>Combines several measurements into one value: the median, unless a single bad value must not be hidden.</summary>
    public Func<double[], double> Combine { get; init; } = s_median;

    /// <summary>
    /// True when the value is that of most measurements. The extreme of a short run says little about another run, so that only its bar is
    /// checked.
    /// </summary>
    public bool IsTypical => Combine == s_median;

    /// <summary>
    /// The reference of which the metric is shown as a multiple; null to show it alone. The default is that of the bar, or one that fits
    /// the size of the time.
    /// </summary>
    public Reference? Against { get; init; } = Bar?.Of ?? Default(Name);

    /// <summary>True when the metric measures the machine or another program for comparison, and so cannot become worse.</summary>
    public bool IsControl { get; init; }

    /// <summary>True when some machines cannot measure it. The scenario leaves it out there, and says why.</summary>
    public bool MayBeMissing { get; init; }

    /// <summary>Returns the value as a multiple of the reference, or null without a reference.</summary>
    public double? Ratio(double value, ReferenceReadings readings) =>
        Against is { } reference && TimeUnit.OfMetric(Name) is { } unit
            ? unit.ToNanoseconds(value) / readings.Nanoseconds(reference)
            : null;

    private static Reference? Default(string name) => TimeUnit.OfMetric(name) switch
    {
        { IsRate: true } or null => null,
        { Nanoseconds: >= 1e6 } => Reference.InterpreterStart,
        { Nanoseconds: >= 1e3 } => Reference.PythonLoop,
        _ => Reference.DictionaryPair,
    };
}
