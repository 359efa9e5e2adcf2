using System.Text.Json.Serialization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench;

/// <summary>A metric's value compared with its bar on the machine of the run.</summary>
internal sealed class BarResult(string name, double value, Bar bar, ReferenceReadings readings)
{
    private const int Decimals = 3;

    public string Name { get; } = name;

    public double Value { get; } = value;

    /// <summary>The bar in the metric's unit.</summary>
    public double Bar { get; } = Math.Round(bar.Limit(name, readings), Decimals);

    /// <summary>The part of the bar that is the same on every machine, if the bar has another part too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Clock { get; } = bar.Of is null ? 0 : bar.Fixed;

    /// <summary>The part of the bar that is a multiple of a reference.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Times { get; } = bar.Times;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reference { get; } = bar.Of is { } reference ? ReferenceReading.NameOf(reference) : null;

    /// <summary>True when the bar is the least that the metric may be. It is written only then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AtLeast { get; } = bar.IsLeast;

    public bool Held { get; } = bar.Holds(name, value, readings);
}
