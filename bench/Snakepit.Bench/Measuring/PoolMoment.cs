using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>What matters of a pool at one moment for when it has its workers back.</summary>
/// <param name="At">When.</param>
/// <param name="State">The pool's state.</param>
/// <param name="Ready">Workers that take calls.</param>
/// <param name="QueueLength">Calls that wait.</param>
/// <param name="Starting">Processes of workers that are not ready.</param>
/// <param name="Missing">Workers of which there is not even a process.</param>
/// <param name="Pause">The cause that holds up the next start; null: none does.</param>
/// <param name="Rows">All causes on record, with their failures.</param>
internal sealed record PoolMoment(DateTimeOffset At, PoolState State, int Ready, int QueueLength, IReadOnlyList<int> Starting, int Missing, string? Pause, string Rows)
{
    public static PoolMoment Of(PoolSnapshot pool)
    {
        int[] starting = [.. pool.Workers.Where(static worker => worker.State is WorkerState.Launching or WorkerState.Booting).Select(static worker => worker.Pid)];
        return new PoolMoment(
            TimeProvider.System.GetUtcNow(), pool.State, pool.Ready, pool.QueueLength, starting, Math.Max(0, pool.Size - pool.Ready - starting.Length),
            pool.Restarts.Where(static row => row.NextIn > TimeSpan.Zero).MaxBy(static row => row.NextIn)?.Cause,
            string.Join("; ", pool.Restarts.Select(static row => string.Create(CultureInfo.InvariantCulture, $"{row.Cause} x{row.Failures}{(row.NextIn > TimeSpan.Zero ? ", pause" : "")}"))));
    }

    public override string ToString() => $"{State}, {Ready} ready, starting [{string.Join(", ", Starting)}], {(QueueLength == 0 ? "no calls wait" : "calls wait")}; {(Rows.Length == 0 ? "no failures" : Rows)}";
}
