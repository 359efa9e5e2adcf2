namespace Snakepit.Bench.Scenarios;

/// <summary>What a caller was told of its call.</summary>
internal enum CallFate : byte
{
    /// <summary>Nothing, or only that its time was over.</summary>
    None,
    Answered,

    /// <summary>Its worker was lost, and the call may have run.</summary>
    Lost,

    /// <summary>Its worker was lost, and the call had not begun.</summary>
    LostBeforeItBegan,
}

/// <summary>One of several callers that call one after another, each call with a number of its own.</summary>
internal sealed class RecordedCaller(IWorkerPool pool, int index, int callers)
{
    private readonly List<CallFate> _fates = [];

    /// <summary>What came of each call; the number of the first is the caller's index, and each further one is higher by the number of callers.</summary>
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
            return CallFate.None; // only the host's clock remembered it
        }
    }
}
