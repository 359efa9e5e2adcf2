using System.Collections.Concurrent;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Cancels calls at random times. Each has a number of its own, which must be in its reply, and is followed by one that is not cancelled.
/// </summary>
internal sealed class CancelStorm(IWorkerPool pool, string[] tools, int maxRunMs)
{
    private const int MaxFailures = 10;
    private readonly ConcurrentQueue<string> _failures = new();
    private int _cancels;
    private int _cancelled;
    private int _wrong;
    private int _number;

    public int Cancels => _cancels;

    /// <summary>The calls that were cancelled before they had ended.</summary>
    public int Cancelled => _cancelled;

    public int Wrong => _wrong;

    /// <summary>The first things that went wrong.</summary>
    public IEnumerable<string> Failures => _failures;

    public async Task CallAsync(Random random, int count, CancellationToken cancellation)
    {
        for (int i = 0; i < count; i++)
        {
            string tool = tools[random.Next(tools.Length)];
            int number = Interlocked.Increment(ref _number);
            ToolArguments arguments = tool == "echo"
                ? ToolArguments.Positional(number)
                : ToolArguments.Positional(number, random.NextDouble() * maxRunMs);
            using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            ValueTask<int> call = pool.ExecuteAsync<int>(tool, arguments, cancellationToken: source.Token);
            await CheckAsync(tool, number, CancelAsync(call, source, random));
            Interlocked.Increment(ref _cancels);
            cancellation.ThrowIfCancellationRequested();
            ValueTask<int> next = pool.ExecuteAsync<int>("echo", ToolArguments.Positional(-number), cancellationToken: cancellation);
            await CheckAsync("echo", -number, next.AsTask());
        }
    }

    private static async Task<int> CancelAsync(ValueTask<int> call, CancellationTokenSource source, Random random)
    {
        int delay = random.Next(6);
        if (delay < 2)
        {
            Thread.SpinWait(random.Next(5_000)); // up to some 100 µs, which no timer can do
            source.Cancel();
        }
        else
        {
            source.CancelAfter(delay - 1);
        }
        return await call;
    }

    private async Task CheckAsync(string tool, int number, Task<int> call)
    {
        try
        {
            int reply = await call;
            if (reply != number)
            {
                Fail($"{tool} returned {reply}, which is not its {number}");
            }
        }
        catch (OperationCanceledException) when (number > 0)
        {
            Interlocked.Increment(ref _cancelled);
        }
        catch (Exception e) when (e is SnakepitException or OperationCanceledException)
        {
            Fail($"{tool} {number}: {e.GetType().Name}: {e.Message}");
        }
    }

    private void Fail(string what)
    {
        if (Interlocked.Increment(ref _wrong) <= MaxFailures)
        {
            _failures.Enqueue(what);
        }
    }
}
