namespace Snakepit.Bench.Measuring;

/// <summary>
/// Streams of numbered items. Every other one has a stream among its arguments, every fifth one is left early, and half of them may be
/// repeated as long as no item has come.
/// </summary>
internal sealed class StreamCalls(IWorkerPool pool, FateLedger ledger)
{
    private const int Stride = 1_000; // that of living_tools.py
    private const int MostItems = 40;
    private const int LeftInSo = 5;
    private long _items;

    /// <summary>Gets the number of items that have come.</summary>
    public long Items => _items;

    public async Task CallAsync()
    {
        bool mayRepeat = Random.Shared.Next(2) == 0;
        int number = ledger.Begin(LivingKind.Stream, mayRepeat);
        int items = number % MostItems, until = number % LeftInSo == 0 ? items / 2 : items, came = 0;
        bool isEcho = number / 2 % 2 == 0;
        IAsyncEnumerable<long> stream = pool.StreamAsync<long>(
            isEcho ? "echo" : "count",
            isEcho ? ToolArguments.Positional(number, Numbers(items)) : ToolArguments.Positional(number, items),
            new() { Idempotent = mayRepeat && !isEcho });
        try
        {
            await foreach (long item in stream)
            {
                if (item != ((long)number * Stride) + came)
                {
                    ledger.Misdeliver(number, $"item {came} is {item}");
                    return;
                }
                Interlocked.Increment(ref _items);
                if (++came == until && until < items)
                {
                    break;
                }
            }
            if (came == until || (until == 0 && came == items))
            {
                ledger.Answer(number);
            }
            else
            {
                ledger.Misdeliver(number, $"{came} of {items} items came");
            }
        }
        catch (WorkerLostException e) when (e.Items == came)
        {
            ledger.Lose(number, e.Worker, e);
        }
        catch (WorkerLostException e)
        {
            ledger.Misdeliver(number, $"{came} items came, and the exception says {e.Items}");
        }
        catch (Exception e)
        {
            ledger.Fail(number, e);
        }
    }

    private static async IAsyncEnumerable<int> Numbers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 8 == 7)
            {
                await Task.Yield();
            }
            yield return i;
        }
    }
}
