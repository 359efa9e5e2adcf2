namespace Snakepit.Bench.Scenarios;

/// <summary>The outcome of a call as its caller got it.</summary>
internal enum CallFate : byte
{
    /// <summary>None, or a timeout.</summary>
    None,
    Answered,

    /// <summary>The worker was lost, and the call may have run.</summary>
    Lost,

    /// <summary>The worker was lost, and the call had not begun.</summary>
    LostBeforeItBegan,
}

/// <summary>One of several callers, which makes calls one after another, each with a number of its own.</summary>
internal sealed class RecordedCaller(IWorkerPool pool, int index, int callers)
{
    private readonly List<CallFate> _fates = [];

    /// <summary>
    /// The outcomes of the calls. The number of the first call is the caller's index; each further one is higher by the number of callers.
    /// </summary>
    public IReadOnlyList<CallFate> Fates => _fates;

    public async Task CallUntilAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            int number = (_fates.Count * callers) + index;
            _fates.Add(CallFate.None);
            _fates[^1] = await CallAsync(number);
        }
    }

    private async Task<CallFate> CallAsync(int number)
    {
        try
        {
            int said = await pool.ExecuteAsync<int>("record", ToolArguments.Positional(number));
            return said == number ? CallFate.Answered : throw new InvalidRunException($"record({number}) returned {said}.");
        }
        catch (WorkerLostException e)
        {
            return e.Execution == CallExecution.NotStarted ? CallFate.LostBeforeItBegan : CallFate.Lost;
        }
        catch (CallTimeoutException)
        {
            return CallFate.None; // the host's clock ended the call
        }
    }
}
