using System.Threading.Channels;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>
/// Commands reach a worker in the order in which the kernel decided them, whichever threads carry them. Stale commands are ignored.
/// </summary>
[Trait("Rule", "A3")]
public sealed class CommandOrderTests
{
    private const int Callers = 16;
    private const int CallsEach = 250;
    private const int EnoughCancelled = 10;
    private const int MaxQuietCalls = 5_000;

    [Fact]
    public async Task Commands_arrive_in_the_order_of_the_kernel_under_heavy_concurrency()
    {
        Channel<(RawWorker Worker, Told Command)> inbox = Channel.CreateUnbounded<(RawWorker, Told)>();
        var workers = new RawWorkers
        {
            Made = worker =>
            {
                worker.Posted = command => inbox.Writer.TryWrite((worker, command));
                // A worker that boots when the pool stops is killed.
                worker.Killed = () => inbox.Writer.TryWrite((worker, new Told(EffectKind.Kill, default)));
            },
        };
        PoolFixture fixture = await PoolFixture.StartAsync(
            p =>
            {
                p.Size = 4;
                p.Recycle.MaxRequests = 10;
            },
            workers);
        Task[] threads = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => ServeAsync(inbox.Reader)))];

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CallAndCancelAsync(fixture, CallsEach))));
        for (int i = 0; i < MaxQuietCalls && CountCancelled(workers) <= EnoughCancelled; i++)
        {
            await fixture.UntilAsync(static pool => pool.Ready > pool.Running && pool.QueueLength == 0);
            await CallAndCancelAsync(fixture, 1); // alone, so the call has a worker before the cancellation
        }
        await fixture.DisposeAsync();
        inbox.Writer.Complete();
        await Task.WhenAll(threads);

        Assert.All(workers.All, AssertInOrder);
        Assert.True(CountCancelled(workers) > EnoughCancelled, "Too few calls were cancelled to prove anything.");
        Assert.True(
            workers.All.Count(static worker => worker.Commands.LastOrDefault().Kind == EffectKind.Stop) >= 4,
            "Too few workers were stopped to prove anything.");
    }

    [Fact]
    public async Task A_reply_of_an_earlier_generation_or_to_an_unknown_call_is_ignored()
    {
        var workers = new RawWorkers();
        PoolFixture fixture = await PoolFixture.StartAsync(null, workers);
        Task<int> lost = fixture.Begin();
        RawWorker old = workers.All.Single();
        CallKey first = old.Commands.Single().Call;
        old.Events.OnExited(new ChildExit(null, 9), [first]);
        await Assert.ThrowsAsync<WorkerLostException>(() => lost);
        fixture.Time.Advance(TimeSpan.FromSeconds(1)); // the backoff after a worker that never answered
        Task<int> call = fixture.Begin();
        RawWorker current = workers.All.Last();
        CallKey second = current.Commands.Single().Call;

        old.Events.OnReply(second, ReplyKind.Result, Body("666"), -1);
        old.Events.OnExited(new ChildExit(0, null), [second]);
        old.Events.OnReady(new WorkerAbilities([]));
        current.Events.OnReply(first, ReplyKind.Result, Body("666"), -1);
        current.Events.OnReply(CallKey.Create(9_999, 7), ReplyKind.Result, Body("666"), -1);
        Assert.False(call.IsCompleted);
        current.Events.OnReply(second, ReplyKind.Result, Body("7"), -1);
        current.Events.OnReply(second, ReplyKind.Result, Body("666"), -1);

        Assert.Equal(7, await call);
        Assert.Equal((1, 0), (fixture.Now.Ready, fixture.Now.Running));
        current.Events.OnExited(new ChildExit(0, null), []);
        await fixture.StopRawAsync(workers);
    }

    private static int CountCancelled(RawWorkers workers) =>
        workers.All.Sum(static worker => worker.Commands.Count(static told => told.Kind == EffectKind.Cancel));

    private static async Task CallAndCancelAsync(PoolFixture fixture, int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            using var source = new CancellationTokenSource();
            Task<int> call = fixture.BeginFor(source);
            Task cancelling = Task.Run(source.Cancel);
            await Task.WhenAny(call); // either outcome is fine
            await cancelling;
        }
    }

    /// <summary>
    /// Answers as a worker would: answers every call once, some only after their cancellation, and exits when it is stopped.
    /// </summary>
    private static async Task ServeAsync(ChannelReader<(RawWorker Worker, Told Command)> inbox)
    {
        await foreach ((RawWorker worker, Told command) in inbox.ReadAllAsync())
        {
            switch (command.Kind)
            {
                case EffectKind.Send when !IsHeld(command.Call):
                case EffectKind.Cancel when IsHeld(command.Call):
                    worker.Events.OnReply(command.Call, ReplyKind.Result, Body("1"), -1);
                    break;
                case EffectKind.Stop or EffectKind.Kill:
                    worker.Events.OnExited(new ChildExit(0, null), []);
                    break;
            }
        }
    }

    private static bool IsHeld(CallKey call) => (call.Index + call.Version) % 4 == 0;

    private static ReplyBody Body(string json) => ReplyBody.Copy(System.Text.Encoding.UTF8.GetBytes(json));

    private static void AssertInOrder(RawWorker worker)
    {
        var sent = new HashSet<CallKey>();
        var cancelled = new HashSet<CallKey>();
        CallKey last = default;
        bool stopped = false;
        foreach (Told told in worker.Commands)
        {
            Assert.False(stopped, $"{worker.Id} was told {told.Kind} after Stop.");
            switch (told.Kind)
            {
                case EffectKind.Send:
                    Assert.True(sent.Add(told.Call), $"{told.Call} was sent twice to {worker.Id}.");
                    last = told.Call;
                    break;
                case EffectKind.Cancel:
                    // A worker runs one call at a time, so the kernel can only cancel the call that it sent last.
                    Assert.True(last == told.Call, $"{worker.Id} was told to cancel {told.Call} when {last} was its last.");
                    Assert.True(cancelled.Add(told.Call), $"{told.Call} was cancelled twice.");
                    break;
                default:
                    stopped = true;
                    break;
            }
        }
    }
}
