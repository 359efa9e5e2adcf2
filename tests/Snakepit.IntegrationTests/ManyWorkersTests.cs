using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests a pool with more workers than reader threads.</summary>
public sealed class ManyWorkersTests : IntegrationTest
{
    private const int Workers = 36;

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P3")]
    public async Task Workers_that_share_a_reader_thread_serve_die_and_end_as_the_others_do()
    {
        Rig rig = await StartAsync("load.py", static p =>
        {
            p.Size = Workers;
            p.MinReady = Workers;
        });

        int[] pids = await PidsAsync(rig);
        Assert.Equal(Workers, pids.Length);
        WorkerSnapshot last = rig.Pool.GetSnapshot().Workers.MaxBy(static worker => worker.Id.Slot)!;
        using (var process = new Pidfd(last.Pid))
        {
            process.Kill();
        }
        await rig.NextAsync<WorkerCrashedEvent>(crashed => crashed.Worker == last.Id);
        await rig.Pool.WaitUntilReadyAsync(Workers, Cancellation);

        Assert.Equal(Workers - 1, (await PidsAsync(rig)).Intersect(pids).Count());
        Assert.True(IsSharing());
        await rig.DisposeAsync();
        Assert.DoesNotContain(rig.Seen<WorkerCrashedEvent>(), crashed => crashed.Worker != last.Id);
    }

    /// <summary>Asks every worker for its process id.</summary>
    private static async Task<int[]> PidsAsync(Rig rig)
    {
        using var gate = new Gate();
        Task<int>[] calls = [.. Enumerable.Range(0, Workers).Select(_ => rig.CallAsync<int>("pid_behind", gate.Path))];
        gate.Release(Workers); // no call is answered before all run
        return [.. (await Task.WhenAll(calls)).Distinct()];
    }

    private static bool IsSharing() => Directory.GetDirectories("/proc/self/task")
        .Any(static task => NameOf(task)?.StartsWith("Snakepit repl", StringComparison.Ordinal) == true);

    /// <summary>Returns the name of a thread; null when it has ended meanwhile.</summary>
    private static string? NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
