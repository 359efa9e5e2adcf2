using System.Diagnostics.CodeAnalysis;
using Snakepit.Frames;
using Snakepit.Streams;
using Snakepit.Tools;

namespace Snakepit.Pools;

/// <summary>Runs the host tools of a pool, on the thread pool. Owns what runs, by the calls that called.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing to dispose.")]
internal sealed class HostCalls(PoolContext pool, IServiceProvider? services, SessionDataCalls data) : IHostCalls
{
    private const int MostAtOnce = 10_000; // for one call; only a hostile worker exceeds it
    private readonly Lock _gate = new();
    private readonly Dictionary<CallKey, OpenHostCalls> _open = [];
    private volatile SemaphoreSlim _slots = new(pool.Options.Tools.MaxConcurrent);
    private int _most = pool.Options.Tools.MaxConcurrent;
    private int _count; // of the open calls; read without the lock

    /// <summary>Runs as many host tools at once as <c>Tools.MaxConcurrent</c> allows.</summary>
    public SemaphoreSlim Slots => _slots;

    /// <summary>Lets another number of host tools run at once. Those that run already do not count.</summary>
    public void Adopt(int mostAtOnce)
    {
        if (Interlocked.Exchange(ref _most, mostAtOnce) != mostAtOnce)
        {
            _slots = new SemaphoreSlim(mostAtOnce);
        }
    }

    /// <summary>The services of the host application; null without one.</summary>
    public IServiceProvider? Services => services;

    /// <summary>Answers what calls ask of the data of their sessions.</summary>
    public SessionDataCalls Data => data;

    public void OnHostCall(UnaryCall call, CallKey key, long number, ReadOnlySpan<byte> body, ICallChannel channel)
    {
        byte[] copy = body.ToArray();
        CallRequest request = call.Request;
        var caller = new CallingCall(pool.IdOf(call.Worker), request.Tool, request.Session, RemainingOf(request.Deadline));
        CancellationToken cancellation;
        lock (_gate)
        {
            if (!_open.TryGetValue(key, out OpenHostCalls? open) || open.Channel != channel)
            {
                Cancel(open); // of an earlier attempt, whose worker has died
                _open[key] = open = new OpenHostCalls(channel);
                _count = _open.Count;
            }
            if (++open.Begun - open.Ended > MostAtOnce)
            {
                throw new ProtocolException($"The worker called {MostAtOnce} host tools at once for one call.");
            }
            cancellation = open.Cancellation.Token;
        }
        Interlocked.MemoryBarrier(); // either the end of the call is seen here, or what was noted is seen at the end
        if (call.End.Outcome != Outcome.None)
        {
            OnEnded(key, byWorker: false); // it ended before it was noted
        }
        var chain = new HostToolChain(request.Chain, pool.Name, request.Tool, key, request.Deadline, cancellation);
        var run = new HostRun(pool, this, number, channel, chain)
        {
            Body = copy, Caller = caller, Span = request.Span, SessionTools = request.Session?.Tools,
        };
        ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
    }

    public void OnCredit(CallKey key, long number, long items, long bytes) => StreamOf(key, number)?.Grant(items, bytes);

    public void OnStop(CallKey key, long number) => StreamOf(key, number)?.Stop();

    public void OnEnded(CallKey key, bool byWorker)
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _count) == 0)
        {
            return;
        }
        OpenHostCalls? open;
        lock (_gate)
        {
            if (!_open.Remove(key, out open))
            {
                return;
            }
            _count = _open.Count;
        }
        if (!byWorker)
        {
            open.Channel.PostFrame(key, FrameWriter.Stop(key.Value)); // the worker waits for an answer that will not come
            open.Channel.Flush();
        }
        Cancel(open);
    }

    /// <summary>A host tool has returned a stream, which the worker may read from now on.</summary>
    public void OnStream(CallKey key, long number, ICallChannel channel, ItemPump stream)
    {
        lock (_gate)
        {
            if (Find_NeedsLock(key, channel) is { } open)
            {
                open.Streams[number] = stream;
            }
        }
    }

    /// <summary>A host tool has been answered, and its stream has ended if it had one.</summary>
    public void OnOver(CallKey key, long number, ICallChannel channel)
    {
        lock (_gate)
        {
            if (Find_NeedsLock(key, channel) is { } open)
            {
                open.Ended++;
                open.Streams.Remove(number);
            }
        }
    }

    /// <summary>
    /// Cancels on the thread pool, because that runs user code. What this throws is an unobserved exception of a task, and not the end of
    /// the host.
    /// </summary>
    private static void Cancel(OpenHostCalls? open) => _ = open?.Cancellation.CancelAsync();

    private OpenHostCalls? Find_NeedsLock(CallKey key, ICallChannel channel) =>
        _open.TryGetValue(key, out OpenHostCalls? open) && open.Channel == channel ? open : null;

    /// <summary>Returns a stream that has not ended.</summary>
    private ItemPump? StreamOf(CallKey key, long number)
    {
        lock (_gate)
        {
            return _open.TryGetValue(key, out OpenHostCalls? open) ? open.Streams.GetValueOrDefault(number) : null;
        }
    }

    private Func<TimeSpan?> RemainingOf(long deadline) => () => deadline == long.MaxValue
        ? null
        : TimeSpan.FromTicks(Math.Max(0, pool.Clock.ToSpan(deadline - pool.Clock.Now).Ticks));

    /// <summary>What runs for one call.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing to dispose.")]
    private sealed class OpenHostCalls(ICallChannel channel)
    {
        public ICallChannel Channel { get; } = channel;

        public CancellationTokenSource Cancellation { get; } = new();

        public Dictionary<long, ItemPump> Streams { get; } = [];

        public int Begun { get; set; }

        public int Ended { get; set; }
    }
}
