using System.Threading.Tasks.Sources;

namespace Snakepit.Calls;

/// <summary>
/// The async method that awaits a call. ManualResetValueTaskSourceCore does as much, but gives a caller that comes when the call is just
/// over to the thread pool, which may have no thread for it as long as other callers block. Here the second of the two carries on: the
/// caller itself, or the thread that ends the call.
/// </summary>
internal struct Caller
{
    private static readonly Action<object?> s_over = static _ => { };
    private Action<object?>? _continuation; // null: it does not wait yet
    private Action<object?>? _toContinue;
    private object? _state;

    public short Version { get; private set; }

    /// <summary>Prepares for the next call.</summary>
    public void Reset()
    {
        Version++;
        _continuation = _toContinue = null;
        _state = null;
    }

    /// <summary>The call is over.</summary>
    /// <returns>True: the caller waits and is to be continued.</returns>
    public bool End() => (_toContinue = Interlocked.Exchange(ref _continuation, s_over)) is not null;

    /// <summary>Continues a caller who waited when the call ended. Once.</summary>
    public readonly void Continue() => _toContinue!(_state);

    /// <summary>The caller waits; when the call is over already, it carries on at once.</summary>
    public void Await(Action<object?> continuation, object? state, short version)
    {
        Check(version);
        _state = state;
        Action<object?>? before = Interlocked.CompareExchange(ref _continuation, continuation, null);
        if (before is null)
        {
            return;
        }
        if (before != s_over)
        {
            throw new InvalidOperationException("A call has one caller.");
        }
        continuation(state);
    }

    public readonly ValueTaskSourceStatus GetStatus(short version)
    {
        Check(version);
        return IsOver ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
    }

    public readonly void GetResult(short version)
    {
        Check(version);
        if (!IsOver)
        {
            throw new InvalidOperationException("The call is not over.");
        }
    }

    private readonly bool IsOver => ReferenceEquals(Volatile.Read(in _continuation), s_over);

    private readonly void Check(short version)
    {
        if (version != Version)
        {
            throw new InvalidOperationException("This call is another's by now.");
        }
    }
}
