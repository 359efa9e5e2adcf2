namespace Snakepit.Bench.Measuring;

/// <summary>What a metric is held to: the most it may be, or the least.</summary>
internal readonly record struct Bar(double Value, bool IsLeast)
{
    public static Bar AtMost(double value) => new(value, IsLeast: false);

    public static Bar AtLeast(double value) => new(value, IsLeast: true);

    public bool Holds(double measured) => IsLeast ? measured >= Value : measured <= Value;
}
