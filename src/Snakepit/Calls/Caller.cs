using System.Threading.Tasks.Sources;

namespace Snakepit.Calls;

/// <summary>
/// The async method that awaits a call. ManualResetValueTaskSourceCore would serve, but it continues a caller that comes just when the call
/// has ended on the thread pool, which may have no thread for it while other callers block. Here, the second of the two continues: the
/// caller itself, or the thread that ends the call.
/// </summary>
internal struct Caller
{
    private static readonly Action<object?> s_over = static _ => { };
    private Action<object?>? _continuation; // null: the caller does not wait yet
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

    /// <summary>Marks the call as ended.</summary>
    /// <returns>True when a caller waits and must be continued.</returns>
    public bool End() => (_toContinue = Interlocked.Exchange(ref _continuation, s_over)) is not null;

    /// <summary>Continues a caller that waited when the call ended. To be called once.</summary>
    public readonly void Continue() => _toContinue!(_state);

    /// <summary>Makes the caller wait. When the call has ended already, the caller continues at once.</summary>
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
