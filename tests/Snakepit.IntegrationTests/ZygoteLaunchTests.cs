using Snakepit.IntegrationTests.Fixture;
using Snakepit.Runtime;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the events of a zygote's workers without a pool.</summary>
[Trait("Rule", "S2")]
public sealed class ZygoteLaunchTests : IntegrationTest
{
    private int _generation;

    [Fact(Timeout = Bound)]
    public async Task Worker_tells_that_it_was_forked_and_when_its_zygote_ends()
    {
        WorkerPreparation preparation = Own(new WorkerPreparation(new RuntimeServices(), new JsonValueCodec()));
        WorkerBlueprint blueprint = await PrepareAsync(preparation, StartMethod.Zygote);
        RecordingEvents first = Launch(preparation, blueprint);
        await first.ToldAsync("ready, forked");

        TaskCompletionSource replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
        preparation.Starter.ReplaceZygote(blueprint, replaced.SetResult);
        await replaced.Task;
        RecordingEvents second = Launch(preparation, blueprint);

        await second.ToldAsync("ready, forked");
        await first.ToldAsync("zygote ended");
        Assert.Equal(["launched", "ready, forked", "zygote ended"], first.Told.All);
        Assert.Equal(["launched", "ready, forked"], second.Told.All);
        await EndAsync(first, second);
    }

    [Fact(Timeout = Bound)]
    public async Task Worker_that_was_spawned_tells_nothing_of_zygotes()
    {
        WorkerPreparation preparation = Own(new WorkerPreparation(new RuntimeServices(), new JsonValueCodec()));
        RecordingEvents worker = Launch(preparation, await PrepareAsync(preparation, StartMethod.Spawn));

        await worker.ToldAsync("ready");

        await EndAsync(worker);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task Stopped_zygote_is_ended_for_a_worker_that_is_not_wanted_any_more()
    {
        var time = new ManualTime();
        WorkerPreparation preparation = Own(new WorkerPreparation(new RuntimeServices { TimeProvider = time }, new JsonValueCodec()));
        WorkerBlueprint blueprint = await PrepareAsync(preparation, StartMethod.Zygote);
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        RecordingEvents first = Launch(preparation, blueprint);
        await first.ToldAsync("ready, forked");
        int launcher = Assert.Single(MarkedProcesses.OwnLaunchers().Except(before));
        using Pidfd zygote = new(Assert.Single(MarkedProcesses.ChildrenOf(launcher), pid => pid != first.Channel!.ProcessId));
        const int Stop = 19;
        zygote.Kill(Stop);
        RecordingEvents second = Launch(preparation, blueprint);

        preparation.Starter.Withdraw(second);
        Assert.Empty(second.Told.All);
        time.Advance(TimeSpan.FromSeconds(2));
        preparation.Starter.Withdraw(second);

        await second.ToldAsync("ready"); // there is no pool to kill a worker that is ready by now
        await first.ToldAsync("zygote ended");
        await EndAsync(first, second);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L9")]
    public async Task Memory_of_a_zygote_counts_until_one_worker_alone_has_it()
    {
        var memory = new RecordingMemory();
        WorkerPreparation preparation = Own(new WorkerPreparation(new RuntimeServices(), new JsonValueCodec(), memory));
        WorkerBlueprint blueprint = await PrepareAsync(preparation, StartMethod.Zygote);
        RecordingEvents[] workers = [.. Enumerable.Range(0, 3).Select(_ => Launch(preparation, blueprint))];
        foreach (RecordingEvents worker in workers)
        {
            await worker.ToldAsync("ready, forked");
        }
        Assert.InRange(memory.Noted, 1 << 20, 1L << 30); // an interpreter with the imports of an adapter

        preparation.Starter.RetireZygote(blueprint);
        foreach (RecordingEvents worker in workers)
        {
            await worker.ToldAsync("zygote ended");
        }
        await EndAsync(workers[0]);
        Assert.False(memory.Released.IsCompleted); // two share it
        await EndAsync(workers[1]);

        await memory.Released;
        await EndAsync(workers[2]);
    }

    private static Task<WorkerBlueprint> PrepareAsync(WorkerPreparation preparation, StartMethod method)
    {
        var options = new PoolOptions { Adapter = Rig.Adapter("Zygote/forked.py") };
        options.Start.Method = method;
        return preparation.PrepareAsync("it", options, Cancellation);
    }

    private static Task EndAsync(params IEnumerable<RecordingEvents> workers) => Task.WhenAll(workers.Select(static worker =>
    {
        worker.Channel!.Kill();
        return worker.Ended;
    }));

    private RecordingEvents Launch(WorkerPreparation preparation, WorkerBlueprint blueprint)
    {
        var events = new RecordingEvents();
        preparation.Starter.Launch(new WorkerStart(new WorkerId("it", 0, ++_generation), blueprint), events);
        return events;
    }

    private sealed class RecordingMemory : IZygoteMemory
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Noted { get; private set; }

        public Task Released => _released.Task;

        public void Note(string pool, IZygoteProcess zygote, long bytes) => Noted += bytes;

        public void Release(IZygoteProcess zygote) => _released.SetResult(); // once
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ahead;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, (long)(by.TotalSeconds * TimestampFrequency));
    }
}
