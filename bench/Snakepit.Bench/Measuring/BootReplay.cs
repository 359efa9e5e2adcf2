using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// Another host on the same machine with an idle pool like the storm's. It starts and ends workers on demand, several at once: the same
/// forks or boots as in the measured pool, at the same moments, and nothing else in common with it.
/// </summary>
internal sealed class BootReplay : IDisposable
{
    public const string Command = "boot-replay";
    private readonly ReadyProcess _process;

    private BootReplay(ReadyProcess process) => _process = process;

    public static async Task<BootReplay> StartAsync(string python) =>
        new(await ReadyProcess.StartAsync(Command, "--python", python));

    /// <summary>Launches workers at the given times from now, and returns the number of workers that became ready.</summary>
    public async Task<int> RunAsync(IReadOnlyList<TimeSpan> launches, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        foreach (TimeSpan due in launches)
        {
            TimeSpan wait = due - Stopwatch.GetElapsedTime(begin);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, cancellation);
            }
            await _process.RequestAsync();
        }
        for (int i = 0; i < launches.Count; i++)
        {
            await _process.AwaitReadyAsync();
        }
        return launches.Count;
    }

    public void Dispose() => _process.Dispose();

    /// <summary>Runs the other host: one replacement per line of input, and a line of output when the replacement is ready.</summary>
    public static async Task ServeAsync(string python)
    {
        using var storm = new StormPool(BenchFiles.StormTools);
        await using BenchPool pool = await storm.StartAsync(python, null, CancellationToken.None);
        ReadyProcess.SayReady();
        using var slots = new SemaphoreSlim(StormPool.Workers);
        for (int i = 0; Console.ReadLine() is not null; i++)
        {
            await slots.WaitAsync(); // two simultaneous requests for a slot would replace it only once
            _ = ReplaceAsync(pool.Workers, i % StormPool.Workers, slots);
        }
    }

    private static async Task ReplaceAsync(IWorkerPool pool, int slot, SemaphoreSlim slots)
    {
        bool isReplaced = (await pool.RecycleAsync(slot)).AllReplaced;
        slots.Release();
        if (isReplaced)
        {
            ReadyProcess.SayReady();
        }
        else
        {
            Console.WriteLine("kept");
        }
    }
}
