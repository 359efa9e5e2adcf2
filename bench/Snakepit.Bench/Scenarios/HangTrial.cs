using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>One way to hang, again and again in a pool of its own: when it is found out, what is known then, and whether there is another worker.</summary>
/// <param name="name">For progress.</param>
/// <param name="clock">Within which it is to be found.</param>
/// <param name="begin">Has that worker hang; returns which worker hangs, and since when.</param>
internal sealed class HangTrial(string name, TimeSpan clock, Func<IWorkerPool, EventStream, WorkerSnapshot, Task<(WorkerId Worker, DateTimeOffset Since)>> begin)
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

    /// <summary>Beyond its clock and a grace of a tenth of it, or 50 ms, in % of the clock; below 0 when it was in time.</summary>
    public double LatePctMax => _latePct.Count == 0 ? 0 : _latePct.Max();

    /// <summary>Beyond its clock; below 0 when it was found sooner.</summary>
    public double LateMsMax => _lateMs.Count == 0 ? 0 : _lateMs.Max();

    public async Task RunAsync(IWorkerPool pool, TimeSpan duration, CancellationToken cancellation)
    {
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            await pool.WaitUntilReadyAsync(cancellationToken: cancellation);
            await pool.ExecuteAsync("answer", cancellationToken: cancellation); // a worker that was of no use at all is replaced ever more slowly
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

    /// <summary>When it was ended, and whether another came, in either order.</summary>
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
