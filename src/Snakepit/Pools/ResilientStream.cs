using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Polly;
using Snakepit.Resilience;

namespace Snakepit.Pools;

/// <summary>
/// One stream of a pool with a pipeline. The pipeline is around the whole stream, so that a breaker counts its end; the items are handed on
/// one by one. Once an item was handed on, the stream does not begin again.
/// </summary>
/// <param name="pipeline">The pipeline.</param>
/// <param name="open">Begins an attempt, which may take this long.</param>
internal sealed class ResilientStream<T>(CallPipeline pipeline, Func<TimeSpan, CancellationToken, IAsyncEnumerable<T>> open)
{
    private readonly Channel<T> _items = Channel.CreateBounded<T>(
        new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });

    private volatile bool _hasItems;
    private Exception? _last; // the failure of the last attempt

    /// <summary>Enumerates the stream.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="timeout">The time that all attempts may take.</param>
    /// <param name="explain">Returns what the caller gets for a failure.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public async IAsyncEnumerable<T> ReadAsync(
        TimeProvider clock, TimeSpan timeout, Func<Exception, Exception> explain,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Exception?> run = RunAsync(new CallTime(clock, timeout, () => !_hasItems), end.Token);
        try
        {
            await foreach (T item in _items.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return item;
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false); // the caller may leave early
            await run.ConfigureAwait(false);
        }
        if (await run.ConfigureAwait(false) is { } failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw explain(failure);
        }
    }

    private async Task<Exception?> RunAsync(CallTime time, CancellationToken cancellation)
    {
        try
        {
            Outcome<NoResult> outcome = await pipeline.RunStreamAsync(TryAsync, time, cancellation).ConfigureAwait(false);
            return outcome.Exception;
        }
        catch (Exception error) // of a strategy of the user's
        {
            return error;
        }
        finally
        {
            _items.Writer.Complete();
        }
    }

    private async ValueTask<Outcome<NoResult>> TryAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        if (_hasItems)
        {
            return Polly.Outcome.FromException<NoResult>(_last!); // a pipeline of the user's repeats what cannot be repeated
        }
        try
        {
            await foreach (T item in open(timeout, cancellation).ConfigureAwait(false))
            {
                _hasItems = true;
                await _items.Writer.WriteAsync(item, cancellation).ConfigureAwait(false);
            }
            return Polly.Outcome.FromResult(default(NoResult));
        }
        catch (Exception error)
        {
            return Polly.Outcome.FromException<NoResult>(_last = error);
        }
    }
}
