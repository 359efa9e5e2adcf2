using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Streams, calls of sessions and nested calls, which make a third of a mixed load.</summary>
internal sealed class LivingCalls : IDisposable
{
    private const int LivingInSo = 3;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);
    private readonly FateLedger _ledger;
    private readonly NestedCalls _nested;
    private StreamCalls? _streams;
    private SessionCalls? _sessions;
    private int _turn;

    public LivingCalls(FateLedger ledger)
    {
        _ledger = ledger;
        _nested = new NestedCalls(ledger);
    }

    public FateLedger Ledger => _ledger;

    /// <summary>The metrics with which a mixed storm counts its calls.</summary>
    public static IReadOnlyList<Metric> Metrics { get; } =
    [
        new("streams", "streams, of numbered items"),
        new("stream_items", "items of them"),
        new("hint_calls", "calls of sessions with Hint"),
        new("strict_calls", "calls of strict sessions"),
        new("sessions", "sessions that were ended"),
        new("sessions_lost", "calls of strict sessions that were lost with their worker"),
        new("nested_calls", "calls that made the host call another"),
        new("living_lost_with_worker", "streams, calls of sessions and nested calls that failed with their worker"),
    ];

    public void Configure(PoolOptions pool) => _nested.Configure(pool);

    /// <param name="pool">The pool.</param>
    /// <param name="runTogether">Whether the calls of a session may run at the same time.</param>
    public void Use(IWorkerPool pool, bool runTogether = false)
    {
        _nested.Use(pool);
        _streams = new StreamCalls(pool, _ledger);
        _sessions = new SessionCalls(pool, _ledger, runTogether);
    }

    /// <summary>Makes every third call of a load one of these. The others stay as they are.</summary>
    public Func<ValueTask> MixedWith(Func<ValueTask> call) => () =>
    {
        int turn = Interlocked.Increment(ref _turn);
        return turn % LivingInSo == 0 ? new ValueTask(CallAsync(turn / LivingInSo)) : call();
    };

    /// <summary>Waits until every call has an outcome: what the host calls for a worker may end after it.</summary>
    public async Task SettleAsync(TimeSpan atMost)
    {
        long end = Stopwatch.GetTimestamp() + Clock.Units(atMost);
        while (_ledger.WithoutOutcome > 0 && Stopwatch.GetTimestamp() < end)
        {
            await Task.Delay(s_look);
        }
    }

    public Dictionary<string, double> Count() => new()
    {
        ["streams"] = _ledger.CountOf(LivingKind.Stream),
        ["stream_items"] = _streams!.Items,
        ["hint_calls"] = _ledger.CountOf(LivingKind.Hint),
        ["strict_calls"] = _ledger.CountOf(LivingKind.Strict),
        ["sessions"] = _sessions!.Ended,
        ["sessions_lost"] = _sessions.Lost,
        ["nested_calls"] = _ledger.CountOf(LivingKind.Nested),
        ["living_lost_with_worker"] = _ledger.WithWorkers,
    };

    public void Dispose() => _nested.Dispose();

    private Task CallAsync(int turn) => (turn % 6) switch
    {
        0 or 3 => _streams!.CallAsync(),
        1 => _sessions!.CallAsync(SessionAffinity.Hint),
        4 => _sessions!.CallAsync(SessionAffinity.StrictQueue),
        _ => _nested.CallAsync(),
    };
}
