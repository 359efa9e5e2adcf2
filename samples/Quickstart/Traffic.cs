using System.Collections.Concurrent;
using System.Diagnostics;
using Snakepit;

namespace Quickstart;

/// <summary>Makes calls and records their number, their durations and their failures. Thread-safe.</summary>
internal sealed class Traffic(IToolInvoker tools)
{
    private readonly ConcurrentQueue<TimeSpan> _durations = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _failed;
    private string? _firstFailure;

    public int Calls => _durations.Count;

    public int Failed => _failed;

    public string? FirstFailure => _firstFailure;

    /// <summary>The time from construction to <see cref="Stop"/>.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    public double CallsPerSecond => Calls / Elapsed.TotalSeconds;

    /// <summary>Calls a tool and returns its result, or null when the call failed.</summary>
    public async ValueTask<T?> CallAsync<T>(string tool, object arguments, CancellationToken cancellationToken)
        where T : class
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            return await tools.ExecuteAsync<T>(tool, arguments, cancellationToken: cancellationToken);
        }
        catch (SnakepitException e)
        {
            Interlocked.Increment(ref _failed);
            Interlocked.CompareExchange(ref _firstFailure, e.Message, null);
            return null;
        }
        finally
        {
            _durations.Enqueue(Stopwatch.GetElapsedTime(began));
        }
    }

    public void Stop() => _clock.Stop();

    /// <summary>Returns the duration that the given share of the calls did not exceed.</summary>
    public TimeSpan Percentile(double share)
    {
        TimeSpan[] sorted = [.. _durations.Order()];
        return sorted.Length == 0 ? TimeSpan.Zero : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
