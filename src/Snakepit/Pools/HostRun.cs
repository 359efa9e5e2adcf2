using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.Frames;
using Snakepit.Streams;
using Snakepit.Telemetry;
using Snakepit.Tools;
using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>One call of a host tool: runs the tool, and sends the worker its result and the items of a stream.</summary>
internal sealed class HostRun(PoolContext pool, HostCalls calls, long number, ICallChannel channel, HostToolChain chain)
    : IThreadPoolWorkItem
{
    private readonly HostToolOptions _tools = pool.Options.Tools;
    private readonly SemaphoreSlim _slots = calls.Slots; // a reload may change it meanwhile
    private readonly bool _isNested = chain.Outer?.Has(pool.Name) == true; // a host tool of this pool waits for it, and has a slot

    /// <summary>The name and the arguments.</summary>
    public required byte[] Body { get; init; }

    public required CallingCall Caller { get; init; }

    /// <summary>The host tools of the call's session, which hide those of the pool; null without any.</summary>
    public HostToolCollection? SessionTools { get; init; }

    /// <summary>The span of the worker's call; null without one.</summary>
    public Activity? Span { get; init; }

    private CallKey Key => chain.Call;

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        chain.Enter();
        if (Span is not null)
        {
            Activity.Current = Span;
        }
        byte[]? answer;
        try
        {
            answer = await AnswerAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            answer = FrameWriter.HostAnswer(FrameType.HostError, Key.Value, number, ErrorBody.Of(error, _tools.SendStacks));
        }
        calls.OnOver(Key, number, channel);
        if (answer is not null)
        {
            Post(answer);
        }
    }

    /// <summary>Runs the tool, and returns its answer; null when it has been sent.</summary>
    private async Task<byte[]?> AnswerAsync()
    {
        var call = new JsonHostCall(Body, pool.Codecs.Json) { Of = Caller };
        if (call.Tool == SessionDataCalls.Tool)
        {
            byte[] answer = await calls.Data.AnswerAsync(call, chain.Cancellation).ConfigureAwait(false);
            return FrameWriter.HostAnswer(FrameType.HostResult, Key.Value, number, answer);
        }
        HostTool tool = SessionTools?.Find(call.Tool) ?? _tools.Find(call.Tool) ?? throw NotFound(call.Tool);
        using Activity? activity = SnakepitTracing.StartHostTool(pool.Name, call.Tool, call.Traceparent);
        try
        {
            if (calls.Services is not { } services)
            {
                return await AnswerAsync(tool, call).ConfigureAwait(false);
            }
            AsyncServiceScope scope = services.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                call.Scope = scope.ServiceProvider;
                return await AnswerAsync(tool, call).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            SnakepitTracing.Fail(activity, error);
            throw;
        }
    }

    private async Task<byte[]?> AnswerAsync(HostTool tool, JsonHostCall call)
    {
        await using (call.ConfigureAwait(false)) // disposes what was created for it
        {
            byte[] answer;
            IAsyncEnumerable<object?>? items;
            await BeginTurnAsync().ConfigureAwait(false);
            try
            {
                object? result = await tool.Run(call, chain.Cancellation).ConfigureAwait(false);
                answer = Encode(call.Tool, result, out items);
            }
            finally
            {
                EndTurn();
            }
            if (items is null)
            {
                return answer;
            }
            await SendItemsAsync(items, answer).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>Sends the items of a stream as the worker asks for them, until its end or that of the worker's call.</summary>
    private async Task SendItemsAsync(IAsyncEnumerable<object?> items, byte[] answer)
    {
        var target = new ItemTarget(
            channel, Key, Protocol.FirstHostStream + number, pool.Codecs.Json, pool.Options.Call.MaxMessage.Bytes, _tools.SendStacks);
        ItemPump pump = ItemPump.Start(TakeTurnsAsync(items, CancellationToken.None), target);
        calls.OnStream(Key, number, channel, pump);
        Post(answer);
        CancellationTokenRegistration end = chain.Cancellation.UnsafeRegister(static pump => ((ItemPump)pump!).Stop(), pump);
        await using (end.ConfigureAwait(false))
        {
            await pump.Completion.ConfigureAwait(false);
        }
    }

    /// <summary>Enumerates a stream, which counts as a host tool that runs while it makes an item, and not between items.</summary>
    private async IAsyncEnumerable<object?> TakeTurnsAsync(
        IAsyncEnumerable<object?> items, [EnumeratorCancellation] CancellationToken cancellation)
    {
        IAsyncEnumerator<object?> source = items.GetAsyncEnumerator(cancellation);
        await using (source.ConfigureAwait(false))
        {
            while (await MoveNextAsync(source).ConfigureAwait(false))
            {
                yield return source.Current;
            }
        }
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<object?> source)
    {
        await BeginTurnAsync().ConfigureAwait(false);
        try
        {
            return await source.MoveNextAsync().ConfigureAwait(false);
        }
        finally
        {
            EndTurn();
        }
    }

    private Task BeginTurnAsync() => _isNested ? Task.CompletedTask : _slots.WaitAsync(chain.Cancellation);

    private void EndTurn()
    {
        if (!_isNested)
        {
            _slots.Release();
        }
    }

    private void Post(byte[] frame)
    {
        channel.PostFrame(Key, frame);
        channel.Flush();
    }

    /// <summary>Encodes a result. That of a stream is its number; the items follow.</summary>
    private byte[] Encode(string tool, object? result, out IAsyncEnumerable<object?>? items)
    {
        items = null;
        var value = new ArrayBufferWriter<byte>();
        try
        {
            pool.Codecs.Json.WriteValue(value, result);
        }
        catch (Exception) when (result is not null && StreamFinder.AsStream(result) is not null)
        {
            items = StreamFinder.AsStream(result);
            value.ResetWrittenCount();
            pool.Codecs.Json.WriteValue(value, new StreamArgument(Protocol.FirstHostStream + number));
        }
        long limit = pool.Options.Call.MaxMessage.Bytes;
        return value.WrittenCount <= limit
            ? FrameWriter.HostAnswer(FrameType.HostResult, Key.Value, number, value.WrittenSpan)
            : throw new InvalidOperationException(
                $"The result of host tool '{tool}' has {value.WrittenCount:N0} bytes, more than Call.MaxMessage "
                + $"({pool.Options.Call.MaxMessage}) of pool '{pool.Name}' allows. Return less, or raise Call.MaxMessage.");
    }

    private HostToolNotFoundException NotFound(string name) => new(
        $"Pool '{pool.Name}' has no host tool '{Shown.Text(name)}'."
        + NearName.Suggest(name, _tools.Concat(SessionTools ?? []).Select(static tool => tool.Name))
        + " Add it to PoolOptions.Tools, or to the Tools of the session.");
}
