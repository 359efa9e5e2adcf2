using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;
using Snakepit.Tests.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>
/// Tests that a log provider or a listener of the meter that blocks for ever, and workers that print and log without end, do not hold up
/// the workers of other pools.
/// </summary>
public sealed class StuckTelemetryTests : IntegrationTest
{
    private const int Kills = 9;
    private const int Noisy = 8;
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(50);

    [Theory(Timeout = Bound)]
    [InlineData("print_on")]
    [InlineData("log_on")]
    public async Task Death_is_judged_within_50_ms_while_another_pool_is_noisy_and_nobody_takes_logs_and_measurements(string tool)
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        using var provider = new BlockedLogger();
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            (builder.LoggerFactory, builder.MeterFactory) = (provider, meters);
            builder.AddPool("noisy", p => Configure(p, mark, "noisy.py", Noisy));
            builder.AddPool(Rig.OnlyPool, p => Configure(p, mark, "tools.py", 1));
        }));
        await rig.StartAsync();
        using BlockingListener listener = new(meters, TelemetryNames.WorkerCrashed);
        provider.Block();
        IWorkerPool noisy = rig.Runtime.GetPool("noisy");
        Task[] noise = [.. Enumerable.Range(0, Noisy).Select(_ => noisy.ExecuteAsync(tool, cancellationToken: Cancellation).AsTask())];
        await provider.Blocked.Task;

        List<TimeSpan> judged = [];
        List<TimeSpan> starts = [];
        for (int kill = 0; kill < Kills; kill++)
        {
            WorkerSnapshot worker = rig.OnlyWorker();
            using Pidfd process = new(worker.Pid);
            DateTimeOffset killed = TimeProvider.System.GetUtcNow();
            process.Kill();
            judged.Add((await rig.NextAsync<WorkerCrashedEvent>(crashed => crashed.Worker == worker.Id)).At - killed);
            WorkerReadyEvent successor = await rig.NextAsync<WorkerReadyEvent>(
                ready => ready.Worker.Pool == Rig.OnlyPool && ready.Worker.Generation > worker.Id.Generation);
            starts.Add(successor.StartDuration);
            await rig.AssertServesAsync();
        }
        await listener.Blocked;

        TimeSpan median = Median(judged);
        TimeSpan bound = s_soon + (Median(starts) / 10); // on a busy machine everything takes longer, including starts
        TestContext.Current.SendDiagnosticMessage(
            $"{tool}: {median.TotalMilliseconds:0.0} ms from the kill to its judgement; at most {bound.TotalMilliseconds:0}");
        Assert.True(median < bound, $"From the kill to its judgement it took {median}, and a start {Median(starts)}.");
        Assert.Equal(0, listener.Told);
        Assert.All(noise, static call => Assert.False(call.IsCompleted));
        provider.Open();
        listener.Open();
    }

    private static void Configure(PoolOptions pool, Action<PoolOptions> mark, string adapter, int size)
    {
        mark(pool);
        (pool.Adapter, pool.Size) = (Rig.Adapter(adapter), size);
        (pool.Restart.InitialBackoff, pool.Restart.Window) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        (pool.Stop.Timeout, pool.Stop.KillTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)); // the noise does not end by itself
    }

    private static TimeSpan Median(IEnumerable<TimeSpan> times) => times.Order().ElementAt(Kills / 2);
}
