using System.Collections.Concurrent;

namespace Snakepit.Bench.Measuring;

/// <summary>Calls that call the host, which calls a tool of the same pool for each of them.</summary>
internal sealed class NestedCalls(FateLedger ledger) : IDisposable
{
    private const int AtOnce = 2; // each holds two workers; with as many as there are workers they would deadlock
    private const int MostMs = 2;
    private readonly SemaphoreSlim _places = new(AtOnce);
    private readonly ConcurrentDictionary<int, (WorkerId Worker, Exception Failure)> _failedLeaves = [];
    private IWorkerPool? _pool;

    /// <summary>Adds the host tool.</summary>
    public void Configure(PoolOptions pool) =>
        pool.Tools.Add("relay", async (call, cancellation) => await RelayAsync(call.Get<int>(0), cancellation));

    public void Use(IWorkerPool pool) => _pool = pool;

    public async Task CallAsync()
    {
        await _places.WaitAsync();
        int number = ledger.Begin(LivingKind.Nested);
        try
        {
            int said = await _pool!.ExecuteAsync<int>("nest", ToolArguments.Positional(number));
            if (said == ~number)
            {
                ledger.Answer(number);
            }
            else
            {
                ledger.Misdeliver(number, $"has {said}");
            }
        }
        catch (WorkerLostException e)
        {
            ledger.Lose(number, e.Worker, e);
        }
        catch (ToolException e) when (e.Error.Is("HostToolError") && _failedLeaves.TryRemove(number, out var leaf))
        {
            ledger.Lose(number, leaf.Worker, leaf.Failure);
        }
        catch (Exception e)
        {
            ledger.Fail(number, e);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<int> RelayAsync(int outer, CancellationToken cancellation)
    {
        bool mayRepeat = outer % 2 == 0;
        int number = ledger.Begin(LivingKind.Leaf, mayRepeat);
        try
        {
            var options = new ToolCallOptions { Idempotent = mayRepeat };
            ToolArguments arguments = ToolArguments.Positional(number, number % (MostMs + 1));
            int said = await _pool!.ExecuteAsync<int>("leaf", arguments, options, cancellation);
            if (said != number)
            {
                ledger.Misdeliver(number, $"has the reply of {said}");
            }
            else
            {
                ledger.Answer(number);
            }
            return ~outer;
        }
        catch (WorkerLostException e)
        {
            ledger.Lose(number, e.Worker, e);
            _failedLeaves[outer] = (e.Worker, e);
            throw;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            ledger.Answer(number); // the outer call is lost; were it not, its exception would tell
            throw;
        }
        catch (Exception e)
        {
            ledger.Fail(number, e);
            throw;
        }
    }
}
