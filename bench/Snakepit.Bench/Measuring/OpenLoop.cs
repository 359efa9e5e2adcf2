using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>The result of a load: the latencies of the calls that succeeded, in timestamp units.</summary>
internal sealed record LoadResult(long[] Latencies, int Failed, string? FirstFailure)
{
    public int Calls => Latencies.Length + Failed;
}

/// <summary>
/// Makes calls at a fixed rate that does not depend on the answers. Latency counts from the moment a call was due: a call that was sent
/// late because the system was busy has waited, and hiding that would flatter the system (coordinated omission).
/// </summary>
internal sealed class OpenLoop(Func<ValueTask> call, double callsPerSecond)
{
    private readonly long _period = (long)(Stopwatch.Frequency / callsPerSecond);

    public Task<LoadResult> RunAsync(TimeSpan duration)
    {
        var load = new Load(call, Math.Max(1, (int)(duration.TotalSeconds * callsPerSecond)));
        new Thread(() => load.Send(_period)) { IsBackground = true, Name = "Open loop" }.Start();
        return load.Done;
    }

    private sealed class Load(Func<ValueTask> call, int count)
    {
        private readonly long[] _latencies = new long[count]; // 0 for a failed call
        private readonly TaskCompletionSource<LoadResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _pending = count;
        private string? _firstFailure;

        public Task<LoadResult> Done => _done.Task;

        public void Send(long period)
        {
            long begin = Stopwatch.GetTimestamp() + period;
            for (int i = 0; i < _latencies.Length; i++)
            {
                long due = begin + (i * period);
                Clock.SleepUntil(due);
                _ = CallAsync(i, due);
            }
        }

        private async Task CallAsync(int index, long due)
        {
            try
            {
                await call();
                _latencies[index] = Stopwatch.GetTimestamp() - due;
            }
            catch (Exception e)
            {
                _firstFailure ??= e.Message;
            }
            if (Interlocked.Decrement(ref _pending) == 0)
            {
                long[] succeeded = Array.FindAll(_latencies, static latency => latency != 0);
                _done.SetResult(new LoadResult(succeeded, _latencies.Length - succeeded.Length, _firstFailure));
            }
        }
    }
}
