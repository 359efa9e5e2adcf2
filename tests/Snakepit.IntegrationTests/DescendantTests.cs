using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests that everything that a worker's tools started or created ends with that worker, and not with another.</summary>
public sealed class DescendantTests : IntegrationTest
{
    private const string Adapter = "descendants.py";
    private static readonly StartMethod[] s_methods = [StartMethod.Spawn, StartMethod.Zygote];

    /// <summary>The ways in which a descendant leaves its worker's group, for each start method.</summary>
    public static MatrixTheoryData<StartMethod, string> WaysOut { get; } = new(s_methods, ["session", "no environment", "daemon"]);

    /// <summary>The ends of a worker, for each start method.</summary>
    public static MatrixTheoryData<StartMethod, string> Ends { get; } = new(s_methods, ["recycle", "kill", "exit", "dispose"]);

    [Theory(Timeout = Bound)]
    [MemberData(nameof(WaysOut))]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L19")]
    public async Task Descendants_in_sessions_of_their_own_end_with_their_worker(StartMethod method, string way)
    {
        Rig rig = await StartAsync(method, size: 2);
        using var gate = new Gate();
        // Each call returns the ids of a worker and of the process that it leaves behind.
        Task<int[]>[] calls = [rig.CallAsync<int[]>("leave", way, gate.Path), rig.CallAsync<int[]>("leave", way, gate.Path)];
        gate.Release(2); // no worker can run both, as neither call is answered before both are sent
        int[][] both = await Task.WhenAll(calls);
        Dictionary<int, Pidfd> left = both.ToDictionary(static one => one[0], one => Own(new Pidfd(one[1])));
        WorkerSnapshot recycled = rig.Pool.GetSnapshot().Workers[0];
        int second = left.Keys.Single(worker => worker != recycled.Pid);

        Assert.True((await rig.Pool.RecycleAsync(recycled.Id.Slot, Cancellation)).AllReplaced);
        await left[recycled.Pid].GoneAsync();
        left[second].Kill(0); // fails if the process is gone

        using (Pidfd worker = new(second))
        {
            worker.Kill();
        }
        await left[second].GoneAsync();
    }

    [Theory(Timeout = Bound)]
    [MemberData(nameof(Ends))]
    [Trait("Rule", "L19")]
    public async Task Shared_memory_and_semaphores_that_nobody_unlinked_are_removed_at_the_workers_end(StartMethod method, string end)
    {
        Rig rig = await StartAsync(method);
        Shared shared = await rig.CallAsync<Shared>("share");
        Assert.NotEmpty(shared.Files);
        Assert.All(shared.Files, static file => Assert.True(File.Exists(file), file));
        Pidfd tracker = Own(new Pidfd(shared.Tracker));

        switch (end)
        {
            case "recycle":
                Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
                break;
            case "kill":
                using (Pidfd worker = new(rig.OnlyWorker().Pid))
                {
                    worker.Kill();
                }
                break;
            case "exit":
                await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<object?>("end"));
                break;
            default:
                await rig.Runtime.DisposeAsync();
                break;
        }

        await tracker.GoneAsync();
        Assert.All(shared.Files, static file => Assert.False(File.Exists(file), file));
    }

    private Task<Rig> StartAsync(StartMethod method, int size = 1) => StartAsync(Adapter, p =>
    {
        p.Size = p.MinReady = size;
        p.Start.Method = method;
        p.Transport.Portable = p.Transport.Portable && method != StartMethod.Zygote;
        p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(10);
    });

    private sealed record Shared(string[] Files, int Tracker);
}
