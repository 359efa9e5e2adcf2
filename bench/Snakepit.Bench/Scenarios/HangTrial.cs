using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Repeats one way to hang in a pool of its own, and records when the pool finds the hang, what it knows then, and whether it replaces the
/// worker.
/// </summary>
/// <param name="name">The name for progress.</param>
/// <param name="clock">The time within which the pool should find the hang.</param>
/// <param name="begin">Lets a worker hang. Returns the worker that hangs and the time since when it does.</param>
internal sealed class HangTrial(
    string name,
    TimeSpan clock,
    Func<IWorkerPool, EventStream, WorkerSnapshot, Task<(WorkerId Worker, DateTimeOffset Since)>> begin)
{
    private const double GraceShare = 0.1;
    private const double GraceMs = 50;
    private readonly List<double> _latePct = [];
    private readonly List<double> _lateMs = [];

    public string Name => name;

    public int Hangs { get; private set; }

    public int Undetected { get; private set; }

    public int WithStacks { get; private set; }

    public int Replaced { get; private set; }

    /// <summary>The maximum delay after the clock and a grace of a tenth of it, or 50 ms, in % of the clock; below 0 if in time.</summary>
    public double LatePctMax => _latePct.Count == 0 ? 0 : _latePct.Max();

    /// <summary>The maximum delay after the clock in ms; below 0 when the hang was found sooner.</summary>
    public double LateMsMax => _lateMs.Count == 0 ? 0 : _lateMs.Max();

    public async Task RunAsync(IWorkerPool pool, TimeSpan duration, CancellationToken cancellation)
    {
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            await pool.WaitUntilReadyAsync(cancellationToken: cancellation);
            await pool.ExecuteAsync("answer", cancellationToken: cancellation); // the pool slows down for workers that never answered
            await using var events = new EventStream(pool, 5 * clock, cancellation);
            WorkerSnapshot victim = pool.GetSnapshot().Workers.Single(static worker => worker.State == WorkerState.Serving);
            (WorkerId hanging, DateTimeOffset since) = await begin(pool, events, victim);
            Hangs++;
            (DateTimeOffset? found, bool replaced) = await FollowAsync(events, hanging);
            Replaced += replaced ? 1 : 0;
            if (found is not { } at)
            {
                Undetected++;
                continue;
            }
            double graceMs = Math.Max(clock.TotalMilliseconds * GraceShare, GraceMs);
            _lateMs.Add((at - since - clock).TotalMilliseconds);
            _latePct.Add(((at - since - clock).TotalMilliseconds - graceMs) / clock.TotalMilliseconds * 100);
            WithStacks += pool.GetSnapshot().LastDeaths.Any(death => death.Worker == hanging && death.Stacks is not null) ? 1 : 0;
        }
    }

    /// <summary>Returns when the worker was ended and whether it was replaced, which may happen in either order.</summary>
    private static async Task<(DateTimeOffset? Found, bool Replaced)> FollowAsync(EventStream events, WorkerId hanging)
    {
        DateTimeOffset? found = null;
        bool replaced = false;
        while (found is null || !replaced)
        {
            switch (await events.NextAsync<LifecycleEvent>(static _ => true))
            {
                case null:
                    return (found, replaced);
                case WorkerCrashedEvent crashed when crashed.Worker == hanging:
                    found = crashed.At;
                    break;
                case WorkerRecycledEvent recycled when recycled.Worker == hanging:
                    found = recycled.At;
                    break;
                case WorkerReadyEvent ready when ready.Worker.Generation > hanging.Generation:
                    replaced = true;
                    break;
            }
        }
        return (found, replaced);
    }
}
