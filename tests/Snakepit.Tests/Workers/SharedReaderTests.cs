using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>A reader without a thread of its own.</summary>
[Trait("Rule", "P3")]
public sealed class SharedReaderTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Nothing_else_reads_while_a_caller_does_even_when_the_worker_has_exited()
    {
        using var watcher = new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()));
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
        using var port = new CountingPort(read, write);
        using var target = new Target();
        var reader = new ReplyReader(port, new FrameReader(1 << 20), target);
        reader.StartShared(watcher);
        ((IWatched)reader).OnReady(readable: true, writable: false); // finds nothing, and rests
        write.Write([1]);
        Task caller = Task.Run(() => reader.Attend(mayLend: true), TestContext.Current.CancellationToken);
        Assert.True(await target.Entered.WaitAsync(s_bound, TestContext.Current.CancellationToken));
        int reads = port.Reads;

        var exit = new Thread(reader.Exited) { IsBackground = true };
        exit.Start();
        // It waits for the caller now, which nothing else tells.
        Assert.True(SpinWait.SpinUntil(() => exit.ThreadState.HasFlag(ThreadState.WaitSleepJoin), s_bound));
        ((IWatched)reader).OnReady(readable: true, writable: false); // the watcher tells the end of the channel

        Assert.Equal(reads, port.Reads);
        target.Leave();
        await caller;
        Assert.True(await target.Ended.WaitAsync(s_bound, TestContext.Current.CancellationToken));
    }

    private sealed class CountingPort(Descriptor read, Descriptor write) : DataPort
    {
        private readonly PipePort _pipe = new(read, write.OpenAgainForWriting(), write);
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public override Descriptor ReadEnd => _pipe.ReadEnd;

        public override Descriptor WriteEnd => _pipe.WriteEnd;

        public override int Read(Span<byte> buffer) => _pipe.Read(buffer);

        public override int ReadNow(Span<byte> buffer)
        {
            Interlocked.Increment(ref _reads);
            return _pipe.ReadNow(buffer);
        }

        public override int Write(ReadOnlySpan<byte> buffer) => _pipe.Write(buffer);

        public override void EndWriting() => _pipe.EndWriting();

        public override bool Wake() => _pipe.Wake();

        public override void Dispose() => _pipe.Dispose();
    }

    /// <summary>Holds the thread that takes the first frames.</summary>
    private sealed class Target : IReplyTarget, IDisposable
    {
        private readonly ManualResetEventSlim _mayLeave = new();

        public SemaphoreSlim Entered { get; } = new(0);

        public SemaphoreSlim Ended { get; } = new(0);

        bool IReplyTarget.ExpectsFrames => false;

        bool IReplyTarget.ExpectsReplyAtOnce => true;

        public void Leave() => _mayLeave.Set();

        public void Dispose()
        {
            _mayLeave.Dispose();
            Entered.Dispose();
            Ended.Dispose();
        }

        void IReplyTarget.OnResumed()
        {
        }

        void IReplyTarget.OnFrames()
        {
            Entered.Release();
            Assert.True(_mayLeave.Wait(s_bound, CancellationToken.None));
        }

        void IReplyTarget.SendRest()
        {
        }

        void IReplyTarget.OnBroken(Exception error) => TestContext.Current.SendDiagnosticMessage(error.ToString());

        void IReplyTarget.OnEnd() => Ended.Release();
    }
}
