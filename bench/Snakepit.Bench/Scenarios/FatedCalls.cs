using System.Collections.Concurrent;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Makes numbered calls, a third of which may run only once, and records their outcomes.</summary>
internal sealed class FatedCalls(IWorkerPool pool, RunRecord record)
{
    private const int OnceInSo = 3;
    private const int SleepsMs = 3; // 0, 1 or 2
    private readonly ConcurrentBag<(int Number, WorkerId Worker)> _failed = [];
    private readonly ConcurrentBag<int> _answered = [];
    private int _next = -1;
    private int _otherwise;
    private int _misdelivered;

    public int Count => _next + 1;

    public int Idempotent => Enumerable.Range(0, Count).Count(static number => !IsOnce(number));

    public int IdempotentAnswered => _answered.Count(static number => !IsOnce(number));

    public int Misdelivered => _misdelivered;

    public int WithoutOutcome => Count - _answered.Count - _failed.Count - _otherwise - _misdelivered;

    /// <summary>The message of the first call that failed although its worker was not lost.</summary>
    public string? FirstFailure { get; private set; }

    /// <summary>The time that each call takes at least, in ms.</summary>
    public double LeastMs { get; init; }

    /// <summary>Receives each failed call.</summary>
    public Action<int, Exception>? OnFailure { get; init; }

    /// <summary>Makes a call. Never throws.</summary>
    public async ValueTask CallAsync()
    {
        int number = Interlocked.Increment(ref _next);
        try
        {
            string tool = IsOnce(number) ? "once" : "again";
            int said = await pool.ExecuteAsync<int>(tool, ToolArguments.Positional(number, LeastMs + (number / OnceInSo % SleepsMs)));
            if (said == number)
            {
                _answered.Add(number);
            }
            else
            {
                Interlocked.Increment(ref _misdelivered);
            }
        }
        catch (WorkerLostException e)
        {
            _failed.Add((number, e.Worker));
            OnFailure?.Invoke(number, e);
        }
        catch (Exception e)
        {
            FirstFailure ??= e.Message;
            Interlocked.Increment(ref _otherwise);
            OnFailure?.Invoke(number, e);
        }
    }

    /// <summary>Returns the number of calls that failed with a worker that was not killed, or without the loss of a worker.</summary>
    public int CountBystanders(IReadOnlyCollection<WorkerId> killed) =>
        _otherwise + _failed.Count(call => !killed.Contains(call.Worker));

    /// <summary>Returns how many calls that may run only once ran more often. Call it when no call is under way.</summary>
    public int CountDuplicated()
    {
        int[] runs = record.CountRuns(Count);
        int absent = _answered.Count(number => IsOnce(number) && runs[number] == 0);
        return absent > 0
            ? throw new InvalidRunException($"{absent} calls were answered that never ran.")
            : runs.Count(static times => times > 1);
    }

    private static bool IsOnce(int number) => number % OnceInSo == 0;
}
