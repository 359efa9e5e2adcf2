using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Snakepit.Bench.Measuring;

/// <summary>The private memory of all processes of a pool over time.</summary>
internal sealed class MemoryCurve
{
    private readonly StringBuilder _points = new();

    /// <summary>The maximum in MiB.</summary>
    public double Peak { get; private set; }

    public Curve Named(string name) => new(name, _points.ToString());

    /// <summary>Takes the given number of samples at equal intervals, until a task has ended.</summary>
    public async Task FollowAsync(Task until, TimeSpan duration, int samples, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(duration / samples);
        do
        {
            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            double mib = ProcessFacts.Descendants().Sum(ProcessFacts.PrivateKib) / 1024.0;
            Peak = Math.Max(Peak, mib);
            _points.Append(_points.Length == 0 ? "" : " ").Append(CultureInfo.InvariantCulture, $"{seconds:0.##},{mib:0.#}");
        }
        while (await timer.WaitForNextTickAsync(cancellation) && !until.IsCompleted);
    }
}
