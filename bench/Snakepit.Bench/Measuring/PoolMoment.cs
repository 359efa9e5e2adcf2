using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>The state of a pool at one moment, as far as it matters for the return of its workers.</summary>
/// <param name="At">The time.</param>
/// <param name="State">The pool's state.</param>
/// <param name="Ready">The number of workers that take calls.</param>
/// <param name="QueueLength">The number of waiting calls.</param>
/// <param name="Starting">The processes of workers that are not ready.</param>
/// <param name="Missing">The number of workers without a process.</param>
/// <param name="Pause">The cause that delays the next start, or null.</param>
/// <param name="Rows">All recorded causes with their failures.</param>
internal sealed record PoolMoment(
    DateTimeOffset At,
    PoolState State,
    int Ready,
    int QueueLength,
    IReadOnlyList<int> Starting,
    int Missing,
    string? Pause,
    string Rows)
{
    public static PoolMoment Of(PoolSnapshot pool)
    {
        int[] starting =
        [
            .. pool.Workers
                .Where(static worker => worker.State is WorkerState.Launching or WorkerState.Booting)
                .Select(static worker => worker.Pid),
        ];
        return new PoolMoment(
            TimeProvider.System.GetUtcNow(),
            pool.State,
            pool.Ready,
            pool.QueueLength,
            starting,
            Math.Max(0, pool.Size - pool.Ready - starting.Length),
            pool.Restarts.Where(static row => row.NextIn > TimeSpan.Zero).MaxBy(static row => row.NextIn)?.Cause,
            string.Join("; ", pool.Restarts.Select(Describe)));
    }

    public override string ToString() =>
        $"{State}, {Ready} ready, starting [{string.Join(", ", Starting)}], " +
        $"{(QueueLength == 0 ? "no calls wait" : "calls wait")}; {(Rows.Length == 0 ? "no failures" : Rows)}";

    private static string Describe(RestartSnapshot row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Cause} x{row.Failures}{(row.NextIn > TimeSpan.Zero ? ", pause" : "")}");
}
