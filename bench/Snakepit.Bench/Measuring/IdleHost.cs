using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>A host in a process of its own, whose pool nobody calls.</summary>
internal sealed class IdleHost : IDisposable
{
    public const string Command = "idle-host";

    /// <summary>The command for forked workers.</summary>
    public const string ForkedCommand = "idle-forked-host";

    private const int MostBeside = 4; // the host, the launcher, its guard and the zygote
    private const int LeastBeside = 2;
    private const int WarmUpWorkers = 8;

    // What a pool does with signs of life is compiled before the measurement, by a pool that asks for them often.
    private static readonly TimeSpan s_warmUpPing = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(2);

    // Code that runs every few seconds is otherwise compiled three times, a millisecond each. No idle pool costs that for long.
    private static readonly Dictionary<string, string> s_compileOnce = new() { ["DOTNET_TieredCompilation"] = "0" };

    private readonly ReadyProcess _process;

    private IdleHost(ReadyProcess process) => _process = process;

    public static async Task<IdleHost> StartAsync(string python, int workers, StartMethod method = StartMethod.Spawn)
    {
        string command = method == StartMethod.Zygote ? ForkedCommand : Command;
        return new IdleHost(await ReadyProcess.StartAsync(
            s_compileOnce, command, workers.ToString(CultureInfo.InvariantCulture), "--python", python));
    }

    /// <summary>Runs in the host's own process.</summary>
    public static Task ServeAsync(string python, int workers) => ServeAsync(python, workers, StartMethod.Spawn);

    /// <inheritdoc cref="ServeAsync(string, int)"/>
    public static Task ServeForkedAsync(string python, int workers) => ServeAsync(python, workers, StartMethod.Zygote);

    /// <summary>Returns the CPU time that the host and the processes below it use meanwhile, in ms.</summary>
    public async Task<(double Host, double Below)> MeasureAsync(int workers, TimeSpan duration, CancellationToken cancellation)
    {
        IReadOnlyList<int> processes = ProcessFacts.Descendants();
        if (processes.Count - workers is < LeastBeside or > MostBeside)
        {
            throw new InvalidRunException(
                $"There are {processes.Count} processes where a host, {workers} workers, their launcher, its guard and perhaps a zygote " +
                "should be.");
        }
        (double host, double all) = Used(processes);
        await Task.Delay(duration, cancellation);
        (double hostAfter, double allAfter) = Used(processes);
        return (hostAfter - host, allAfter - all - (hostAfter - host));
    }

    public void Dispose() => _process.Dispose();

    private static async Task ServeAsync(string python, int workers, StartMethod method)
    {
        await using (await BenchPool.StartAsync(python, Math.Min(workers, WarmUpWorkers), CancellationToken.None, pool =>
        {
            pool.Start.Method = method;
            pool.Health.PingInterval = s_warmUpPing;
        }))
        {
            await Task.Delay(s_warmUp);
        }
        await using BenchPool pool = await BenchPool.StartAsync(
            python, workers, CancellationToken.None, pool => pool.Start.Method = method);
        await Task.Delay(s_settleTime);
        ReadyProcess.SayReady();
        await Console.In.ReadLineAsync();
    }

    private (double Host, double All) Used(IReadOnlyList<int> processes) =>
        (Clock.CpuNanoseconds(_process.Id) / 1e6, processes.Sum(Clock.CpuNanoseconds) / 1e6);
}
