using System.Collections.Concurrent;

namespace Snakepit.Bench.Measuring;

/// <summary>The numbers of calls of all kinds, and what became of each.</summary>
/// <param name="record">What the calls record when they run.</param>
internal sealed class FateLedger(RunRecord record)
{
    private readonly ConcurrentDictionary<int, LivingKind> _open = [];
    private readonly ConcurrentDictionary<int, bool> _mayRepeat = [];
    private readonly ConcurrentBag<(int Number, WorkerId Worker)> _lost = [];
    private readonly int[] _begun = new int[Enum.GetValues<LivingKind>().Length];
    private int _next = -1;
    private int _bystanders;
    private int _misdelivered;

    public int Count => _next + 1;

    /// <summary>Gets the number of calls that have failed with a worker.</summary>
    public int WithWorkers => _lost.Count;

    /// <summary>Gets the number of calls without an outcome.</summary>
    public int WithoutOutcome => _open.Count;

    /// <summary>Gets the number of calls that have got something that was not theirs, or not all that was.</summary>
    public int Misdelivered => _misdelivered;

    /// <summary>What went wrong first.</summary>
    public string? FirstFault { get; private set; }

    /// <summary>Receives each failed call.</summary>
    public Action<int, Exception>? OnFailure { get; set; }

    public int CountOf(LivingKind kind) => Volatile.Read(ref _begun[(int)kind]);

    /// <summary>Gives a call its number.</summary>
    /// <param name="kind">The kind of the call.</param>
    /// <param name="mayRepeat">True when another worker may run the call again.</param>
    public int Begin(LivingKind kind, bool mayRepeat = false)
    {
        int number = Interlocked.Increment(ref _next);
        Interlocked.Increment(ref _begun[(int)kind]);
        _open[number] = kind;
        if (mayRepeat)
        {
            _mayRepeat[number] = true;
        }
        return number;
    }

    /// <summary>The call has ended as it should.</summary>
    public void Answer(int number) => _open.TryRemove(number, out _);

    /// <summary>The call has failed because a worker was lost, be it its own or that of a call it depends on.</summary>
    public void Lose(int number, WorkerId worker, Exception e)
    {
        _lost.Add((number, worker));
        _open.TryRemove(number, out _);
        OnFailure?.Invoke(number, e);
    }

    /// <summary>The call has failed without the loss of a worker.</summary>
    public void Fail(int number, Exception e)
    {
        Interlocked.Increment(ref _bystanders);
        Fault(number, $"{e.GetType().Name}: {e.Message}");
        OnFailure?.Invoke(number, e);
    }

    /// <summary>The call has got something that was not its own, or not all that was.</summary>
    public void Misdeliver(int number, string what)
    {
        Interlocked.Increment(ref _misdelivered);
        Fault(number, what);
    }

    /// <summary>Returns the number of calls that failed with a worker that was not killed, or without the loss of a worker.</summary>
    public int CountBystanders(IReadOnlyCollection<WorkerId> killed)
    {
        (int Number, WorkerId Worker)[] unkilled = [.. _lost.Where(call => !killed.Contains(call.Worker))];
        if (unkilled.Length > 0)
        {
            FirstFault ??= $"{unkilled[0].Number} failed with {unkilled[0].Worker}, which was not killed";
        }
        return _bystanders + unkilled.Length;
    }

    /// <summary>Returns how many calls that may run only once ran more often. Call it when no call is under way.</summary>
    public int CountDuplicated()
    {
        int[] runs = record.CountRuns(Count);
        return Enumerable.Range(0, runs.Length).Count(number => runs[number] > 1 && !_mayRepeat.ContainsKey(number));
    }

    private void Fault(int number, string what)
    {
        string call = _open.TryRemove(number, out LivingKind kind) ? $"{kind}" : "Repeated call";
        FirstFault ??= $"{call} {number}: {what}";
    }
}
