namespace Snakepit.Bench.Measuring;

/// <summary>Makes calls of work(number, …). Each has a number of its own, which the reply must contain and the run records.</summary>
internal sealed class NumberedCalls(IWorkerPool pool, RunRecord record, double sleepMs, double cpuMs)
{
    private int _last = -1;
    private int _unanswered;

    public int Count => _last + 1;

    public async ValueTask CallAsync()
    {
        int number = Interlocked.Increment(ref _last);
        Interlocked.Increment(ref _unanswered);
        int said = await pool.ExecuteAsync<int>("work", ToolArguments.Positional(number, sleepMs, cpuMs));
        if (said != number)
        {
            throw new InvalidRunException($"work({number}) returned {said}.");
        }
        Interlocked.Decrement(ref _unanswered);
    }

    /// <summary>Returns the number of calls that ran more than once. Call it when no call is under way.</summary>
    public int CountDuplicated()
    {
        int[] runs = record.CountRuns(Count);
        int absent = runs.Count(static times => times == 0);
        return absent > _unanswered
            ? throw new InvalidRunException($"{absent - _unanswered} calls were answered that never ran.")
            : runs.Count(static times => times > 1);
    }
}
