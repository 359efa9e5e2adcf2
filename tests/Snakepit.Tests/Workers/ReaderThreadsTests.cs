using System.Runtime.CompilerServices;
using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>Readers of workers that start and end, over real pipes.</summary>
public sealed class ReaderThreadsTests : IDisposable
{
    private readonly SemaphoreSlim _idle = new(0);
    private readonly ReaderThreads _threads =
        new(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()), maxOwnThreads: 2);

    public ReaderThreadsTests() => _threads.OnIdle = () => _idle.Release();

    public void Dispose()
    {
        _threads.Dispose();
        _idle.Dispose();
    }

    [Fact]
    [Trait("Rule", "L19")]
    public async Task Thread_of_a_worker_that_has_ended_reads_from_the_next_and_keeps_nothing_of_the_last()
    {
        (Task<int> first, WeakReference reader) = Run("Snakepit it/0#1");
        await IdleAsync();
        GC.Collect();
        Assert.False(reader.IsAlive);

        (Task<int> second, _) = Run("Snakepit it/0#2");

        Assert.Equal(await first, await second);
    }

    [Fact]
    public async Task Workers_that_live_at_the_same_time_have_a_thread_each_and_those_are_kept()
    {
        (ReplyReader one, Target oneTarget) = Start("one");
        (ReplyReader other, Target otherTarget) = Start("other");
        one.Exited();
        other.Exited();
        HashSet<int> threads = [await oneTarget.EndedOn.Task, await otherTarget.EndedOn.Task];
        Assert.Equal(2, threads.Count);
        await IdleAsync();
        await IdleAsync();

        Assert.Contains(await Run("third").Thread, threads);
    }

    [Fact]
    public async Task Reader_sends_what_was_left_before_it_takes_the_next_replies()
    {
        (ReplyReader reader, Target target) = Start("one");

        target.Port!.Write([1]); // the pipe leads back to the reader

        Assert.Equal(1, await target.SentWhenTaken.Task.WaitAsync(TestContext.Current.CancellationToken));
        reader.Exited();
        await target.EndedOn.Task;
    }

    [Fact]
    public void Wake_of_a_reader_whose_pipe_is_full_returns_at_once_and_the_workers_end_goes_on_blocking()
    {
        const int GetFlags = 3;
        using var descriptors = ChannelDescriptors.Create(portable: false, board: null);
        using DataPort port = descriptors.Port;
        using (descriptors.Output)
        using (descriptors.Control)
        {
            Assert.Equal(0, Libc.fcntl(descriptors.Theirs[1], GetFlags, 0) & Libc.ONonblock);
            Assert.True(port.Wake());
            while (port.Wake())
            {
            }
            Assert.Equal(port.ReadEnd.PipeSize(), port.ReadEnd.Available());
            Assert.Equal(0, Libc.fcntl(descriptors.Theirs[1], GetFlags, 0) & Libc.ONonblock);
        }
    }

    [Fact]
    public void Number_of_a_closed_descriptor_is_nobodys()
    {
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
        read.Dispose();
        write.Dispose();

        Assert.Equal((-1, -1), (read.Number, write.Number));
        Assert.True(write.Write([1]) < 0);
    }

    private async Task IdleAsync() => Assert.True(await _idle.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (Task<int> Thread, WeakReference Reader) Run(string name)
    {
        (ReplyReader reader, Target target) = Start(name);
        reader.Exited();
        return (target.EndedOn.Task, new WeakReference(reader));
    }

    private (ReplyReader Reader, Target Target) Start(string name)
    {
        var target = new Target(_threads);
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
        target.Port = new PipePort(read, write.OpenAgainForWriting(), write);
        var reader = new ReplyReader(target.Port, new FrameReader(1 << 20), target);
        Assert.True(_threads.Start(reader, name));
        return (reader, target);
    }

    private sealed class Target(ReaderThreads threads) : IReplyTarget
    {
        private int _sent;

        /// <summary>The number of flushes before the first reply was taken.</summary>
        public TaskCompletionSource<int> SentWhenTaken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<int> EndedOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public DataPort? Port { get; set; }

        bool IReplyTarget.ExpectsFrames => true;

        bool IReplyTarget.ExpectsReplyAtOnce => false;

        void IReplyTarget.OnResumed()
        {
        }

        void IReplyTarget.OnFrames() => SentWhenTaken.TrySetResult(_sent);

        void IReplyTarget.SendRest() => _sent++;

        void IReplyTarget.OnBroken(Exception error) => EndedOn.TrySetException(error);

        void IReplyTarget.OnEnd()
        {
            threads.GiveBack();
            Port!.Dispose();
            EndedOn.TrySetResult(Environment.CurrentManagedThreadId);
        }
    }
}
