using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures how fast the pool sees that a worker has too much memory, how far a worker gets beyond its limit, and whether the pool
/// replaces workers that do not leak. The tools record when they cross a limit, on the same clock as the host.
/// </summary>
internal sealed class MemoryScenario : IScenario
{
    private const double MibPerSecond = 200;
    private const int HardLimitMib = 400;
    private const double AllowedDelaySeconds = 0.25;
    private const double AllowedOvershootPercent = 10;

    public string Name => "memory";

    public string Description =>
        "Workers that leak, step over a limit, spike, share 400 MiB with their zygote or map 512 MiB, under soft and hard limits.";

    public int DefaultSeconds => 90;

    public int QuickSeconds => 27;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("soft_recycles", "workers that crossed the soft limit: slowly in a call, at a step in a call, and from call to call"),
        new(
            "soft_detect_ms_p50",
            "from the crossing, or the end of a long call in which that was, until the worker stops taking calls or its replacement is " +
            "launched, median, ms"),
        Worst(
            "soft_detect_ms_max",
            "the same, the most",
            Bar.AtMost(460)
                .Plus(6, Reference.InterpreterStart)
                .Because("376 ms, of which 250 are between two looks; was 500 ms")),
        new("hard_kills", $"workers killed at {HardLimitMib} MiB that grew by {MibPerSecond} MiB/s"),
        Worst("hard_overshoot_pct", "what they had beyond the limit at the end, the most, % of it",
            Bar.AtMost(Math.Max(AllowedOvershootPercent, 100 * MibPerSecond * AllowedDelaySeconds / HardLimitMib))),
        new("spikes", "times that 300 MiB were taken and freed, over the limit for 100 ms at most"),
        new("longer_spikes", "the same, over the limit for longer, because the machine took its time; a replacement is no mistake then"),
        Worst(
            "false_recycles",
            "workers replaced for their memory that spiked, mapped a shared segment, or read what they share, zygote killed meanwhile",
            Bar.AtMost(0)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using var record = new MemoryRecord();
        TimeSpan third = run.Duration / 3;
        double[] delays = await SoftLimitTrial.MeasureAsync(run.Python.Executable, record, third, cancellation);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture, $"soft limit crossed {delays.Length} times, seen after {delays.Max():0} ms at most"));
        double[] overshoots = await HardLimitTrial.MeasureAsync(
            run.Python.Executable, record, HardLimitMib, MibPerSecond, third, cancellation);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture, $"{overshoots.Length} killed, at most {overshoots.Max():0.0} % beyond"));
        TimeSpan ninth = third / 3;
        (int spikes, int longer, long bySpiking) = await FalseAlarmTrial.SpikeAsync(run.Python.Executable, record, ninth, cancellation);
        long bySharing = await FalseAlarmTrial.ShareAsync(run.Python.Executable, ninth, cancellation);
        long byMapping = await FalseAlarmTrial.MapAsync(run.Python.Executable, record, ninth, cancellation);
        run.Progress.Say(
            $"by mistake {bySpiking} replaced for {spikes} spikes, {bySharing} for a zygote's pages, {byMapping} for a segment");
        return new Dictionary<string, double>
        {
            ["soft_recycles"] = delays.Length,
            ["soft_detect_ms_p50"] = Samples.Median(delays),
            ["soft_detect_ms_max"] = delays.Max(),
            ["hard_kills"] = overshoots.Length,
            ["hard_overshoot_pct"] = overshoots.Max(),
            ["spikes"] = spikes,
            ["longer_spikes"] = longer,
            ["false_recycles"] = bySpiking + bySharing + byMapping,
        };
    }

    private static Metric Worst(string name, string meaning, Bar bar) =>
        new(name, meaning, bar) { Combine = static values => values.Max() };
}
