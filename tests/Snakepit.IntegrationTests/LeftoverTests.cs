using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests that processes, descriptors and threads do not grow with the number of replaced workers.</summary>
public sealed class LeftoverTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L19")]
    public async Task Recycling_many_workers_leaves_descriptors_threads_and_zombies_where_they_were()
    {
        int rounds = TransportMode.IsPortable ? 5 : 25; // something that every recycling leaves behind shows after one round
        IReadOnlyCollection<int> children = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Size = 4;
            p.Recycle.MaxConcurrent = 4;
            p.Start.MaxConcurrent = 4;
        });
        await rig.Pool.WaitUntilReadyAsync(4, Cancellation);
        int launcher = Assert.Single(MarkedProcesses.OwnLaunchers().Except(children));
        IReadOnlyDictionary<string, int> hostBefore = OpenDescriptors.Count();
        int launcherBefore = DescriptorsOf(launcher);

        for (int round = 0; round < rounds; round++)
        {
            Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        }

        Assert.Equal(rounds + 1, rig.Pool.GetSnapshot().Workers.Max(static worker => worker.Id.Generation));
        Assert.Equal(4, MarkedProcesses.ChildrenOf(launcher).Count); // the count includes zombies
        Assert.Empty(OpenDescriptors.MoreThan(hostBefore));
        Assert.Equal(launcherBefore, DescriptorsOf(launcher));
        Assert.InRange(ReaderThreads(), 4, 4 + 4); // readers of the last round's old workers may be about to end
    }

    private static int DescriptorsOf(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static int ReaderThreads() => Directory.GetDirectories("/proc/self/task")
        .Select(static thread => $"{thread}/comm")
        .Count(static name => File.Exists(name) && File.ReadAllText(name).StartsWith("Snakepit it/", StringComparison.Ordinal));
}
