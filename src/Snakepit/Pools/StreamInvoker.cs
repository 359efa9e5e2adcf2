using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Snakepit.Frames;
using Snakepit.Streams;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>Runs calls whose callers read the result as a stream.</summary>
internal sealed class StreamInvoker(PoolContext pool, CallDesk desk, CallErrors errors, FactsReader facts)
{
    /// <summary>
    /// Begins the call when the first item is asked for, and ends it when the caller stops reading, for whatever reason.
    /// </summary>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        UnaryCall? call = null;
        Activity? activity = SnakepitTracing.StartCall(pool.Name, tool);
        using var stream = new ItemStream(pool.Clock.Time, pool.Options.Call.StreamIdleTimeout, () => desk.TimeOut(call!));
        try
        {
            call = await OpenAsync(stream, tool, arguments, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SnakepitTracing.EndCall(activity, CallOutcome.Rejected, Shown.Message(error));
            throw;
        }
        Task ended = EndWithAsync(call, stream);
        CallOutcome outcome = CallOutcome.Cancelled; // the caller leaves early
        string? problem = null;
        try
        {
            do
            {
                while (!cancellationToken.IsCancellationRequested && stream.TryTake(out ReplyBody item))
                {
                    T value;
                    try
                    {
                        value = pool.Codecs.Of(item.Format).Read<T>(item.Span);
                    }
                    catch (JsonException error)
                    {
                        outcome = CallOutcome.ResultMismatch;
                        throw errors.Mismatch<T>(call, error);
                    }
                    finally
                    {
                        stream.Return(ref item);
                    }
                    yield return value;
                }
            }
            while (!cancellationToken.IsCancellationRequested && await stream.WaitAsync().ConfigureAwait(false));
            await ended.ConfigureAwait(false);
            outcome = KernelWords.ToPublic(call.End.Outcome, call.End.Kind);
            if (outcome != CallOutcome.Succeeded)
            {
                Exception error = stream.IsIdle && call.End.Outcome == Outcome.DeadlineRunning
                    ? errors.StreamIdle(call, stream.Counts.Items)
                    : errors.StreamEnded(call, facts.Read(call.End.Outcome, call.Input), stream.Counts.Items);
                problem = error.Message;
                throw error;
            }
        }
        finally
        {
            desk.Leave(call);
            await ended.ConfigureAwait(false);
            pool.Reporter.StreamEnded(call, outcome, stream.Counts, outcome == CallOutcome.Succeeded ? ReadBlocked(call) : null);
            SnakepitTracing.EndCall(activity, outcome, problem);
            desk.Release(call);
        }
    }

    private async ValueTask<UnaryCall> OpenAsync(
        ItemStream stream, string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        Submission submission = desk.Submit(tool, arguments, options, stream, cancellationToken);
        if (submission.MustWait)
        {
            submission = await desk.EnterAsync(submission.Call!, arguments, options).ConfigureAwait(false);
        }
        return submission.Call ?? throw submission.Error!;
    }

    /// <summary>Reads the time that the tool has waited for credit, which is the result of a stream.</summary>
    private TimeSpan? ReadBlocked(UnaryCall call)
    {
        try
        {
            return TimeSpan.FromMicroseconds(pool.Codecs.Of(call.ReplyFormat).Read<long>(call.Reply) / 1e3);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task EndWithAsync(UnaryCall call, ItemStream stream)
    {
        await call.Completion.ConfigureAwait(false);
        stream.End(byWorker: call.End.Outcome == Outcome.Replied);
    }
}
