using System.Collections.Concurrent;
using System.Diagnostics;
using Snakepit;

namespace Quickstart;

/// <summary>Makes calls and keeps count of them: how many, how long each took, how many failed. Safe for several threads.</summary>
internal sealed class Traffic(IToolInvoker tools)
{
    private readonly ConcurrentQueue<TimeSpan> _durations = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _failed;
    private string? _firstFailure;

    public int Calls => _durations.Count;

    public int Failed => _failed;

    public string? FirstFailure => _firstFailure;

    /// <summary>From the beginning to <see cref="Stop"/>.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    public double CallsPerSecond => Calls / Elapsed.TotalSeconds;

    /// <summary>The tool's result, or null when the call failed.</summary>
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

    /// <summary>The time that this share of the calls did not exceed.</summary>
    public TimeSpan Percentile(double share)
    {
        TimeSpan[] sorted = [.. _durations.Order()];
        return sorted.Length == 0 ? TimeSpan.Zero : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
