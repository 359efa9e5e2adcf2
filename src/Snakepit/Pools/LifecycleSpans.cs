using System.Diagnostics;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>
/// Records the spans of workers: their starts, and their replacements with links to the calls that waited meanwhile. Does nothing while
/// spans have no listener. Listeners are called on the thread of <paramref name="later"/>. Thread-safe.
/// </summary>
internal sealed class LifecycleSpans(string pool, TimeProvider time, RecordQueue later)
{
    private const int KeptCalls = 256;
    private const int MostLinks = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, SlotTimes> _slots = [];
    private WaitedCall[]? _waited; // a ring; null before the first call that waited
    private int _next;

    /// <summary>A call with a span has got a worker for which it had to wait.</summary>
    public void Dequeued(UnaryCall call)
    {
        if (!SnakepitTracing.HasListeners || call.Request.Span is not { IdFormat: ActivityIdFormat.W3C } span)
        {
            return;
        }
        lock (_gate)
        {
            _waited ??= new WaitedCall[KeptCalls];
            _waited[_next] = new WaitedCall(span.Context, call.DequeuedAt);
            _next = (_next + 1) % KeptCalls;
        }
    }

    /// <summary>Records how long a call waited, on its caller's thread.</summary>
    public void EndedWait(UnaryCall call)
    {
        if (SnakepitTracing.HasListeners && call.Request.Span is { IdFormat: ActivityIdFormat.W3C } span)
        {
            SnakepitTracing.Record(new EndedSpan(
                TelemetryNames.QueueWaitActivity, UtcOf(call.Request.SubmittedAt), UtcOf(call.DequeuedAt), span.Context)
            {
                Attributes = [new(TelemetryNames.PoolAttribute, pool)],
            });
        }
    }

    /// <summary>A worker was launched.</summary>
    public void Started(int slot) => Note(slot, static (times, now) => times.StartedAt = now);

    /// <summary>A worker takes no more calls.</summary>
    public void Draining(int slot) => Note(slot, static (times, now) => times.DrainingAt = now);

    /// <summary>A worker is ready. If the worker before it has ended, the replacement is over.</summary>
    /// <param name="slot">The worker's slot.</param>
    /// <param name="took">The time since its launch.</param>
    public void Ready(int slot, TimeSpan took)
    {
        RecordStart(slot, took, null);
        (RecycleReason Reason, long Begin)? replaced = null;
        lock (_gate)
        {
            if (_slots.TryGetValue(slot, out SlotTimes? times))
            {
                (replaced, times.Replaced) = (times.Replaced, null);
            }
        }
        if (replaced is var (reason, begin))
        {
            RecordRecycle(slot, reason, begin);
        }
    }

    public void StartFailed(int slot, TimeSpan took, Exception failure) => RecordStart(slot, took, failure);

    /// <summary>A worker has ended that was to be replaced, or has died.</summary>
    /// <param name="slot">The worker's slot.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="hasReplacement">Whether another worker has taken over. If not, the replacement lasts until one is ready.</param>
    public void Ended(int slot, RecycleReason reason, bool hasReplacement)
    {
        if (!SnakepitTracing.HasListeners)
        {
            return;
        }
        long now = time.GetTimestamp();
        long begin;
        lock (_gate)
        {
            SlotTimes times = Of_NeedsLock(slot);
            long draining = times.DrainingAt == 0 ? now : times.DrainingAt;
            begin = hasReplacement && times.StartedAt != 0 ? Math.Min(times.StartedAt, draining) : draining;
            times.DrainingAt = 0;
            if (!hasReplacement && reason is not (RecycleReason.Idle or RecycleReason.Resized))
            {
                times.Replaced = (reason, begin);
                return;
            }
        }
        RecordRecycle(slot, reason, begin);
    }

    private void Note(int slot, Action<SlotTimes, long> note)
    {
        if (SnakepitTracing.HasListeners)
        {
            lock (_gate)
            {
                note(Of_NeedsLock(slot), time.GetTimestamp());
            }
        }
    }

    private SlotTimes Of_NeedsLock(int slot) =>
        _slots.TryGetValue(slot, out SlotTimes? times) ? times : _slots[slot] = new SlotTimes();

    private void RecordStart(int slot, TimeSpan took, Exception? failure)
    {
        if (SnakepitTracing.HasListeners)
        {
            DateTimeOffset now = time.GetUtcNow();
            later.Add(new LaterSpan(new EndedSpan(TelemetryNames.WorkerStartActivity, now - took, now)
            {
                Attributes = [new(TelemetryNames.PoolAttribute, pool), new(TelemetryNames.SlotAttribute, slot)],
                ErrorType = failure?.GetType().FullName,
                Problem = failure?.Message,
            }));
        }
    }

    private void RecordRecycle(int slot, RecycleReason reason, long begin)
    {
        if (SnakepitTracing.HasListeners)
        {
            later.Add(new LaterSpan(new EndedSpan(TelemetryNames.WorkerRecycleActivity, UtcOf(begin), time.GetUtcNow())
            {
                Attributes =
                [
                    new(TelemetryNames.PoolAttribute, pool), new(TelemetryNames.SlotAttribute, slot),
                    new(TelemetryNames.ReasonAttribute, TelemetryNames.Of(reason)),
                ],
                Links = FindWaited(begin),
            }));
        }
    }

    /// <summary>Returns the calls that have waited at any time since then, the last ones first.</summary>
    private ActivityContext[] FindWaited(long since)
    {
        lock (_gate)
        {
            WaitedCall[] waited = _waited ?? [];
            return
            [
                .. Enumerable.Range(1, waited.Length).Select(back => waited[(_next - back + KeptCalls) % KeptCalls])
                    .Where(call => call.Until != 0 && call.Until >= since).Take(MostLinks).Select(static call => call.Span),
            ];
        }
    }

    private DateTimeOffset UtcOf(long timestamp) => time.GetUtcNow() - time.GetElapsedTime(timestamp);

    /// <summary>A call that had to wait for a worker.</summary>
    private readonly record struct WaitedCall(ActivityContext Span, long Until);

    /// <summary>The last times of a slot's workers; 0 for never.</summary>
    private sealed class SlotTimes
    {
        public long StartedAt { get; set; }

        public long DrainingAt { get; set; }

        /// <summary>The reason and the begin of a replacement whose old worker has ended.</summary>
        public (RecycleReason Reason, long Begin)? Replaced { get; set; }
    }
}
