using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>What a <see cref="LoadHost"/> measures on one demand.</summary>
/// <param name="P50Us">The median latency of calls one after another, µs.</param>
/// <param name="CallsPerSecondFew">The calls per second with two in flight.</param>
/// <param name="CallsPerSecondMany">The calls per second with 64 in flight.</param>
/// <param name="GcPauseUs">The median pause of a collection of the youngest generation, µs.</param>
/// <param name="FullGcPauseUs">The pause of a full collection, µs.</param>
internal sealed record LoadBlock(
    double P50Us, double CallsPerSecondFew, double CallsPerSecondMany, double GcPauseUs, double FullGcPauseUs)
{
    public static LoadBlock Parse(string line) =>
        line.Split().Select(static number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray() is
            [var p50, var few, var many, var gcPause, var fullGcPause]
            ? new LoadBlock(p50, few, many, gcPause, fullGcPause)
            : throw new FormatException($"'{line}' is no block.");

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{P50Us} {CallsPerSecondFew} {CallsPerSecondMany} {GcPauseUs} {FullGcPauseUs}");
}
