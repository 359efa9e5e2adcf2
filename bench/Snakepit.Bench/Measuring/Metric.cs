namespace Snakepit.Bench.Measuring;

/// <summary>A number with a name that never changes. Most metrics have no bar.</summary>
internal sealed record Metric(string Name, string Meaning, Bar? Bar = null)
{
    private static readonly Func<double[], double> s_median = Samples.Median;

    /// <summary>One value from several measurements: the median, unless a single bad one must not be hidden.</summary>
    public Func<double[], double> Combine { get; init; } = s_median;

    /// <summary>Its value is that of most measurements. An extreme of a short run says little about another one: its bar is all that it is held to.</summary>
    public bool IsTypical => Combine == s_median;

    /// <summary>The reference that the metric is shown as a multiple of; null: it is shown alone. Unless told, the bar's, or what fits a time of that size.</summary>
    public Reference? Against { get; init; } = Bar?.Of ?? Default(Name);

    /// <summary>It measures the machine or another program, for comparison: it cannot become worse.</summary>
    public bool IsControl { get; init; }

    /// <summary>The value in references; null when it has none.</summary>
    public double? Ratio(double value, ReferenceReadings readings) =>
        Against is { } reference && TimeUnit.OfMetric(Name) is { } unit ? unit.ToNanoseconds(value) / readings.Nanoseconds(reference) : null;

    private static Reference? Default(string name) => TimeUnit.OfMetric(name) switch
    {
        { IsRate: true } or null => null,
        { Nanoseconds: >= 1e6 } => Reference.InterpreterStart,
        { Nanoseconds: >= 1e3 } => Reference.PythonLoop,
        _ => Reference.DictionaryPair,
    };
}
