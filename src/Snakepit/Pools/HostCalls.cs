using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.Frames;
using Snakepit.Tools;

namespace Snakepit.Pools;

/// <summary>Runs the host tools of a pool, on the thread pool. Owns what runs, by the calls that called.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing to dispose.")]
internal sealed class HostCalls(PoolContext pool, IServiceProvider? services) : IHostCalls
{
    private const int MostAtOnce = 10_000; // for one call; only a hostile worker exceeds it
    private const int LongestStack = 32_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<CallKey, OpenHostCalls> _open = [];
    private readonly HostToolCollection _tools = pool.Options.Tools;
    private readonly SemaphoreSlim _slots = new(pool.Options.Tools.MaxConcurrent);
    private int _count; // of the open calls; read without the lock

    public void OnHostCall(UnaryCall call, CallKey key, long number, ReadOnlySpan<byte> body, ICallChannel channel)
    {
        byte[] copy = body.ToArray();
        var caller = new CallingCall(pool.IdOf(call.Worker), call.Tool, call.Request.Session?.Id, RemainingOf(call.Request.Deadline));
        CancellationToken cancellation;
        lock (_gate)
        {
            if (!_open.TryGetValue(key, out OpenHostCalls? open) || open.Channel != channel)
            {
                Cancel(open); // of an earlier attempt, whose worker has died
                _open[key] = open = new OpenHostCalls(channel);
                _count = _open.Count;
            }
            if (++open.Begun - open.Answered > MostAtOnce)
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
        CallRequest request = call.Request;
        var chain = new HostToolChain(request.Chain, pool.Name, request.Tool, key, request.Deadline, cancellation);
        ThreadPool.UnsafeQueueUserWorkItem(
            static work => _ = work.Self.RunAsync(work.Key, work.Number, work.Body, work.Caller, work.Chain, work.Channel),
            (Self: this, Key: key, Number: number, Body: copy, Caller: caller, Chain: chain, Channel: channel),
            preferLocal: false);
    }

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

    /// <summary>Cancels on the thread pool, because that runs user code.</summary>
    private static void Cancel(OpenHostCalls? open)
    {
        if (open is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), open.Cancellation, preferLocal: false);
        }
    }

    private async Task RunAsync(
        CallKey key, long number, byte[] body, CallingCall caller, HostToolChain chain, ICallChannel channel)
    {
        byte[] answer;
        try
        {
            chain.Enter();
            answer = await AnswerAsync(key, number, body, caller, chain).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            answer = FrameWriter.HostAnswer(FrameType.HostError, key.Value, number, Describe(error));
        }
        lock (_gate)
        {
            if (_open.TryGetValue(key, out OpenHostCalls? open) && open.Channel == channel)
            {
                open.Answered++;
            }
        }
        channel.PostFrame(key, answer);
        channel.Flush();
    }

    private async Task<byte[]> AnswerAsync(CallKey key, long number, byte[] body, CallingCall caller, HostToolChain chain)
    {
        CancellationToken cancellation = chain.Cancellation;
        var call = new JsonHostCall(body, pool.Codecs.Json) { Of = caller };
        HostTool tool = _tools.Find(call.Tool) ?? throw NotFound(call.Tool);
        bool isNested = chain.Outer?.Has(pool.Name) == true; // a host tool of this pool waits for it, and has a slot
        if (!isNested)
        {
            await _slots.WaitAsync(cancellation).ConfigureAwait(false);
        }
        try
        {
            object? result;
            if (services is null)
            {
                result = await tool.Run(call, cancellation).ConfigureAwait(false);
            }
            else
            {
                AsyncServiceScope scope = services.CreateAsyncScope();
                await using (scope.ConfigureAwait(false))
                {
                    call.Scope = scope.ServiceProvider;
                    result = await tool.Run(call, cancellation).ConfigureAwait(false);
                }
            }
            return Encode(key, number, call.Tool, result);
        }
        finally
        {
            if (!isNested)
            {
                _slots.Release();
            }
        }
    }

    private byte[] Encode(CallKey key, long number, string tool, object? result)
    {
        var value = new ArrayBufferWriter<byte>();
        pool.Codecs.Json.WriteValue(value, result);
        long limit = pool.Options.Call.MaxMessage.Bytes;
        return value.WrittenCount <= limit
            ? FrameWriter.HostAnswer(FrameType.HostResult, key.Value, number, value.WrittenSpan)
            : throw new InvalidOperationException(
                $"The result of host tool '{tool}' has {value.WrittenCount:N0} bytes, more than Call.MaxMessage "
                + $"({pool.Options.Call.MaxMessage}) of pool '{pool.Name}' allows. Return less, or raise Call.MaxMessage.");
    }

    private HostToolNotFoundException NotFound(string name) => new(
        $"Pool '{pool.Name}' has no host tool '{Shown.Text(name)}'.{NearName.Suggest(name, _tools.Select(static tool => tool.Name))}"
        + " Add it to PoolOptions.Tools.");

    private byte[] Describe(Exception error)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("type", error.GetType().Name);
            json.WriteString("message", Shown.Message(error));
            if (_tools.SendStacks)
            {
                json.WriteString("stack", Shown.Text(StackOf(error), LongestStack));
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static string StackOf(Exception error)
    {
        try
        {
            return error.ToString();
        }
        catch (Exception) // of the exception's own code
        {
            return error.StackTrace ?? "";
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

        public int Begun { get; set; }

        public int Answered { get; set; }
    }
}
