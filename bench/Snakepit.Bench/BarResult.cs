using System.Text.Json.Serialization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench;

/// <summary>A metric's value held against its bar on that machine.</summary>
internal sealed class BarResult(string name, double value, Bar bar, ReferenceReadings readings)
{
    private const int Decimals = 3;

    public string Name { get; } = name;

    public double Value { get; } = value;

    /// <summary>In the metric's unit.</summary>
    public double Bar { get; } = Math.Round(bar.Limit(name, readings), Decimals);

    /// <summary>The part of the bar that is the same on every machine, where another part is not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Clock { get; } = bar.Of is null ? 0 : bar.Fixed;

    /// <summary>The part of the bar that is so many references.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Times { get; } = bar.Times;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reference { get; } = bar.Of is { } reference ? ReferenceReading.NameOf(reference) : null;

    /// <summary>Told only where it is so: a bar is the most a metric may be unless it says otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AtLeast { get; } = bar.IsLeast;

    public bool Held { get; } = bar.Holds(name, value, readings);
}
